using System.Text.Json.Serialization;
using NegSamples.Study.Foreign;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;

namespace NegSamples.Study;

/// <summary>The terms and bounds of one checkpoint at one K: <c>bound/CHECKPOINT-kK.json</c> in a run folder.</summary>
/// <param name="Checkpoint">The checkpoint's folder name.</param>
/// <param name="Step">Its steps.</param>
/// <param name="Data">The data set.</param>
/// <param name="DataFingerprint">The training images' fingerprint.</param>
/// <param name="Classes">C.</param>
/// <param name="Negatives">K: a batch has K + 1 samples.</param>
/// <param name="Temperature">t.</param>
/// <param name="TrainImages">Images that the class means are from.</param>
/// <param name="TestImages">Images that the batches are drawn from.</param>
/// <param name="Augmentations">Augmented views per image in the means.</param>
/// <param name="Passes">Passes of shuffled batches over the test split.</param>
/// <param name="Batches">Batches in all passes.</param>
/// <param name="Seed">Key of the views and of the order.</param>
/// <param name="Upsilon">Batches that hold every class.</param>
/// <param name="CurlTau">Samples whose class occurs again in their batch.</param>
/// <param name="ConflictTerm">The mean of ln(Col + 1).</param>
/// <param name="Quantities">All measured quantities under the paper's names and in its order, then those it lacks.</param>
/// <param name="Bounds">The upper bounds of the supervised loss.</param>
/// <param name="AnyEncoder">What the supervised loss is at most for any encoder whatever, see <see cref="SupervisedCeiling"/>; null in a file of an earlier version.</param>
/// <param name="Measures">What the embeddings of the test images are like; null in a file of an earlier version.</param>
/// <param name="Subclasses">The parts that are the classes here; null where the labels are.</param>
public sealed record BoundReport(
    string Checkpoint, long Step, string Data, string DataFingerprint, int Classes, int Negatives, double Temperature, int TrainImages, int TestImages,
    int Augmentations, int Passes, long Batches, ulong Seed, MeasuredProportion Upsilon, MeasuredProportion CurlTau, MeasuredMean ConflictTerm,
    IReadOnlyList<BoundQuantity> Quantities, IReadOnlyList<BoundRow> Bounds, double? AnyEncoder = null, IReadOnlyList<MeasuredValue>? Measures = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SubclassReport? Subclasses = null)
{
    /// <summary>Views of each training image in the class means, where they are others than <see cref="Augmentations"/>; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TrainViews { get; init; }

    /// <summary>The files that the class means are from; null of a run, and in a file of an earlier version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ForeignSource? TrainFiles { get; init; }

    /// <summary>The files that the batches are drawn from; null of a run, and in a file of an earlier version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ForeignSource? TestFiles { get; init; }

    /// <summary>One quantity.</summary>
    /// <param name="name">Which.</param>
    public double Quantity(QuantityName name) => Quantities.First(quantity => quantity.Name == name).Value;

    /// <summary>One bound.</summary>
    /// <param name="name">Which.</param>
    public BoundRow Bound(BoundName name) => Bounds.First(bound => bound.Name == name);
}

/// <summary>One measured quantity.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">Its value.</param>
public sealed record BoundQuantity([property: JsonConverter(typeof(KeyConverter<QuantityName>))] QuantityName Name, double Value);
