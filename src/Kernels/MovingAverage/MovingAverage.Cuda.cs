namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void MovingAverageCore(Tensor x, float weight, Tensor average) => throw new NotSupportedException();
}
