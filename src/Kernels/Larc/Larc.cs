namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>SGD with momentum under layer-wise adaptive rates (LARC without clipping). Per segment, when ‖w‖ and ‖g‖ are both above 0:
    /// <c>g' = (g + λ·w)·trust·‖w‖ / (‖g‖ + λ·‖w‖ + ε)</c>, otherwise <c>g' = g</c>; then <c>v = m·v + g'</c>, <c>w −= lr·v</c>.</summary>
    /// <param name="parameters">The flat parameters w.</param>
    /// <param name="gradients">The flat gradients g, shaped as w.</param>
    /// <param name="velocity">The flat velocity v, shaped as w; zeros before the first step.</param>
    /// <param name="segments">Where each parameter lies: one trust ratio each. λ counts as 0 where the segment does not decay.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="momentum">m, 0 to below 1.</param>
    /// <param name="weightDecay">λ.</param>
    /// <param name="trust">The trust coefficient, 0.001 in the paper.</param>
    /// <param name="epsilon">ε, 1e-8 in the paper.</param>
    /// <remarks>Norms are summed in double in an order that depends on the shape alone. Sources: You, Gitman and Ginsburg 2017, arXiv:1708.03888; the
    /// form without clipping is the one that the experiments of arXiv:2102.06866 ran.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void LarcStep(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        float trust = 0.001f, float epsilon = 1e-8f)
    {
        CheckOperands([gradients], [parameters, velocity]);
        CheckSegments(parameters, gradients, segments);
        Check.SameShape(parameters, velocity);
        LarcStepCore(parameters, gradients, velocity, segments, learningRate, momentum, weightDecay, trust, epsilon);
    }

    /// <summary>The device's part of <see cref="LarcStep"/>.</summary>
    private protected abstract void LarcStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        float trust, float epsilon);
}
