using TorchSharp;

namespace NegSamples.Peers;

/// <summary>What libtorch computes with, and how its images lie.</summary>
/// <param name="Type">float32 or bfloat16: parameters, activations and gradients, the fastest way there is in it.</param>
/// <param name="ChannelsLast">Whether images lie with their channels side by side, as ours do.</param>
internal readonly record struct PeerForm(torch.ScalarType Type, bool ChannelsLast)
{
    // The constants of the class torch would load libtorch, which may not be there.
    /// <summary>The forms of work on images.</summary>
    public static IReadOnlyList<PeerForm> OfImages { get; } =
        [new(torch.ScalarType.Float32, false), new(torch.ScalarType.Float32, true), new(torch.ScalarType.BFloat16, false), new(torch.ScalarType.BFloat16, true)];

    /// <summary>The forms of work on matrices.</summary>
    public static IReadOnlyList<PeerForm> OfMatrices { get; } = [new(torch.ScalarType.Float32, false), new(torch.ScalarType.BFloat16, false)];

    /// <summary>The largest difference, over the largest number, that rounding explains: of bfloat16, that of a network of 18 layers.</summary>
    public double Tolerance => Type == torch.ScalarType.BFloat16 ? 0.1 : 1e-3;

    public override string ToString() => $"libtorch {(Type == torch.ScalarType.BFloat16 ? "bf16" : "fp32")}{(ChannelsLast ? ", channels last" : "")}";
}
