using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Embeddings;

/// <summary>Measures the terms of the bounds on a run's newest checkpoint, as <c>bound.py</c> of Nozawa and Sato 2021 (arXiv:2102.06866) does.</summary>
/// <remarks>Class means μ_c are from the training split, f̄, anchors, positives and negatives from the test split: unit embeddings after the head, in
/// inference mode, under the run's own augmentations. Batches of K + 1 are drawn without replacement from a new order in each pass; what does not
/// fill a batch is left out of that pass.</remarks>
public static class BoundStudy
{
    private const string Needs = "the bounds need";

    /// <summary>Embeds both splits once, measures for each K, and writes <c>bound/CHECKPOINT-kK.json</c> (<c>-kK-mM.json</c> with M parts of each class)
    /// with the paper's <c>.bounds.json</c> beside
    /// it.</summary>
    /// <remarks>Where the device has several ranks, this is the first's part, and <see cref="Assist"/> that of each other. The reports have the bits of one
    /// process's.</remarks>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">The run's training images, with labels.</param>
    /// <param name="test">Test images of the same classes.</param>
    /// <param name="settings">K, views, passes and the key.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends the measurement; nothing is written then.</param>
    /// <returns>A report for each K, in the order of the settings.</returns>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    /// <exception cref="BadDataException">There is no checkpoint, it is of other images, or the splits do not hold two classes or more with an image of each
    /// and K + 1 test images.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<BoundReport> Run(
        string run, Ops ops, IImageSet train, IImageSet test, BoundSettings settings, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(status);
        settings.Validate();
        TrainingSettings training = RunFolder.ReadSettings(run);
        int[] negatives = settings.Negatives.Count > 0
            ? [.. settings.Negatives.Distinct()]
            : [training.BoundNegatives];
        (int[] trainCounts, int[] testCounts) = CheckData(train, test, negatives);
        Subclasses.Check(LabelledSamples.Of(train), trainCounts, settings.Subclasses);
        Subclasses.Check(LabelledSamples.Of(test), testCounts, settings.Subclasses);
        HostMemory.Require("Measuring the bounds", StudyMemory.OfBounds(training, settings, train, test, ops),
            "Lower `passes` or `augmentations`, or allow more.");
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        Subclasses? parts = settings.Subclasses == 1 ? null : Subclasses.Of(loaded, train, trainCounts, settings, status, stop);
        double[] means = parts?.Means ?? ClassMeans.Of(loaded, train, trainCounts, settings, status, stop);
        ViewPairs pairs = ViewPairs.Of(loaded, test, settings, status, stop);
        parts?.Assign(LabelledSamples.Of(test), pairs);
        if (parts is not null) testCounts = parts.TestSizes;
        BoundOrigin origin = new(
            loaded.Checkpoint, loaded.State.Step, loaded.Settings.Data.Path, train.Fingerprint, train.Count, TrainViews: null, loaded.Temperature);
        IReadOnlyList<BoundReport> reports = Measure(origin, pairs, means, testCounts, negatives, settings, parts, status, stop);
        foreach (BoundReport report in reports) Write(run, report);
        return reports;
    }

    /// <summary>Measures what is embedded already.</summary>
    /// <param name="origin">What it is of.</param>
    /// <param name="pairs">The test images under pairs of views.</param>
    /// <param name="means">[C, D]: μ_c.</param>
    /// <param name="testCounts">[C]: test images of each class.</param>
    /// <param name="negatives">Every K.</param>
    /// <param name="settings">Passes and the key of the order.</param>
    /// <param name="parts">The parts that are the classes; null where the labels are.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>A report for each K, in their order.</returns>
    internal static IReadOnlyList<BoundReport> Measure(
        BoundOrigin origin, ViewPairs pairs, double[] means, int[] testCounts, int[] negatives, BoundSettings settings, Subclasses? parts,
        Action<EvaluationProgress> status, CancellationToken stop)
    {
        ClassDistribution classes = ClassDistribution.Proportional([.. testCounts.Select(count => (double)count)]);
        BoundEstimator[] estimators = [.. negatives.Select(_ => new BoundEstimator(classes, pairs.Dimension, origin.Temperature, means))];
        AddPasses(estimators, negatives, pairs, pairs.Samples, settings, status, stop);
        status(new EvaluationProgress(FormattableString.Invariant($"all pairs of {Counted.Of(pairs.Samples, "test sample")}"), 0));
        BoundMeasures measures = BoundMeasures.Of(pairs, means, origin.Temperature, settings.Threads, stop);
        SubclassReport? subclasses = parts?.Report(pairs);
        return [.. estimators.Select(estimator => BoundReports.Of(origin, pairs.Samples, settings, testCounts, estimator.Measure(), measures, subclasses))];
    }

    /// <summary>What the other ranks do while the first measures: each embeds its part of the images.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="train">The run's training images.</param>
    /// <param name="test">Test images.</param>
    /// <param name="settings">Views and their key.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">There is no checkpoint, or it is of other images.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static void Assist(string run, Ops ops, IImageSet train, IImageSet test, BoundSettings settings, CancellationToken stop = default)
    {
        HostMemory.Require("Measuring the bounds", EvaluationMemory.OfEmbedding(RunFolder.ReadSettings(run), test, ops, settings.Augmentations),
            "Lower `augmentations`, or allow more.");
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        loaded.Embed(train, StudySplit.Train, settings.Augmentations, settings.Seed, _ => { }, _ => { }, stop);
        loaded.Embed(test, StudySplit.Test, settings.Augmentations, settings.Seed, _ => { }, _ => { }, stop);
    }

    /// <summary>Refuses data that the bounds cannot be measured on; a sweep asks before it trains.</summary>
    /// <param name="train">Training images.</param>
    /// <param name="test">Test images.</param>
    /// <param name="negatives">Every K.</param>
    /// <returns>The images of each class in both splits.</returns>
    /// <exception cref="BadDataException">There are no labels, the classes differ, one is empty or the only one, or K + 1 is more than the test
    /// images.</exception>
    internal static (int[] Train, int[] Test) CheckData(IImageSet train, IImageSet test, IEnumerable<int> negatives)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ClassCheck.SameClasses(train, test);
        int[] trainCounts = ClassCheck.Counts(train, Needs), testCounts = ClassCheck.Counts(test, Needs);
        if (trainCounts.Length < 2) throw new BadDataException($"{train.Name} has one class only; {Needs} at least two.");
        foreach (int k in negatives)
        {
            if (k >= test.Count)
                throw new BadDataException(FormattableString.Invariant(
                    $"A batch of K = {Counted.Of(k, "negative")} has {Counted.Of(k + 1L, "sample")}; {test.Name} has only {test.Count}. Choose `negatives` up to {test.Count - 1}."));
        }

        return (trainCounts, testCounts);
    }

    private static void AddPasses(
        BoundEstimator[] estimators, int[] negatives, ViewPairs pairs, int images, BoundSettings settings, Action<EvaluationProgress> status,
        CancellationToken stop)
    {
        int[] order = new int[images];
        int done = 0;
        for (int pair = 0; pair < pairs.Count; pair++)
        {
            // The pair before is large arrays that only a full collection frees.
            if (pair > 0) GC.Collect();
            EmbeddedSet set = pairs.Pair(pair);
            for (int pass = pair; pass < settings.Passes; pass += pairs.Count)
            {
                status(new EvaluationProgress(FormattableString.Invariant($"batches of K + 1: pass {++done} of {settings.Passes}"), 0));
                new Philox(settings.Seed, RandomPurpose.MeasuredOrder, (uint)pass).Shuffle(order);
                for (int i = 0; i < estimators.Length; i++)
                {
                    stop.ThrowIfCancellationRequested();
                    estimators[i].AddBatches(set, order, negatives[i] + 1, settings.Threads, stop);
                }
            }
        }
    }

    private static void Write(string run, BoundReport report)
    {
        string path = SweepFolder.BoundPath(run, report.Checkpoint, report.Negatives, report.Subclasses?.PerClass ?? 1);
        Disk.CreateFolder(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(Path.ChangeExtension(path, ".bounds.json"), PaperBounds.Of(report));
        StudyJson.Write(path, report);
    }
}
