namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void GlobalAveragePoolForwardCore(Tensor x, Tensor y) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void GlobalAveragePoolBackwardCore(Tensor dy, Tensor dx) => throw new NotSupportedException();
}
