namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void LarcStepCore( Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay, float trust, float epsilon) => throw new NotImplementedException();
}
