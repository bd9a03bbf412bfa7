using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>float32 throughout, without tensor cores: lane u = lane / 8, v = lane % 8 has rows 4i + u and columns 8j + v of its warp's tile.</summary>
internal struct Float32Arithmetic : IMatrixArithmetic
{
    private const string Registers = """
        .reg .f32 %%acc<128>;
        .reg .f32 %%left<4>;
        .reg .f32 %%right<16>;
        .reg .b32 %%at<8>;
        #repeat i 128
        mov.f32 %%acc$(i), 0f00000000;
        #end
        """;

    // One chunk of four steps, in two halves of the columns: all eight of them at once would not leave enough registers.
    // Rows 4i + u for odd i lie in lines whose number has the second bit set.
    private const string Chunk = """
        add.s32 %%at0, %0, %%shared;
        xor.b32 %%at1, %%at0, 32;
        add.s32 %%at2, %1, %%shared;
        #repeat h 2
        #repeat j 4
        ld.shared.v4.f32 {%%right$(4*j), %%right$(4*j+1), %%right$(4*j+2), %%right$(4*j+3)}, [%%at2+$(2048*h+512*j)];
        #end
        #repeat i 16
        ld.shared.v4.f32 {%%left0, %%left1, %%left2, %%left3}, [%%at$(i&1)+$(256*i)];
        #repeat e 4
        #repeat j 4
        fma.rn.f32 %%acc$(8*i+4*h+j), %%left$(e), %%right$(4*j+e), %%acc$(8*i+4*h+j);
        #end
        #end
        #end
        #end
        """;

    private const string Step = """
        add.s32 %%at4, %0, %%shared;
        add.s32 %%at5, %1, %%shared;
        #repeat j 8
        xor.b32 %%at0, %%at5, $(32*j);
        ld.shared.f32 %%right$(j), [%%at0];
        #end
        #repeat i 16
        xor.b32 %%at0, %%at4, $(16*i);
        ld.shared.f32 %%left0, [%%at0];
        #repeat j 8
        fma.rn.f32 %%acc$(8*i+j), %%left0, %%right$(j), %%acc$(8*i+j);
        #end
        #end
        """;

    public static int ElementBytes => 4;

    public static int ColumnExchange(int step) => (step & 3) << 1;

    public static void Declare() => CudaAsm.Emit(Registers);

    public static void MultiplyRows(int left, int right, int lane)
    {
        int leftOffset = TensorCoreText.RowOffset(lane >> 3, 0), rightOffset = TensorCoreText.RowOffset(lane & 7, 0);
        for (int chunk = 0; chunk < 64; chunk += 16) CudaAsm.Emit(Chunk, left + (leftOffset ^ chunk), right + (rightOffset ^ chunk));
    }

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
        add.s32 %%at4, %0, %%shared;
        #repeat i 16
        #repeat j 8
        st.shared.f32 [%%at4+$(1152*i+32*j)], %%acc$(8*i+j);
        #end
        #end
        """,
        target + ((lane >> 3) * 288) + ((lane & 7) << 2));
}
