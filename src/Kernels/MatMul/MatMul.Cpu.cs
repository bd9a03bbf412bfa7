using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void MatMulCore(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate)
    {
        int n = c.Columns, k = transposeA ? a.Rows : a.Columns;
        if (ComputesInBFloat16)
        {
            BFloat16Gemm.Multiply(
                Workers, Scratch, new BFloat16Operand(a, transposeA), new BFloat16Operand(b, transposeB), c, c.Rows, n, k, accumulate,
                (uint*)Scratch.Shared(BFloat16Gemm.PackedRightWords(n, k)));
            return;
        }

        ParallelGemm.Multiply(
            Workers, Scratch, a.FloatPointer, a.Columns, transposeA, b.FloatPointer, b.Columns, transposeB, c.FloatPointer, c.Rows, n, k, accumulate,
            Scratch.Shared(Gemm.PackedRightFloats(n, k)));
    }
}
