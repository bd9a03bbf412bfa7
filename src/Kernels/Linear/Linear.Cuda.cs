namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void AddBiasCore(Tensor b, Tensor y) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void AddBiasGradientCore(Tensor dy, Tensor db) => throw new NotSupportedException();
}
