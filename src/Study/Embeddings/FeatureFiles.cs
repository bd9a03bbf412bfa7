using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Embeddings;

/// <summary>Writes a checkpoint's features for other programs, as <c>save_features.py</c> of Nozawa and Sato 2021 (arXiv:2102.06866) does.</summary>
/// <remarks>
/// For each key ("encoder" before the head, "head" after it) and both splits ("train", and "val" for the test split): <c>KEY.feature.SPLIT.npy</c> of plain
/// images, <c>KEY.feature.0.SPLIT.npy</c> and <c>KEY.feature.1.SPLIT.npy</c> of two augmented views, float32 [images, dimension], and
/// <c>KEY.label.SPLIT.npy</c>, int64 [images]; of images in files <c>files.SPLIT.json</c> names the file of each row. Rows are in the data set's order and not scaled to unit length. The views are those that
/// <see cref="CollisionStudy"/> and the first pass of <see cref="BoundStudy"/> measure with the same seed.
/// </remarks>
internal static class FeatureFiles
{
    internal const int AugmentedViews = 2;

    /// <summary>Embeds both splits and writes the files; memory does not grow with the data.</summary>
    /// <remarks>Where the device has several ranks, this is the first's part, and <see cref="Assist"/> that of each other. The files have the bits of one
    /// process's.</remarks>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">The run's training images, with labels.</param>
    /// <param name="test">Test images of the same classes.</param>
    /// <param name="settings">Which features and where to.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it; nothing is left then.</param>
    /// <returns>What the folder holds now.</returns>
    /// <exception cref="SettingsException">No features are asked for.</exception>
    /// <exception cref="BadDataException">There is no checkpoint, it is of other images, there are no labels, or the folder holds other features.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static FeatureReport Write(
        string run, Ops ops, IImageSet train, IImageSet test, FeatureSettings settings, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        if (!settings.Head && !settings.Encoder) throw new SettingsException("No features are asked for; expected those of the head, the encoder, or both.");
        TrainingSettings training = RunFolder.ReadSettings(run);
        foreach (IImageSet images in new[] { train, test })
            if (images.ClassNames.Count == 0) throw new BadDataException($"{images.Name} has no labels; the files of features need them.");
        ClassCheck.SameClasses(train, test);
        HostMemory.Require("Writing features", StudyMemory.OfFeatures(training, train, ops), "Allow more.");
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        FeatureReport report = Describe(loaded, train, test, settings);
        string folder = settings.Output
            ?? (settings.OnlyPlainTest ? SweepFolder.TestFeaturesPath(run, loaded.Checkpoint) : SweepFolder.FeaturesPath(run, loaded.Checkpoint));
        FeatureFolder.Check(folder, report);
        status(new EvaluationProgress(FormattableString.Invariant($"{folder} takes {Bytes(report) / 1e6:N1} MB"), 0));
        using FeatureFolder files = FeatureFolder.Create(folder, report);
        return files.Fill(report, within =>
        {
            if (!report.OnlyPlainTest) WriteSplit(loaded, within, report, train, StudySplit.Train, status, stop);
            WriteSplit(loaded, within, report, test, StudySplit.Test, status, stop);
        });
    }

    /// <summary>What the other ranks do while the first writes: each embeds its part of the images.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="train">The run's training images.</param>
    /// <param name="test">Test images.</param>
    /// <param name="settings">Which features.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">There is no checkpoint, or it is of other images.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Assist(string run, Ops ops, IImageSet train, IImageSet test, FeatureSettings settings, CancellationToken stop = default)
    {
        HostMemory.Require("Writing features", StudyMemory.OfFeatures(RunFolder.ReadSettings(run), train, ops), "Allow more.");
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        if (!settings.OnlyPlainTest) Embed(train, StudySplit.Train);
        Embed(test, StudySplit.Test);

        void Embed(IImageSet images, StudySplit split)
        {
            loaded.EmbedPlain(images, _ => { }, _ => { }, stop);
            if (!settings.OnlyPlainTest) loaded.Embed(images, split, AugmentedViews, settings.Seed, _ => { }, _ => { }, stop);
        }
    }

    /// <summary>Bytes of all features that a report lists.</summary>
    /// <param name="report">The report.</param>
    public static long Bytes(FeatureReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        long rows = (long)report.TrainImages + report.TestImages;
        long views = 1 + report.Views;
        return report.Keys.Sum(key => rows * ((sizeof(float) * views * key.Dimension) + sizeof(long)));
    }

    private static FeatureReport Describe(LoadedRun run, IImageSet train, IImageSet test, FeatureSettings settings)
    {
        List<FeatureKey> keys = [];
        if (settings.Encoder) keys.Add(new FeatureKey("encoder", run.Model.FeatureDimension));
        if (settings.Head) keys.Add(new FeatureKey("head", run.Model.EmbeddingDimension));
        return new FeatureReport(
            FeatureReport.CurrentFormat, run.Checkpoint, run.State.Step, run.Fingerprint, run.Settings.Data.Path,
            train.Fingerprint,
            test.Fingerprint, settings.OnlyPlainTest ? 0 : train.Count, test.Count, train.ClassNames, settings.Seed, false, keys) { OnlyPlainTest = settings.OnlyPlainTest };
    }

    private static void WriteSplit(
        LoadedRun run, string folder, FeatureReport report, IImageSet images, StudySplit split, Action<EvaluationProgress> status, CancellationToken stop)
    {
        FeatureSplit files = new(folder, report.Keys, images, split);
        files.WriteLabels();
        files.WriteNames();
        files.WriteViews([""], take => run.EmbedPlain(images, take, status, stop));
        if (!report.OnlyPlainTest) files.WriteViews(FeatureSplit.Numbered(AugmentedViews), take => run.Embed(images, split, AugmentedViews, report.Seed, take, status, stop));
    }
}
