using System.Text.Json.Serialization;
using NegSamples.Theory.Measures;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Foreign;

/// <summary>The classifiers and measures of features that another program computed.</summary>
/// <param name="Train">What the classifiers were made from.</param>
/// <param name="Test">What the accuracies were measured on.</param>
/// <param name="Classes">C.</param>
/// <param name="Dimension">D.</param>
/// <param name="Normalised">Whether all rows were scaled to unit length first.</param>
/// <param name="Chance">What a classifier gets right that always names the commonest test class, 0 to 1.</param>
/// <param name="Rows">The accuracies.</param>
/// <param name="Measures">What the test features are like.</param>
/// <param name="Notes">What should be known of the files, sentences.</param>
/// <param name="Missing">What the evaluation of a run has beside, and what it would need.</param>
/// <param name="LinearEpochs">Epochs of the linear classifier; null in a file of an earlier version.</param>
public sealed record ForeignEvaluationReport(
    ForeignSource Train, ForeignSource Test, int Classes, int Dimension, bool Normalised, double Chance, IReadOnlyList<ForeignRow> Rows,
    IReadOnlyList<MeasuredValue> Measures, IReadOnlyList<string> Notes, IReadOnlyList<string> Missing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? LinearEpochs = null)
{
    /// <summary>The accuracies. A file of an earlier version has a top-5 of any number of classes; it is left out here where it says nothing.</summary>
    public IReadOnlyList<ForeignRow> Rows { get; init; } = Rows is null || Classes > Accuracy.Five ? Rows! : [.. Rows.Select(row => row with { Top5 = null })];
}

/// <summary>Where features are from.</summary>
/// <param name="Features">Their files.</param>
/// <param name="Labels">The file of the labels.</param>
/// <param name="Samples">N.</param>
public sealed record ForeignSource(string Features, string Labels, int Samples)
{
    internal static ForeignSource Of(ForeignSplit split) => new(split.Paths.Features, split.Paths.Labels, split.Count);
}

/// <summary>The accuracy of one classifier.</summary>
/// <param name="Classifier">"mean", "linear" or "knn".</param>
/// <param name="Protocol">How it was made, in words and numbers.</param>
/// <param name="Seed">The seed of its random numbers.</param>
/// <param name="Top1">Share of samples whose class scores highest, 0 to 1.</param>
/// <param name="Top5">Share of samples whose class is among the five highest, 0 to 1; null where there are five classes or fewer, among which every class is.</param>
/// <param name="Balanced">The mean of the classes' recalls; null where the test split has as many samples of each.</param>
public sealed record ForeignRow(
    string Classifier, string Protocol, ulong Seed, double Top1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Top5,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Balanced);
