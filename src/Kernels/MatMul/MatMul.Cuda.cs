using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void MatMulCore(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate)
    {
        int rows = c.Rows, columns = c.Columns, depth = transposeA ? a.Rows : a.Columns;
        if (transposeA && !transposeB && c.Type == ElementType.Float32)
        {
            // Both lie depth-outermost, as in a weight gradient.
            ConvolutionShape outer = PlainProduct(depth, Padded(columns), Padded(rows));
            AccumulateProduct(PaddedRows(a, "left operand"), PaddedRows(b, "right operand"), c, outer, taps: 1, rows, columns, transpose: false, accumulate);
            return;
        }

        nint left = transposeA ? Transposed(a, depth, rows, 1, reverse: false, "left operand") : PaddedRows(a, "left operand");
        nint right = transposeB ? PaddedRows(b, "right operand") : Transposed(b, depth, columns, 1, reverse: false, "right operand");
        Convolve(left, right, c, PlainProduct(rows, columns, Padded(depth)), accumulate);
    }
}
