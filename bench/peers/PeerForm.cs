using TorchSharp;

namespace NegSamples.Peers;

/// <summary>What libtorch computes with, and how its images lie.</summary>
/// <param name="Type">float32 or bfloat16: parameters, activations and gradients, the fastest way there is in it.</param>
/// <param name="ChannelsLast">Whether images lie with their channels side by side, as ours do.</param>
internal readonly record struct PeerForm(torch.ScalarType Type, bool ChannelsLast)
{
    /// <summary>The forms of work on images.</summary>
    public static IReadOnlyList<PeerForm> OfImages { get; } =
        [new(torch.float32, false), new(torch.float32, true), new(torch.bfloat16, false), new(torch.bfloat16, true)];

    /// <summary>The forms of work on matrices.</summary>
    public static IReadOnlyList<PeerForm> OfMatrices { get; } = [new(torch.float32, false), new(torch.bfloat16, false)];

    /// <summary>The largest difference, over the largest number, that rounding explains: of bfloat16, that of a network of 18 layers.</summary>
    public double Tolerance => Type == torch.bfloat16 ? 0.1 : 1e-3;

    public override string ToString() => $"libtorch {(Type == torch.bfloat16 ? "bf16" : "fp32")}{(ChannelsLast ? ", channels last" : "")}";
}
