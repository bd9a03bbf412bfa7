using System.Text.Json.Serialization;

namespace NegSamples.Study.Sweep;

/// <summary>What a run is worth on the part of the training images that it was not trained on: <c>validation.json</c> in its folder.</summary>
/// <param name="Checkpoint">The checkpoint that was measured; null where the training diverged.</param>
/// <param name="DataFingerprint">Of the training images.</param>
/// <param name="Share">The share that was held out.</param>
/// <param name="Seed">The key that it was drawn with.</param>
/// <param name="TrainImages">Images that were trained on; the class means are of them.</param>
/// <param name="HeldOutImages">Images that were classified.</param>
/// <param name="Top1">Accuracy of the mean classifier after the head, 0 to 1; null where the training diverged.</param>
/// <param name="Diverged">Why there is none; null where there is.</param>
internal sealed record ValidationReport(
    string? Checkpoint, string DataFingerprint, double Share, ulong Seed, int TrainImages, int HeldOutImages, double? Top1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Diverged = null);
