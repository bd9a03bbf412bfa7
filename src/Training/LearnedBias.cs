using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training;

/// <summary>A bias of the logits that is learned: a parameter of the model, without weight decay, by the name that SigLIP gives it.</summary>
/// <remarks>
/// As a parameter it has its own momentum in the optimizer and lies in every checkpoint. Source: Zhai et al. 2023, arXiv:2303.15343, section 3.2.
/// </remarks>
internal sealed class LearnedBias
{
    private readonly Ops ops;
    private readonly StateTensor bias;

    internal LearnedBias(Blueprint blueprint, double bias) => (ops, this.bias) = (blueprint.Ops, blueprint.Norm("logit_bias", (float)bias, 1));

    /// <summary>b as it stands.</summary>
    public float Value
    {
        get
        {
            float value = 0;
            ops.Download(bias.Value, new Span<float>(ref value));
            return value;
        }
    }

    /// <summary>Where a backward pass on the device adds <c>dL/db</c>.</summary>
    internal Tensor Gradient => bias.Gradient;

    /// <summary>Puts <c>dL/db</c> among the gradients.</summary>
    internal void SetGradient(double byBias) => ops.Upload([(float)byBias], bias.Gradient);
}
