using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void Conv2dForwardCore(Tensor x, Tensor w, Tensor y, int stride, int padding) =>
        Convolve(PaddedRows(x, "left operand"), PaddedRows(w, "right operand"), y, ForwardShape(x, w, y, stride, padding), accumulate: false);

    /// <inheritdoc/>
    protected override void Conv2dBackwardInputCore(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate)
    {
        // The forward kernel, from dy to dx, with filters turned by half a turn; between the pixels of dy lie stride - 1 zeros.
        int taps = w[1] * w[2], channels = Padded(dy[3]);
        if (w[1] != w[2]) throw new NotSupportedException($"w is {w.ShapeText}; the GPU's kernels take square windows.");
        nint filters = Transposed(w, w[0], w[3], taps, reverse: true, "right operand");
        ConvolutionShape shape = new()
        {
            Rows = dx.Rows, Columns = w[3], Depth = taps * channels, SourceHeight = dy[1], SourceWidth = dy[2], Step = 1, Offset = w[1] - 1 - padding, Stretch = stride,
            Image = new Divisor(dx[1] * dx[2]), Width = new Divisor(dx[2]), Channels = new Divisor(channels), KernelWidth = new Divisor(w[2]),
        };
        Convolve(PaddedRows(dy, "left operand"), filters, dx, shape, accumulate);
    }

    /// <inheritdoc/>
    protected override void Conv2dBackwardWeightCore(Tensor x, Tensor dy, Tensor dw, int stride, int padding)
    {
        ConvolutionShape shape = ForwardShape(x, dw, dy, stride, padding) with { Columns = Padded(dy[3]) };
        AccumulateProduct(
            PaddedRows(x, "left operand"), PaddedRows(dy, "right operand"), dw, shape, dw[1] * dw[2], dw[3], dw[0], transpose: true, accumulate: true);
    }

    private ConvolutionShape ForwardShape(Tensor x, Tensor w, Tensor y, int stride, int padding)
    {
        int channels = Padded(x[3]);
        return new()
        {
            Rows = y.Rows, Columns = w[0], Depth = w[1] * w[2] * channels, SourceHeight = x[1], SourceWidth = x[2], Step = stride, Offset = padding, Stretch = 1,
            Image = new Divisor(y[1] * y[2]), Width = new Divisor(y[2]), Channels = new Divisor(channels), KernelWidth = new Divisor(w[2]),
        };
    }
}
