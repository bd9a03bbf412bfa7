using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>How many images a step takes, and how many of them at a time.</summary>
public sealed record BatchSettings
{
    /// <summary>N: images in a batch; each gives <see cref="LossSettings.Views"/> views.</summary>
    [JsonPropertyName("batchSize"), JsonPropertyOrder(6)]
    public int Size { get; init; } = 256;

    /// <summary>M: samples of a piece where a batch is embedded in pieces to save memory; 0 takes the batch in one.</summary>
    [JsonPropertyOrder(13)]
    public int MicroBatch { get; init; }

    // The views of more would have no index of 32 bits in a tensor of a few dimensions.
    private const int Largest = 1 << 24;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(
            Size is >= 2 and <= Largest, "batchSize", Size, $"at least 2 (batch normalisation and negatives need other images) and at most {Largest}");
        SettingsException.Require(MicroBatch >= 0 && MicroBatch <= Size, "microBatch", MicroBatch, $"1 to {Size}, the batch, or 0 for the whole batch at once");
    }
}
