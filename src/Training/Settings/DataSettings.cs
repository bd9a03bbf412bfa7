using System.Text.Json.Serialization;
using NegSamples.Augment.Data.Cached;

namespace NegSamples.Training.Settings;

/// <summary>The images of a run, and the size that its views have.</summary>
public sealed record DataSettings
{
    /// <summary>The values of <see cref="JpegDecoder"/>.</summary>
    public const string LibjpegTurbo = "libjpeg-turbo", ImageSharp = "imagesharp";

    /// <summary>"shapes" (built in), or the path of a data set, or those of several with semicolons between them.</summary>
    [JsonPropertyName("data"), JsonPropertyOrder(0)]
    public string Path { get; init; } = "shapes";

    /// <summary>What the path holds, one of <see cref="Augment.Data.DataSets.Kinds"/>; null finds out.</summary>
    [JsonPropertyName("dataKind"), JsonPropertyOrder(1)]
    public string? Kind { get; init; }

    /// <summary>The share of the images of each class, drawn by the seed, that is held out as the test split of a folder that has none; 0 for none.</summary>
    [JsonPropertyOrder(1)]
    public double TestShare { get; init; }

    /// <summary>
    /// The share of the training images of each class, drawn by the seed, that is not trained on, so that a choice between runs need not look at the test
    /// split; 0 for none.
    /// </summary>
    [JsonPropertyOrder(1)]
    public double ValidationShare { get; init; }

    /// <summary>Up to this many image files that cannot be read are left out; a run leaves out the same ones to its end.</summary>
    [JsonPropertyOrder(1)]
    public int SkipBad { get; init; }

    /// <summary>
    /// What reads JPEG files: "libjpeg-turbo", which gives the pixels of Pillow and torchvision, or "imagesharp", which repeats halved colour instead of
    /// interpolating it. Null takes the former for a new run; in the settings of a run it stands for the latter, which was the only one once.
    /// </summary>
    [JsonPropertyOrder(1)]
    public string? JpegDecoder { get; init; }

    /// <summary>
    /// Whether decoded pictures are kept: "memory" as they are first read, "disk" in a file of the cache folder, "off" not at all. Null takes memory where all
    /// of them take little of it. It changes no number.
    /// </summary>
    [JsonPropertyOrder(1)]
    public string? Cache { get; init; }

    /// <summary>Texts: the file of nearest words that replaced words are drawn from; null for none. Its contents, not its path, belong to the run.</summary>
    [JsonPropertyOrder(1)]
    public string? Neighbours { get; init; }

    /// <summary>The side of the views in pixels; 0 takes 32 for CIFAR, MedMNIST and shapes and 64 for all others.</summary>
    [JsonPropertyOrder(4)]
    public int ImageSize { get; init; }

    /// <summary>The settings of a new run: with the kind that the data turned out to be, and its image size and decoder where none is asked for.</summary>
    /// <param name="kind">One of <see cref="Augment.Data.DataSets.Kinds"/>.</param>
    internal DataSettings Resolve(string kind) => this with
    {
        Kind = kind,
        JpegDecoder = JpegDecoder ?? LibjpegTurbo,
        ImageSize = ImageSize > 0 ? ImageSize : kind is "shapes" or "cifar10" or "cifar100" or "medmnist" ? 32 : 64,
    };

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(ImageSize is 0 or (>= 8 and <= 1024), "imageSize", ImageSize, "8 to 1024 pixels, or 0 for the data's own");
        SettingsException.Require(TestShare is >= 0 and < 1, "testShare", TestShare, "0 for none, or a share below 1");
        SettingsException.Require(ValidationShare is >= 0 and < 1, "validationShare", ValidationShare, "0 for none, or a share below 1");
        SettingsException.Require(JpegDecoder is null or LibjpegTurbo or ImageSharp, "jpegDecoder", JpegDecoder ?? "", $"{LibjpegTurbo} or {ImageSharp}");
        SettingsException.Require(
            Cache is null or ImageCache.Memory or ImageCache.Disk or ImageCache.Off, "cache", Cache ?? "", $"{ImageCache.Memory}, {ImageCache.Disk} or {ImageCache.Off}");
        SettingsException.Require(SkipBad >= 0, "skipBad", SkipBad, "0 for none, or the most images to leave out");
    }
}
