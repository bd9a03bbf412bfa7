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

    /// <summary>All that decides the numbers but the file's own bytes and the key of the views, in words.</summary>
    internal string Identity => FormattableString.Invariant(
        $"output {Output}, {Pixels}, {BatchSize} at a time, {Choice}, {Counted.Of(Views, "view")} (jitter {JitterStrength ?? 0}, crops from {MinimumCrop ?? 0})");
}
