using System.Numerics.Tensors;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Embeddings;

/// <summary>A run's newest checkpoint with its model, ready to embed the run's own data.</summary>
internal sealed class LoadedRun : IDisposable
{
    private readonly IViewRecipe recipe;

    private readonly LoadedCheckpoint loaded;

    private LoadedRun(TrainingSettings settings, LoadedCheckpoint loaded, IImageSet train)
    {
        (Settings, this.loaded) = (settings, loaded);
        recipe = settings.Views.RecipeOf(train, settings.Data.ImageSize, measured: true);
    }

    public TrainingSettings Settings { get; }

    /// <summary>SHA-256 of the checkpoint's weights.</summary>
    public string Fingerprint => loaded.Fingerprint;

    /// <summary>The checkpoint's folder name.</summary>
    public string Checkpoint => loaded.Name;

    public CheckpointState State => loaded.State;

    public Model Model => loaded.Model;

    /// <summary>T of the loss: as it was set, or as the checkpoint has learned it.</summary>
    public double Temperature => Model.LogitScale?.Temperature ?? Settings.Loss.Temperature;

    /// <summary>Loads the newest checkpoint.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device; it stays the caller's.</param>
    /// <param name="train">The training images.</param>
    /// <exception cref="BadDataException">There is no checkpoint, it does not fit, or it was trained on other images.</exception>
    public static LoadedRun Open(string run, Ops ops, IImageSet train)
    {
        TrainingSettings settings = RunFolder.ReadSettings(run);
        return new LoadedRun(settings, LoadedCheckpoint.Open(run, settings, ops, train), train);
    }

    /// <summary>Embeds random views of every image: those of the run's recipe, but none that its training saw. The device's ranks share them.</summary>
    /// <param name="images">The images.</param>
    /// <param name="split">Which they are.</param>
    /// <param name="views">Views of each.</param>
    /// <param name="seed">Their key.</param>
    /// <param name="take">Receives batch by batch.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it between two batches.</param>
    /// <exception cref="BadDataException">An image cannot be read, or an embedding is not finite.</exception>
    public void Embed(
        IImageSet images, StudySplit split, int views, ulong seed, Action<FeatureBatch> take, Action<EvaluationProgress> status, CancellationToken stop)
    {
        string stage = FormattableString.Invariant($"embedding {images.Name}: {Counted.Of(images.Count, SampleNoun.Of(images))}, {Counted.Of(views, "augmented view")} of each");
        Stream(images, recipe, views, seed, (uint)split, stage, take, status, stop);
    }

    /// <summary>Embeds every image as it is. The device's ranks share them.</summary>
    /// <inheritdoc cref="Embed"/>
    public void EmbedPlain(IImageSet images, Action<FeatureBatch> take, Action<EvaluationProgress> status, CancellationToken stop) =>
        Stream(images, new PlainRecipe(), 1, 0, 0, FormattableString.Invariant($"embedding {images.Name}: {Counted.Of(images.Count, SampleNoun.Of(images))}"), take, status, stop);

    /// <inheritdoc/>
    public void Dispose() => loaded.Dispose();

    private void Stream(
        IImageSet images, IViewRecipe views, int viewsPerSample, ulong seed, uint epoch, string stage, Action<FeatureBatch> take,
        Action<EvaluationProgress> status,
        CancellationToken stop)
    {
        status(new EvaluationProgress(stage, 0));
        FeatureExtractor.Stream(Model, images, views, viewsPerSample, seed, epoch, batch =>
        {
            CheckFinite(images, batch);
            take(batch);
            status(new EvaluationProgress(stage, batch.First + batch.Count));
        }, Model.Ops.Collective, stop);
    }

    private static void CheckFinite(IImageSet images, FeatureBatch batch)
    {
        for (int view = 0; view < batch.Views; view++)
        {
            // A sum is finite unless a number is not: features are far below the range of a float.
            if (float.IsFinite(TensorPrimitives.Sum(batch.Encoder(view))) && float.IsFinite(TensorPrimitives.Sum(batch.Head(view)))) continue;
            throw new BadDataException(FormattableString.Invariant(
                $"The features of samples {batch.First} to {batch.First + batch.Count - 1} of {images.Name} hold a number that is not finite; the encoder has diverged."));
        }
    }
}
