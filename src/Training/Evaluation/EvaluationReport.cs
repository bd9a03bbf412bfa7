using System.Text.Json.Serialization;

namespace NegSamples.Training.Evaluation;

/// <summary>One accuracy with everything that it means; a row of <c>eval/*.json</c>.</summary>
/// <param name="Classifier">"mean", "linear" or "knn".</param>
/// <param name="Head">Whether the features are those after the head (unit rows) or before it.</param>
/// <param name="Split">The split that the accuracy was measured on.</param>
/// <param name="Protocol">How the classifier was made, in words and numbers.</param>
/// <param name="Seed">The seed of the classifier's own random numbers.</param>
/// <param name="Top1">Share of images whose class scores highest, 0 to 1.</param>
/// <param name="Top5">Share of images whose class is among the five highest, 0 to 1; null where there are five classes or fewer, among which every class is.</param>
/// <param name="UntrainedTop1">The same for the encoder at initialisation; null where it was not measured.</param>
/// <param name="UntrainedTop5">The same for the encoder at initialisation; null also where it was not measured.</param>
/// <param name="Balanced">The mean over the classes of their recalls, 0 to 1; null where the test split has as many images of each class, or in a file of
/// an earlier version.</param>
/// <param name="UntrainedBalanced">The same for the encoder at initialisation.</param>
/// <param name="ProtocolName">What the classifier was made from; where a file does not say, plain images.</param>
/// <param name="Selection">How the epoch of a linear classifier was chosen; null where it is the last of the plain protocol, or there are no epochs.</param>
/// <param name="Epoch">That epoch, from 1; null where <paramref name="Selection"/> is.</param>
public sealed record EvaluationRow(
    string Classifier, bool Head, string Split, string Protocol, ulong Seed, double Top1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Top5, double? UntrainedTop1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? UntrainedTop5,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Balanced = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? UntrainedBalanced = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] EvaluationProtocol ProtocolName = EvaluationProtocol.Plain,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EpochSelection? Selection = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Epoch = null);

/// <summary>The evaluation of one checkpoint.</summary>
/// <param name="Checkpoint">The checkpoint's folder name.</param>
/// <param name="Step">Its steps.</param>
/// <param name="Data">The data set, as it was named when it was read.</param>
/// <param name="TrainImages">Images that the classifiers were made from.</param>
/// <param name="TestImages">Images that the accuracies were measured on.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Rows">The accuracies.</param>
/// <param name="DataFingerprint">The fingerprint of the training images that were read; null in a file of an earlier version.</param>
/// <param name="CommonestShare">The share of the commonest class among the test images; null where all classes are of one size, or in a file of an earlier
/// version.</param>
/// <param name="Measures">What the features of the test images under the trained encoder are like; null in a file of an earlier version, and
/// where they were not measured.</param>
/// <param name="WeightsSha256">SHA-256 of the file that was evaluated without a run; null of a run's checkpoint.</param>
/// <param name="HeldOutImages">Training images that linear classifiers were not trained on, by which an epoch was chosen; null where none was.</param>
/// <param name="LinearEpochs">Epochs of the linear classifiers; null in a file of an earlier version.</param>
public sealed record EvaluationReport(
    string Checkpoint, long Step, string Data, int TrainImages, int TestImages, int Classes, IReadOnlyList<EvaluationRow> Rows,
    string? DataFingerprint = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? CommonestShare = null,
    IReadOnlyList<EvaluationMeasure>? Measures = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? HeldOutImages = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? LinearEpochs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? WeightsSha256 = null)
{
    /// <summary>The accuracies. A file of an earlier version has a top-5 of any number of classes; it is left out here where it says nothing.</summary>
    public IReadOnlyList<EvaluationRow> Rows { get; init; } = Rows is null || Classes > Accuracy.Five ? Rows! : [.. Rows.Select(row => row with { Top5 = null, UntrainedTop5 = null })];

    /// <summary>What a classifier that looks at no image gets right at most: the share of the commonest class.</summary>
    [JsonIgnore]
    public double Chance => CommonestShare ?? 1.0 / Classes;

    /// <summary>One row of the plain protocol.</summary>
    /// <param name="classifier">"mean", "linear" or "knn".</param>
    /// <param name="head">After the head or before it.</param>
    public EvaluationRow Row(string classifier, bool head) =>
        Find(classifier, head) ?? throw new InvalidOperationException($"There is no row of {classifier} {(head ? "after" : "before")} the head.");

    /// <summary>One row; null where there is none.</summary>
    /// <param name="classifier">"mean", "linear" or "knn".</param>
    /// <param name="head">After the head or before it.</param>
    /// <param name="protocol">The protocol, of which none stands for another.</param>
    /// <param name="selection">The choice of the epoch; null where there is none.</param>
    public EvaluationRow? Find(string classifier, bool head, EvaluationProtocol protocol = EvaluationProtocol.Plain, EpochSelection? selection = null) =>
        Rows.FirstOrDefault(row => row.Classifier == classifier && row.Head == head && row.ProtocolName == protocol && row.Selection == selection);
}
