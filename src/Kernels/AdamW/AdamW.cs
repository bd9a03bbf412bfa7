namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>AdamW, PyTorch's form: <c>w *= 1 − lr·λ</c> (where the segment decays), <c>m = β₁m + (1−β₁)g</c>, <c>v = β₂v + (1−β₂)g²</c>,
    /// <c>w −= lr·m̂ / (√v̂ + ε)</c> with <c>m̂ = m/(1−β₁ᵗ)</c> and <c>v̂ = v/(1−β₂ᵗ)</c>.</summary>
    /// <param name="parameters">The flat parameters w.</param>
    /// <param name="gradients">The flat gradients g, shaped as w.</param>
    /// <param name="first">The flat first moment m, shaped as w; zeros before the first step.</param>
    /// <param name="second">The flat second moment v, shaped as w; zeros before the first step.</param>
    /// <param name="segments">Where each parameter lies. Elements outside every segment are left alone.</param>
    /// <param name="step">t: 1 for the first step.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="weightDecay">λ.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <remarks>28 bytes per parameter. Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or step is below 1.</exception>
    public void AdamWStep(
        Tensor parameters, Tensor gradients, Tensor first, Tensor second, ReadOnlySpan<ParameterSegment> segments, int step, float learningRate,
        float weightDecay,
        float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f)
    {
        CheckOperands([gradients], [parameters, first, second]);
        CheckSegments(parameters, gradients, segments);
        Check.SameShape(parameters, first);
        Check.SameShape(parameters, second);
        if (step < 1) throw new ArgumentOutOfRangeException(nameof(step), $"step is {step}; expected at least 1.");
        AdamWStepCore(parameters, gradients, first, second, segments, step, learningRate, weightDecay, beta1, beta2, epsilon);
    }

    /// <summary>The device's part of <see cref="AdamWStep"/>.</summary>
    private protected abstract void AdamWStepCore(
        Tensor parameters, Tensor gradients, Tensor first, Tensor second, ReadOnlySpan<ParameterSegment> segments, int step, float learningRate,
        float weightDecay,
        float beta1, float beta2, float epsilon);
}
