namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void AdamWStepCore(Tensor parameters, Tensor gradients, Tensor first, Tensor second, ReadOnlySpan<ParameterSegment> segments, int step, float learningRate, float weightDecay, float beta1, float beta2, float epsilon) => throw new NotSupportedException();
}
