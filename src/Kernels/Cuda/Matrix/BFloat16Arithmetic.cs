using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>bfloat16 operands, float32 sums: mma.m16n8k16.</summary>
internal struct BFloat16Arithmetic : IMatrixArithmetic
{
    private const string Multiply = """
        #repeat m 4
        #repeat n 8
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%%acc$(32*m+4*n), %%acc$(32*m+4*n+1), %%acc$(32*m+4*n+2), %%acc$(32*m+4*n+3)}, {%%left$(4*m), %%left$(4*m+1), %%left$(4*m+2), %%left$(4*m+3)}, {%%right$(2*n), %%right$(2*n+1)}, {%%acc$(32*m+4*n), %%acc$(32*m+4*n+1), %%acc$(32*m+4*n+2), %%acc$(32*m+4*n+3)};
        #end
        #end
        """;

    // A matrix of 8 steps by 8 columns, transposed on the way, is a fragment whose depth is innermost.
    private const string LoadColumns = """
        add.s32 %%at14, %0, %%shared;
        add.s32 %%at15, %1, %%shared;
        #repeat m 4
        xor.b32 %%at$(m), %%at14, $(32*m);
        ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%%left$(4*m), %%left$(4*m+1), %%left$(4*m+2), %%left$(4*m+3)}, [%%at$(m)];
        #end
        #repeat n 4
        xor.b32 %%at$(n), %%at15, $(32*n);
        ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%%right$(4*n), %%right$(4*n+1), %%right$(4*n+2), %%right$(4*n+3)}, [%%at$(n)];
        #end

        """;

    public static int ElementBytes => 2;

    public static int ColumnExchange(int step) => step & 7;

    public static void Declare() => CudaAsm.Emit(TensorCoreText.Declare);

    public static void MultiplyRows(int left, int right, int lane)
    {
        int leftOffset = TensorCoreText.LeftRow(lane), rightOffset = TensorCoreText.RightRow(lane);
        CudaAsm.Emit(TensorCoreText.LoadRows + Multiply, left + leftOffset, right + rightOffset);
        CudaAsm.Emit(TensorCoreText.LoadRows + Multiply, left + (leftOffset ^ 32), right + (rightOffset ^ 32)); // chunks 2 and 3
    }

    public static void MultiplyColumns(int left, int leftPitch, int right, int rightPitch, int lane)
    {
        int step = lane & 7;
        int leftAt = left + ((step + ((lane >> 4) << 3)) * leftPitch) + ((((lane >> 3) & 1) ^ step) << 4);
        int rightAt = right + ((lane & 15) * rightPitch) + (((lane >> 4) ^ step) << 4);
        CudaAsm.Emit(LoadColumns + Multiply, leftAt, rightAt);
        CudaAsm.Emit(LoadColumns + Multiply, leftAt + (16 * leftPitch), rightAt + (16 * rightPitch));
    }

    public static void Store(int target, int lane) => CudaAsm.Emit(TensorCoreText.Store, target + ((lane >> 2) * 288) + ((lane & 3) << 3));
}
