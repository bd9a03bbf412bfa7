using System.Text.Json.Serialization;
using NegSamples.Study.Foreign;

namespace NegSamples.Study;

/// <summary>The collision bound of one checkpoint: <c>collision/CHECKPOINT.json</c> in a run folder.</summary>
/// <param name="Checkpoint">The checkpoint's folder name.</param>
/// <param name="Step">Its steps.</param>
/// <param name="Data">The data set.</param>
/// <param name="DataFingerprint">The training images' fingerprint.</param>
/// <param name="Images">Images of the split that was measured.</param>
/// <param name="Split">"train" or "test".</param>
/// <param name="Temperature">t.</param>
/// <param name="Delta">Δ, the mean over anchors of |z·(z′ − z⁺)| within a class, without 1/t.</param>
/// <param name="PublishedDelta">The number that the paper's notebook prints.</param>
/// <param name="ClassDeltas">Δ of each class.</param>
/// <param name="ClassNames">The classes.</param>
public sealed record CollisionReport(
    string Checkpoint, long Step, string Data, string DataFingerprint, int Images, string Split, double Temperature, double Delta, double PublishedDelta,
    IReadOnlyList<double> ClassDeltas, IReadOnlyList<string> ClassNames)
{
    /// <summary>Key of the views; null of features, and in a file of an earlier version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Seed { get; init; }

    /// <summary>The files that were measured; null of a run, and in a file of an earlier version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ForeignSource? Files { get; init; }
}
