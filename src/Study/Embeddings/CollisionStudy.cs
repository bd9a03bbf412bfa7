using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Embeddings;

/// <summary>Measures the collision bound on a run's newest checkpoint, as <c>collision.ipynb</c> of Nozawa and Sato 2021 (arXiv:2102.06866) does: two
/// augmented views of the training split, all pairs of samples of a class.</summary>
/// <remarks>Cost beside the embedding: Σ_c n_c²·D multiply-adds. Memory: 40·N·D bytes.</remarks>
public static class CollisionStudy
{
    private const int Views = 2;

    /// <summary>Embeds two views of every image, measures Δ, and writes <c>collision/CHECKPOINT.json</c>.</summary>
    /// <remarks>Where the device has several ranks, this is the first's part, and <see cref="Assist"/> that of each other. The report has the bits of one
    /// process's.</remarks>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">The run's training images, with labels.</param>
    /// <param name="settings">The key and the threads.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends the measurement; nothing is written then.</param>
    /// <exception cref="BadDataException">There is no checkpoint, it is of other images, a class has no image or no class has two.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CollisionReport Run(
        string run, Ops ops, IImageSet train, CollisionSettings settings, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(status);
        TrainingSettings training = RunFolder.ReadSettings(run);
        int[] counts = ClassCheck.Counts(train, "the collision bound needs");
        if (counts.Max() < 2) throw new BadDataException($"{train.Name} has one sample of each class; the collision bound needs pairs of a class.");
        HostMemory.Require("The collision bound", StudyMemory.OfCollision(training, train, ops), "Measure fewer samples, or allow more.");
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        EmbeddedSet set = Embed(loaded, train, settings, status, stop);
        status(new EvaluationProgress(FormattableString.Invariant($"{Counted.Of(counts.Sum(count => (long)count * (count - 1)), "pair")} of samples of one class"), 0));
        CollisionBound bound = CollisionBound.Measure(set, loaded.Temperature, settings.Threads, stop);
        CollisionReport report = new(
            loaded.Checkpoint, loaded.State.Step, training.Data.Path, train.Fingerprint, train.Count, "train", loaded.Temperature, bound.Delta,
            bound.PublishedDelta, bound.ClassDeltas.ToArray(), train.ClassNames)
        {
            Seed = settings.Seed,
        };
        StudyJson.Write(SweepFolder.CollisionPath(run, report.Checkpoint), report);
        return report;
    }

    /// <summary>What the other ranks do while the first measures: each embeds its part of the images.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="train">The run's training images.</param>
    /// <param name="settings">The key.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">There is no checkpoint, or it is of other images.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static void Assist(string run, Ops ops, IImageSet train, CollisionSettings settings, CancellationToken stop = default)
    {
        HostMemory.Require("The collision bound", EvaluationMemory.OfEmbedding(RunFolder.ReadSettings(run), train, ops, Views), "Allow more.");
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        loaded.Embed(train, StudySplit.Train, Views, settings.Seed, _ => { }, _ => { }, stop);
    }

    private static EmbeddedSet Embed(LoadedRun run, IImageSet train, CollisionSettings settings, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int dimension = run.Model.EmbeddingDimension;
        double[] first = new double[checked(train.Count * dimension)], second = new double[first.Length];
        int[] labels = new int[train.Count];
        run.Embed(train, StudySplit.Train, Views, settings.Seed, batch =>
        {
            Widen(batch.Head(0), first.AsSpan(batch.First * dimension));
            Widen(batch.Head(1), second.AsSpan(batch.First * dimension));
            for (int i = batch.First; i < batch.First + batch.Count; i++) labels[i] = train.Label(i);
        }, status, stop);
        return new EmbeddedSet(dimension, first, second, first, labels); // the means over augmentations are not read
    }

    private static void Widen(ReadOnlySpan<float> from, Span<double> to)
    {
        for (int i = 0; i < from.Length; i++) to[i] = from[i];
    }
}
