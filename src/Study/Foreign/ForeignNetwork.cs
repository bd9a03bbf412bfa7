using System.Text.Json.Serialization;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Foreign;

/// <summary>The network of an ONNX file that computed features, and what it was given.</summary>
/// <param name="File">The file; the hash of its bytes is the features' checkpoint.</param>
/// <param name="Producer">The program that made it, as it says.</param>
/// <param name="Output">The output that was taken.</param>
/// <param name="Pixels">How it was given its pixels.</param>
/// <param name="BatchSize">Images at a time.</param>
/// <param name="Views">Augmented views of each image that have files, 0 for none.</param>
/// <param name="Choice">Which images of the splits were embedded, in words.</param>
internal sealed record ForeignNetwork(string File, string Producer, string Output, PixelInput Pixels, int BatchSize, int Views, string Choice)
{
    /// <summary>The strength of the views' colour jitter; null where there are no views.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? JitterStrength { get; init; }

    /// <summary>The least part of an image that a view keeps; null where there are no views.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MinimumCrop { get; init; }

    /// <summary>All that decides the numbers but the file's own bytes and the key of the views: what a difference is called, and the value.</summary>
    internal IReadOnlyList<(string What, string Value)> Parts =>
    [
        ("another `onnxOutput`", Output), ("another `size`", Text($"{Pixels.Size}")), ("other `channels`", Pixels.Channels), ("another `layout`", Pixels.Layout),
        ("another `pixelScale`", Text($"{Pixels.Scale}")), ("another `pixelMean`", Numbers(Pixels.Mean)), ("another `pixelDeviation`", Numbers(Pixels.Deviation)),
        ("another `batchSize`", Text($"{BatchSize}")), ("other images", Choice), ("another number of `views`", Text($"{Views}")),
        ("another `jitterStrength`", Text($"{JitterStrength}")), ("another `minimumCrop`", Text($"{MinimumCrop}")),
    ];

    /// <summary>The same as one text.</summary>
    internal string Identity => string.Join(", ", Parts.Select(part => part.Value));

    private static string Numbers(IReadOnlyList<double> values) => string.Join(",", values.Select(value => Text($"{value}")));

    private static string Text(FormattableString value) => FormattableString.Invariant(value);
}
