namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void SoftmaxCrossEntropyCore(Tensor x, Tensor labels, Tensor loss, Tensor dx) => throw new NotSupportedException();
}
