namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void L2NormalizeForwardCore(Tensor x, Tensor y, Tensor scale) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void L2NormalizeBackwardCore(Tensor dy, Tensor y, Tensor scale, Tensor dx) => throw new NotSupportedException();
}
