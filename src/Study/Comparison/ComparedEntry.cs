using NegSamples.Study.Foreign;
using NegSamples.Theory.Measures;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Comparison;

/// <summary>One encoder of a comparison: a run, or features that another program computed.</summary>
/// <param name="Name">Its heading, unique in the comparison.</param>
/// <param name="Path">What the command line calls it.</param>
internal sealed record ComparedEntry(string Name, string Path)
{
    /// <summary>What a run has and features have not; null of features.</summary>
    public ComparedRun? Run { get; init; }

    /// <summary>Where the features are from; null of a run, and where they were not evaluated.</summary>
    public ForeignEvaluationReport? Given { get; init; }

    /// <summary>The folder of features or of reports of them; null of a run.</summary>
    public GivenFolder? Features { get; init; }

    /// <summary>The data set, or the files.</summary>
    public string Data { get; init; } = "";

    /// <summary>The training images' fingerprint; null of features.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>C; null where neither classifiers nor bounds were measured.</summary>
    public int? Classes { get; init; }

    /// <summary>Samples that the accuracies were measured on.</summary>
    public int? TestSamples { get; init; }

    /// <summary>What a classifier gets right that always names the commonest test class, 0 to 1.</summary>
    public double? Chance { get; init; }

    /// <summary>The classifiers, of the plain protocol.</summary>
    public IReadOnlyList<ComparedAccuracy> Accuracies { get; init; } = [];

    /// <summary>What the test features are like.</summary>
    public IReadOnlyList<(bool Head, MeasuredValue Measure)> Measures { get; init; } = [];

    /// <summary>The files of bounds.</summary>
    public IReadOnlyList<BoundFile> BoundFiles { get; init; } = [];

    /// <summary>The bounds at each K that was measured, small K first.</summary>
    public IReadOnlyList<BoundReport> Bounds => [.. BoundFiles.SelectMany(file => file.Reports).OrderBy(bound => bound.Negatives)];

    /// <summary>The collision bound; null where it was not measured.</summary>
    public CollisionReport? Collision { get; init; }

    /// <summary>Where features of the test split are, for the figures; null where there are none.</summary>
    public ForeignPaths? TestFeatures { get; init; }

    /// <summary>The class names; empty where nothing names them.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>What was not measured, with the command that measures it.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>One accuracy; null where it was not measured.</summary>
    /// <param name="classifier">"mean", "linear" or "knn".</param>
    /// <param name="head">After the head, or before it and of features as given.</param>
    public ComparedAccuracy? Accuracy(string classifier, bool head) => Accuracies.FirstOrDefault(row => row.Classifier == classifier && row.Head == head);
}

/// <summary>A file of bounds.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Reports">A report for each K.</param>
internal sealed record BoundFile(string Path, IReadOnlyList<BoundReport> Reports);

/// <summary>One accuracy.</summary>
/// <param name="Classifier">"mean", "linear" or "knn".</param>
/// <param name="Head">After the head, or before it and of features as given.</param>
/// <param name="Top1">Share of samples whose class scores highest, 0 to 1.</param>
/// <param name="Top5">Share of samples whose class is among the five highest, 0 to 1; null where there are five classes or fewer.</param>
/// <param name="Balanced">The mean of the classes' recalls; null where the test split has as many samples of each.</param>
/// <param name="UntrainedTop1">The same of the encoder at initialisation; null where it was not measured.</param>
internal sealed record ComparedAccuracy(string Classifier, bool Head, double Top1, double? Top5, double? Balanced, double? UntrainedTop1);

/// <summary>What a run has beside what was measured on it.</summary>
/// <param name="Settings">Its settings.</param>
/// <param name="State">The position of its newest checkpoint.</param>
/// <param name="Environment">Where it was trained; null where the file is missing.</param>
/// <param name="Metrics">The lines of its training, maybe none.</param>
/// <param name="Evaluation">What classifiers read out of it; null where they were not measured.</param>
internal sealed record ComparedRun(
    TrainingSettings Settings, CheckpointState State, RunEnvironment? Environment, IReadOnlyList<Metrics> Metrics, EvaluationReport? Evaluation);
