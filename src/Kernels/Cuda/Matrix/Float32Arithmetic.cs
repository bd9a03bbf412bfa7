using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>float32 throughout, without tensor cores: lane u = lane / 8, v = lane % 8 has rows 4i + u and columns 8j + v of its warp's tile.</summary>
internal struct Float32Arithmetic : IMatrixArithmetic
{
    private const string Registers = """
        .reg .f32 %%acc<128>;
        .reg .f32 %%left<4>;
        .reg .f32 %%right<32>;
        .reg .b32 %%at<4>;
        #repeat i 128
        mov.f32 %%acc$(i), 0f00000000;
        #end
        """;

    // Rows 4i + u for odd i lie in lines whose number has the second bit set.
    private const string Rows = """
        #repeat q 4
        xor.b32 %%at0, %0, $(16*q);
        xor.b32 %%at1, %%at0, 32;
        xor.b32 %%at2, %1, $(16*q);
        #repeat j 8
        ld.shared.v4.f32 {%%right$(4*j), %%right$(4*j+1), %%right$(4*j+2), %%right$(4*j+3)}, [%%at2+$(512*j)];
        #end
        #repeat i 16
        ld.shared.v4.f32 {%%left0, %%left1, %%left2, %%left3}, [%%at$(i%%2)+$(256*i)];
        #repeat e 4
        #repeat j 8
        fma.rn.f32 %%acc$(8*i+j), %%left$(e), %%right$(4*j+e), %%acc$(8*i+j);
        #end
        #end
        #end
        #end
        """;

    private const string Step = """
        #repeat j 8
        xor.b32 %%at0, %1, $(32*j);
        ld.shared.f32 %%right$(j), [%%at0];
        #end
        #repeat i 16
        xor.b32 %%at0, %0, $(16*i);
        ld.shared.f32 %%left0, [%%at0];
        #repeat j 8
        fma.rn.f32 %%acc$(8*i+j), %%left0, %%right$(j), %%acc$(8*i+j);
        #end
        #end
        """;

    public static int ElementBytes => 4;

    public static int ColumnExchange(int step) => (step & 3) << 1;

    public static void Declare() => CudaAsm.Emit(Registers);

    public static void MultiplyRows(int left, int right, int lane) =>
        CudaAsm.Emit(Rows, left + TensorCoreText.RowOffset(lane >> 3, 0), right + TensorCoreText.RowOffset(lane & 7, 0));

    public static void MultiplyColumns(int left, int leftPitch, int right, int rightPitch, int lane)
    {
        int leftColumn = (lane >> 3) << 2, rightColumn = (((lane & 7) >> 2) << 4) + ((lane & 3) << 2);
        for (int step = 0; step < 16; step++)
        {
            int exchange = ColumnExchange(step) << 4;
            CudaAsm.Emit(Step, left + (step * leftPitch) + (leftColumn ^ exchange), right + (step * rightPitch) + (rightColumn ^ exchange));
        }
    }

    public static void Store(int target, int lane) => CudaAsm.Emit(
        """
        #repeat i 16
        #repeat j 8
        st.shared.f32 [%0+$(1152*i+32*j)], %%acc$(8*i+j);
        #end
        #end
        """,
        target + ((lane >> 3) * 288) + ((lane & 7) << 2));
}
