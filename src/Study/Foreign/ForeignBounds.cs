using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Foreign;

/// <summary>Measures the terms of the bounds as <see cref="BoundStudy"/> does, on views that another program embedded.</summary>
public static class ForeignBounds
{
    private const string Needs = "the bounds need";

    /// <summary>What a report names as its checkpoint.</summary>
    public const string Checkpoint = "features as given";

    /// <summary>Measures for each K.</summary>
    /// <param name="pair">Two or more views of each test sample, of which pass p takes the views 2q and 2q + 1; one or more of each training
    /// sample.</param>
    /// <param name="ops">The device that scales the rows.</param>
    /// <param name="temperature">t of the loss that the encoder was trained with.</param>
    /// <param name="settings">K, passes, parts of each class, key and threads; views are not read.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>A report for each K, in the order of the settings.</returns>
    /// <exception cref="SettingsException">A setting is out of its range, or there is no K.</exception>
    /// <exception cref="BadDataException">There is one view of the test samples, fewer than K + 1 of them, one class only or a class with
    /// fewer samples than parts.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<BoundReport> Measure(
        ForeignPair pair, Ops ops, double temperature, BoundSettings settings, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(status);
        ForeignSplit train = pair.Train, test = pair.Test;
        test.RequireViews(2, Needs);
        settings = settings with { Augmentations = test.Views };
        settings.Validate();
        RequireTemperature(temperature);
        int[] negatives = [.. settings.Negatives.Distinct()];
        if (negatives.Length == 0) throw new SettingsException("`negatives` is missing; a run has a K of its own, features have none.");
        if (pair.Classes < 2) throw new BadDataException($"{train.Paths.Labels} has one class only; {Needs} at least two.");
        int[] trainSizes = ForeignPair.Sizes(train, pair.Classes, Needs), testSizes = ForeignPair.Sizes(test, pair.Classes, Needs);
        foreach (int k in negatives)
        {
            if (k >= test.Count)
                throw new BadDataException(FormattableString.Invariant(
                    $"A batch of K = {Counted.Of(k, "negative")} has {Counted.Of(k + 1L, "sample")}; {test.Paths.Features} has only {test.Count}. ")
                    + FormattableString.Invariant($"Choose `negatives` up to {test.Count - 1}."));
        }

        Subclasses.Check(train.Samples, trainSizes, settings.Subclasses);
        Subclasses.Check(test.Samples, testSizes, settings.Subclasses);
        HostMemory.Require(
            "Measuring the bounds", MemoryPlan.From(
            [
                .. StudyMemory.OfPairs(test.Count, test.Dimension, settings),
                new("means of the training samples", settings.Subclasses > 1 ? sizeof(double) * (long)train.Count * train.Dimension : 0, IsManaged: true),
            ]), "Lower `passes`, or allow more.");
        Subclasses? parts = settings.Subclasses == 1 ? null
            : Subclasses.Of(train.Samples, MeanRows(train, ops, status, stop), train.Dimension, trainSizes, settings, status, stop);
        double[] means = parts?.Means ?? Means(train, trainSizes, ops, status, stop);
        ViewPairs pairs = new(test.Count, test.Dimension, Math.Min(settings.Passes, test.Views / 2));
        ForeignRows.Stream(test, test.Views, ops, (first, count, rows) => pairs.Add(first, count, test.Views, rows, i => test.Labels[i]), status, stop);
        parts?.Assign(test.Samples, pairs);
        if (parts is not null) testSizes = parts.TestSizes;
        BoundOrigin origin = new(
            Checkpoint, 0, $"{train.Paths.Features} and {test.Paths.Features}", "", train.Count, train.Views == test.Views ? null : train.Views, temperature);
        IReadOnlyList<BoundReport> reports = BoundStudy.Measure(origin, pairs, means, testSizes, negatives, settings, parts, status, stop);
        return [.. reports.Select(report => report with { TrainFiles = ForeignSource.Of(train), TestFiles = ForeignSource.Of(test) })];
    }

    /// <summary>What should be known of the files, sentences.</summary>
    /// <param name="splits">The splits that were measured.</param>
    internal static IReadOnlyList<string> Notes(params IEnumerable<ForeignSplit> splits) =>
        [.. splits.SelectMany(split => new[] { split.NoteOfLengths("they are scaled to unit length"), NoteOfViews(split) }).OfType<string>()];

    private static string? NoteOfViews(ForeignSplit split) =>
        split.HasEqualViews ? $"{split.Paths.Features}: all views of a sample are the same numbers, as without augmentation; every anchor is its own positive." : null;

    internal static void RequireTemperature(double temperature)
    {
        if (temperature is not (>= 1e-30 and <= 1e30))
            throw new SettingsException(FormattableString.Invariant($"`temperature` is {temperature}; expected a number above 0, 1e-30 to 1e30."));
    }

    /// <summary>[N, D]: the mean of each sample's views.</summary>
    private static double[] MeanRows(ForeignSplit train, Ops ops, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int dimension = train.Dimension;
        double[] rows = new double[checked(train.Count * dimension)];
        ForeignRows.Stream(train, train.Views, ops, (first, count, views) =>
        {
            for (int i = 0; i < count; i++)
            {
                Span<double> mean = rows.AsSpan((first + i) * dimension, dimension);
                ClassMeans.AddViews(views, train.Views, i, mean);
                ClassMeans.Divide(mean, train.Views);
            }
        }, status, stop);
        return rows;
    }

    private static double[] Means(ForeignSplit train, int[] sizes, Ops ops, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int dimension = train.Dimension;
        double[] means = new double[checked(sizes.Length * dimension)];
        ForeignRows.Stream(train, train.Views, ops, (first, count, rows) =>
        {
            for (int i = 0; i < count; i++) ClassMeans.AddViews(rows, train.Views, i, means.AsSpan(train.Labels[first + i] * dimension, dimension));
        }, status, stop);
        for (int c = 0; c < sizes.Length; c++) ClassMeans.Divide(means.AsSpan(c * dimension, dimension), (double)sizes[c] * train.Views);
        return means;
    }
}
