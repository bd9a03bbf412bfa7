using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>float32 operands, rounded to TF32 (ties away from zero) when they are loaded, float32 sums: mma.m16n8k8.</summary>
internal struct TensorFloat32Arithmetic : IMatrixArithmetic
{
    private const string Multiply = """
        #repeat i 16
        cvt.rna.tf32.f32 %%left$(i), %%left$(i);
        cvt.rna.tf32.f32 %%right$(i), %%right$(i);
        #end
        #repeat m 4
        #repeat n 8
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%%acc$(32*m+4*n), %%acc$(32*m+4*n+1), %%acc$(32*m+4*n+2), %%acc$(32*m+4*n+3)}, {%%left$(4*m), %%left$(4*m+1), %%left$(4*m+2), %%left$(4*m+3)}, {%%right$(2*n), %%right$(2*n+1)}, {%%acc$(32*m+4*n), %%acc$(32*m+4*n+1), %%acc$(32*m+4*n+2), %%acc$(32*m+4*n+3)};
        #end
        #end
        """;

    // %0 and %1: the lane's column in step t, %2 and %3 in step t + 4 of each operand.
    private const string LoadColumns = """
        add.s32 %%at4, %0, %%shared;
        add.s32 %%at5, %1, %%shared;
        add.s32 %%at6, %2, %%shared;
        add.s32 %%at7, %3, %%shared;
        #repeat m 4
        #repeat h 2
        xor.b32 %%at0, %%at4, $(64*m+32*h);
        xor.b32 %%at1, %%at6, $(64*m+32*h);
        ld.shared.b32 %%left$(4*m+h), [%%at0];
        ld.shared.b32 %%left$(4*m+2+h), [%%at1];
        #end
        #end
        #repeat n 8
        xor.b32 %%at0, %%at5, $(32*n);
        xor.b32 %%at1, %%at7, $(32*n);
        ld.shared.b32 %%right$(2*n), [%%at0];
        ld.shared.b32 %%right$(2*n+1), [%%at1];
        #end

        """;

    public static int ElementBytes => 4;

    // Lanes t = 0 to 3 read steps t, whose rows begin in the same bank: two chunks are eight banks.
    public static int ColumnExchange(int step) => (step & 3) << 1;

    public static void Declare() => CudaAsm.Emit(TensorCoreText.Declare);

    public static void MultiplyRows(int left, int right, int lane)
    {
        int leftOffset = TensorCoreText.LeftRow(lane), rightOffset = TensorCoreText.RightRow(lane);
        CudaAsm.Emit(TensorCoreText.LoadRows + Multiply, left + leftOffset, right + rightOffset);
        CudaAsm.Emit(TensorCoreText.LoadRows + Multiply, left + (leftOffset ^ 32), right + (rightOffset ^ 32)); // chunks 2 and 3
    }

    public static void MultiplyColumns(int left, int leftPitch, int right, int rightPitch, int lane)
    {
        int step = lane & 3, column = (((lane >> 4) ^ (step << 1)) << 4) + (((lane >> 2) & 3) << 2);
        int leftAt = left + (step * leftPitch) + column, rightAt = right + (step * rightPitch) + column;
        CudaAsm.Emit(LoadColumns + Multiply, leftAt, rightAt, leftAt + (4 * leftPitch), rightAt + (4 * rightPitch));
        CudaAsm.Emit(LoadColumns + Multiply, leftAt + (8 * leftPitch), rightAt + (8 * rightPitch), leftAt + (12 * leftPitch), rightAt + (12 * rightPitch));
    }

    public static void Store(int target, int lane) => CudaAsm.Emit(TensorCoreText.Store, target + ((lane >> 2) * 288) + ((lane & 3) << 3));
}
