namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void AddCore(Tensor a, Tensor b, Tensor y) => throw new NotSupportedException();
}
