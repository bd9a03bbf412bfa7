namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void Conv2dForwardCore(Tensor x, Tensor w, Tensor y, int stride, int padding) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Conv2dBackwardInputCore(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Conv2dBackwardWeightCore(Tensor x, Tensor dy, Tensor dw, int stride, int padding) => throw new NotSupportedException();
}
