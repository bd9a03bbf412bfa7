using System.Text.Json.Serialization;
using NegSamples.Kernels;

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

    /// <summary>A file of weights, or the folder of a run, that the encoder and a head that fits begin with; null where all are drawn by the seed.</summary>
    [JsonPropertyOrder(5)]
    public string? Init { get; init; }

    /// <summary>SHA-256 of that file, in hexadecimal: it, not the path, belongs to the run. Null takes the file as it is, and records its hash.</summary>
    [JsonPropertyOrder(5)]
    public string? InitSha256 { get; init; }

    /// <summary>Parts of the model that are drawn by the seed all the same, with commas between them: "conv1,bn1".</summary>
    [JsonPropertyOrder(5)]
    public string InitWithout { get; init; } = "";

    /// <summary>Trains the head alone: the encoder keeps its weights, and its batch norms their running statistics, by which they norm.</summary>
    [JsonPropertyOrder(5)]
    public bool FreezeEncoder { get; init; }

    /// <summary>The parts of <see cref="InitWithout"/>.</summary>
    internal IReadOnlyList<string> PartsLeftOut() => InitWithout.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What a white pixel, 1, is multiplied by before the mean is taken off: 1 for weights that want 0..1, 255 for those that want 0..255.</summary>
    [JsonPropertyOrder(4)]
    public double PixelScale { get; init; } = 1;

    /// <summary>What is taken off the pixels of red, green and blue: one number for all, or three with commas between them.</summary>
    [JsonPropertyOrder(4)]
    public string PixelMean { get; init; } = "0";

    /// <summary>What the pixels of red, green and blue are then divided by: one number for all, or three with commas between them.</summary>
    [JsonPropertyOrder(4)]
    public string PixelDeviation { get; init; } = "1";

    /// <summary>The range that these bring the pixels of every image into before it enters the encoder: (scale·x − mean) / deviation of x from 0 to 1.</summary>
    /// <exception cref="SettingsException">The means or deviations are no such numbers.</exception>
    internal PixelRange Pixels => PixelRange.Of(
        PixelScale, ChannelNumbers.Parse("pixelMean", PixelMean, 0, PixelScale), ChannelNumbers.Parse("pixelDeviation", PixelDeviation, Least, PixelScale));

    // A wider range than any image has, of which float32 keeps the digits.
    private const double Least = 1e-6, Most = 1e6;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(EmbeddingDimension is >= 1 and <= 65_536, "embeddingDimension", EmbeddingDimension, "1 to 65536");
        SettingsException.Require(PixelScale is >= Least and <= Most, "pixelScale", PixelScale, "above 0, as 1 for pixels of 0..1 or 255");
        _ = Pixels;
        SettingsException.Require(Init is null || !string.IsNullOrWhiteSpace(Init), "init", $"'{Init}'", "a file of weights or the folder of a run");
        SettingsException.Require(
            InitSha256 is null || (Init is not null && InitSha256.Length == 64 && InitSha256.All(char.IsAsciiHexDigit)), "initSha256", $"'{InitSha256}'",
            "64 hexadecimal digits, of the file that `init` names");
        if (InitWithout.Length > 0 && Init is null) throw new SettingsException($"`initWithout` names {InitWithout} without an `init` that it could leave out of.");
    }
}
