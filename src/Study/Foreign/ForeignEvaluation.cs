using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Theory.Measures;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Foreign;

/// <summary>Evaluates features that another program computed by the classifiers of <see cref="FeatureClassifiers"/>.</summary>
public static class ForeignEvaluation
{
    /// <summary>Makes every classifier and measures the test features.</summary>
    /// <param name="pair">The features.</param>
    /// <param name="ops">The device.</param>
    /// <param name="linear">The linear classifier's settings.</param>
    /// <param name="normalised">Whether all rows are scaled to unit length first, by the linear classifier too; they are copied then.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">A split has several views of each sample.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ForeignEvaluationReport Evaluate(
        ForeignPair pair, Ops ops, LinearSettings linear, bool normalised, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(status);
        const string takes = "an evaluation takes";
        FeatureSet train = pair.Train.OneView(takes, pair.Classes), test = pair.Test.OneView(takes, pair.Classes);
        long copies = normalised ? sizeof(float) * (train.Values.Length + (long)test.Values.Length) : 0;
        HostMemory.Require(
            "The evaluation", HostMemory.Joined(EvaluationMemory.OfClassifiers(train.Count, test.Count, train.Dimension, pair.Classes, linear, ops),
                [new("rows of unit length", copies, IsManaged: true)]), "Give fewer samples, or allow more.");
        int[] trainSizes = pair.Train.Sizes(pair.Classes), testSizes = pair.Test.Sizes(pair.Classes);
        string? gaps = ForeignPair.NoteOfGaps(pair.Train, trainSizes);
        if (normalised) (train, test) = (Unit(pair.Train, pair.Classes, ops, status, stop), Unit(pair.Test, pair.Classes, ops, status, stop));
        Begin("spectrum and classes of the test features");
        MeasuredValue[] measures = [.. EvaluationMeasures.Of(test, head: false).Select(measure => new MeasuredValue(measure.Name, measure.Value))];
        ClassifierSettings settings = new(linear, "given files", normalised, HasMean: gaps is null);
        ForeignRow[] rows = [.. FeatureClassifiers.Of(ops, train, test, settings, Begin, stop).Select(row => new ForeignRow(
            row.Classifier, row.Protocol, linear.Seed, row.Accuracy.Top1, row.Accuracy.Top5, row.Accuracy.Balanced))];
        return new ForeignEvaluationReport(
            ForeignSource.Of(pair.Train), ForeignSource.Of(pair.Test), pair.Classes, train.Dimension, normalised, (double)testSizes.Max() / test.Count, rows, measures,
            [.. Notes(pair, testSizes, normalised)], [.. Missing(gaps)], linear.Epochs);

        void Begin(string stage)
        {
            stop.ThrowIfCancellationRequested();
            status(new EvaluationProgress(stage, 0));
        }
    }

    private static FeatureSet Unit(ForeignSplit split, int classes, Ops ops, Action<EvaluationProgress> status, CancellationToken stop)
    {
        float[] unit = new float[split.Count * split.Dimension];
        ForeignRows.Stream(split, 1, ops, (first, _, rows) => rows(0).CopyTo(unit.AsSpan(first * split.Dimension)), status, stop);
        return new FeatureSet(unit, split.Count, split.Dimension, split.Labels, classes);
    }

    private static IEnumerable<string> Notes(ForeignPair pair, int[] testSizes, bool normalised)
    {
        string effect = normalised ? "all are scaled to unit length"
            : "mean and knn scale them to unit length, linear and the measures take them as they are (`normalised` scales them for all)";
        foreach (ForeignSplit split in new[] { pair.Train, pair.Test })
            if (split.NoteOfLengths(effect) is { } note) yield return note;
        if (ForeignPair.NoteOfGaps(pair.Test, testSizes) is { } gaps) yield return gaps + ".";
    }

    private static IEnumerable<string> Missing(string? gaps)
    {
        if (gaps is not null) yield return $"the mean classifier needs a training sample of each class. {gaps}.";
        yield return "the same encoder at initialisation needs the encoder: features of it, or a run";
        yield return "before and after the head: each is an evaluation of its own, of its own files";
    }
}
