namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void MaxPoolForwardCore(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void MaxPoolBackwardCore(Tensor dy, Tensor winner, Tensor dx) => throw new NotSupportedException();
}
