using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training;

/// <summary>
/// A temperature that is learned: its logit scale <c>l = ln(1/T)</c> is a parameter of the model, without weight decay, by the name that CLIP gives it.
/// </summary>
/// <remarks>
/// <c>dL/dl = −T·dL/dT</c>. After each update l is clamped to 0 to ln 100, so that T stays within 0.01 and 1. As a parameter it has its own momentum in the
/// optimizer and lies in every checkpoint. Source: Radford et al. 2021, arXiv:2103.00020, sections 2.3 and 2.5.
/// </remarks>
internal sealed class LearnedTemperature
{
    /// <summary>The temperatures that the clamp allows.</summary>
    public const double Least = 0.01, Greatest = 1;

    private const float LeastScale = 0;
    private static readonly float GreatestScale = (float)-Math.Log(Least);

    private readonly Ops ops;
    private readonly StateTensor scale;

    internal LearnedTemperature(Blueprint blueprint, double temperature) =>
        (ops, scale) = (blueprint.Ops, blueprint.Norm("logit_scale", (float)-Math.Log(temperature), 1));

    /// <summary>T as it stands.</summary>
    public double Temperature => Math.Exp(-Value);

    private float Value
    {
        get
        {
            float value = 0;
            ops.Download(scale.Value, new Span<float>(ref value));
            return value;
        }
    }

    /// <summary>Puts <c>dL/dl</c> among the gradients.</summary>
    internal void SetGradient(double byLogitScale) => ops.Upload([(float)byLogitScale], scale.Gradient);

    /// <summary>Where a backward pass on the device adds <c>dL/dl</c>.</summary>
    internal Tensor Gradient => scale.Gradient;

    /// <summary>Keeps T within <see cref="Least"/> and <see cref="Greatest"/>.</summary>
    internal void Clamp()
    {
        float value = Value, clamped = Math.Clamp(value, LeastScale, GreatestScale);
        if (clamped != value) ops.Upload([clamped], scale.Value);
    }

    /// <summary>The same as a part of a whole step.</summary>
    internal void Clamp(WholeStep step) => step.Clamp(scale.Value, LeastScale, GreatestScale);
}
