namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void ScaleCore(Tensor x, float factor, Tensor y) => throw new NotSupportedException();
}
