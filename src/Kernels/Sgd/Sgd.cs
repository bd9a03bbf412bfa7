namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Stochastic gradient descent with momentum, PyTorch's form: <c>g' = g + λ·w</c> (λ only where the segment decays), <c>v = m·v + g'</c>,
    /// <c>w −= lr·v</c>, or <c>w −= lr·(g' + m·v)</c> with Nesterov.</summary>
    /// <param name="parameters">The flat parameters w.</param>
    /// <param name="gradients">The flat gradients g, shaped as w.</param>
    /// <param name="velocity">The flat velocity v, shaped as w; zeros before the first step.</param>
    /// <param name="segments">Where each parameter lies. Elements outside every segment are left alone.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="momentum">m, 0 to below 1.</param>
    /// <param name="weightDecay">λ.</param>
    /// <param name="nesterov">Whether to use Nesterov's form.</param>
    /// <remarks>20 bytes per parameter. Source: torch.optim.SGD with dampening 0.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void SgdStep(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        bool nesterov)
    {
        CheckOperands([gradients], [parameters, velocity]);
        CheckSegments(parameters, gradients, segments);
        Check.SameShape(parameters, velocity);
        SgdStepCore(parameters, gradients, velocity, segments, learningRate, momentum, weightDecay, nesterov);
    }

    /// <summary>The device's part of <see cref="SgdStep"/>.</summary>
    private protected abstract void SgdStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        bool nesterov);

    private static void CheckSegments(Tensor parameters, Tensor gradients, ReadOnlySpan<ParameterSegment> segments)
    {
        Check.Type(parameters, ElementType.Float32);
        Check.SameShape(parameters, gradients);
        CheckWithin(parameters.Count, segments);
    }

    private static void CheckWithin(long count, ReadOnlySpan<ParameterSegment> segments)
    {
        foreach (ParameterSegment segment in segments)
        {
            if (segment.Offset < 0 || segment.Length < 0 || segment.Offset > count - segment.Length)
                throw new ArgumentException($"The segment {segment} is not within the {Counted.Of(count, "parameter")}.", nameof(segments));
        }
    }
}
