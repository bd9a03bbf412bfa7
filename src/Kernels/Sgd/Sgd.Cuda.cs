using NegSamples.Kernels.Cuda.Optimizers;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void SgdStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        bool nesterov)
    {
        MomentumUpdate update = new() { LearningRate = learningRate, Momentum = momentum, WeightDecay = weightDecay, Nesterov = nesterov ? 1 : 0 };
        update.Launch(launcher, segmentTable.Cut(segments), parameters, gradients, velocity, NumbersOfStep);
    }
}
