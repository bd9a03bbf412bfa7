using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>The features of a data set under a model in inference mode.</summary>
/// <param name="Encoder">Before the head, after the global average pool; not normalised.</param>
/// <param name="Head">After the head; unit rows.</param>
public sealed record Features(FeatureSet Encoder, FeatureSet Head);

/// <summary>Runs a model over a data set.</summary>
public static class FeatureExtractor
{
    // Batches that a rank embeds before all exchange theirs and so wait for the slowest: what one loses at a batch it may make up for at the next.
    private const int BatchesPerTurn = 4;

    /// <summary>Batches whose features are held at a time.</summary>
    /// <param name="ranks">Who shares the images.</param>
    internal static int BatchesHeld(Collective ranks) => ranks.Size == 1 ? 1 : BatchesPerTurn * ranks.Size;

    /// <summary>Samples that are embedded at a time.</summary>
    internal static int SamplesPerPass(IImageSet images, int viewsPerSample, int viewsPerPass = ModelEncoder.Views) =>
        Math.Min(Math.Max(1, viewsPerPass / viewsPerSample), images.Count);

    /// <summary>Embeds every image once, in order.</summary>
    /// <param name="model">The model; its activations are prepared for inference.</param>
    /// <param name="images">Labelled images.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <param name="stop">Ends the embedding between two batches.</param>
    /// <exception cref="BadDataException">The images have no labels, or one cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Features Extract(Model model, IImageSet images, Action<int>? progress = null, CancellationToken stop = default) =>
        Extract(model, images, progress, ranks: null, stop);

    /// <summary>As the other, by several ranks.</summary>
    /// <param name="model">The model; its activations are prepared for inference.</param>
    /// <param name="images">Labelled images.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <param name="ranks">Who shares the images; null for this process alone. All have all features then.</param>
    /// <param name="stop">Ends the embedding between two batches.</param>
    internal static Features Extract(Model model, IImageSet images, Action<int>? progress, Collective? ranks, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        return new FeatureBuffer(model, images, ranks).Fill(new PlainRecipe(), seed: 0, epoch: 0, progress, stop);
    }

    /// <summary>Embeds views of every image, in order, and hands them on batch by batch: memory does not grow with the set.</summary>
    /// <param name="model">The model; its activations are prepared for inference.</param>
    /// <param name="images">The images; labels are not needed.</param>
    /// <param name="recipe">Draws the views.</param>
    /// <param name="viewsPerSample">Views of each image, drawn with the numbers 0, 1, ….</param>
    /// <param name="seed">The key that the recipe draws with.</param>
    /// <param name="epoch">The epoch that the recipe draws with.</param>
    /// <param name="take">Receives each batch, whose memory is then filled again.</param>
    /// <param name="stop">Ends the embedding between two batches.</param>
    /// <exception cref="BadDataException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Stream(
        Model model, IImageSet images, IViewRecipe recipe, int viewsPerSample, ulong seed, uint epoch, Action<FeatureBatch> take, CancellationToken stop = default) =>
        Stream(model, images, recipe, viewsPerSample, seed, epoch, take, ranks: null, stop);

    /// <summary>As the other, by several ranks.</summary>
    /// <remarks>Ranks take turns by whole batches, those that one process has, so that the bits are its own; each receives all batches in order.</remarks>
    /// <param name="model">The model; its activations are prepared for inference.</param>
    /// <param name="images">The images; labels are not needed.</param>
    /// <param name="recipe">Draws the views.</param>
    /// <param name="viewsPerSample">Views of each image, drawn with the numbers 0, 1, ….</param>
    /// <param name="seed">The key that the recipe draws with.</param>
    /// <param name="epoch">The epoch that the recipe draws with.</param>
    /// <param name="take">Receives each batch, whose memory is then filled again.</param>
    /// <param name="ranks">Who shares the images; null for this process alone.</param>
    /// <param name="stop">Ends the embedding between two batches.</param>
    internal static void Stream(
        Model model, IImageSet images, IViewRecipe recipe, int viewsPerSample, ulong seed, uint epoch, Action<FeatureBatch> take, Collective? ranks,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        Stream(model.Ops, new ModelEncoder(model), images, recipe, viewsPerSample, seed, epoch, take, ranks, stop);
    }

    /// <summary>As the other, with any encoder.</summary>
    /// <param name="ops">The device that makes the views.</param>
    /// <param name="encoder">Embeds them.</param>
    /// <param name="images">The images; labels are not needed.</param>
    /// <param name="recipe">Draws the views.</param>
    /// <param name="viewsPerSample">Views of each image, drawn with the numbers 0, 1, ….</param>
    /// <param name="seed">The key that the recipe draws with.</param>
    /// <param name="epoch">The epoch that the recipe draws with.</param>
    /// <param name="take">Receives each batch, whose memory is then filled again.</param>
    /// <param name="ranks">Who shares the images; null for this process alone.</param>
    /// <param name="stop">Ends the embedding between two batches.</param>
    /// <exception cref="BadDataException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static void Stream(
        Ops ops, IViewEncoder encoder, IImageSet images, IViewRecipe recipe, int viewsPerSample, ulong seed, uint epoch, Action<FeatureBatch> take,
        Collective? ranks = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(take);
        ArgumentOutOfRangeException.ThrowIfLessThan(viewsPerSample, 1);
        ranks ??= Collective.Alone;
        int samples = SamplesPerPass(images, viewsPerSample, encoder.ViewsPerPass);
        encoder.Prepare(samples * viewsPerSample);
        (Arena arena, Tensor views) = ViewTensor.Create(ops, images, samples * viewsPerSample, encoder.Side);
        using Arena owned = arena;
        using ViewMaker viewMaker = new(ops, encoder.Range);
        using BatchProducer producer = BatchProducer.ForEvaluation(images, recipe, samples, viewsPerSample, seed, epoch, ranks.Rank, ranks.Size);
        int batchesOfRank = BatchesHeld(ranks) / ranks.Size;
        (float[] numbers, FeatureBatch[] features) = FeatureBatch.Of(encoder, samples, viewsPerSample, BatchesHeld(ranks));
        FeatureBatch[] inOrder = [.. Enumerable.Range(0, features.Length).Select(i => features[(i % ranks.Size * batchesOfRank) + (i / ranks.Size)])];
        for (int done = 0; done < images.Count;)
        {
            foreach (FeatureBatch batch in inOrder)
            {
                batch.Place(done, Math.Min(samples, images.Count - done));
                done += batch.Count;
            }

            foreach (FeatureBatch own in features.AsSpan(ranks.Rank * batchesOfRank, batchesOfRank))
            {
                stop.ThrowIfCancellationRequested();
                if (own.Count == 0) break;
                RawBatch batch = producer.Next()!;
                Tensor some = views.Slice(0, batch.Count * viewsPerSample);
                viewMaker.Make(batch, some);
                producer.Return(batch);
                own.Fill(encoder, some);
            }

            ranks.AllGather<float>(numbers);
            foreach (FeatureBatch batch in inOrder)
                if (batch.Count > 0) take(batch);
        }
    }
}
