using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>The network that is trained.</summary>
public sealed record EncoderSettings
{
    /// <summary>The encoder.</summary>
    [JsonPropertyName("encoder"), JsonPropertyOrder(2)]
    public EncoderKind Kind { get; init; } = EncoderKind.ConvNet;

    /// <summary>A residual network's first layers.</summary>
    [JsonPropertyOrder(3)]
    public StemKind Stem { get; init; } = StemKind.Cifar;

    /// <summary>D: the dimension of the embeddings.</summary>
    [JsonPropertyOrder(5)]
    public int EmbeddingDimension { get; init; } = 128;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    public void Validate() => SettingsException.Require(
        EmbeddingDimension is >= 1 and <= 65_536, "embeddingDimension", EmbeddingDimension, "1 to 65536");
}
