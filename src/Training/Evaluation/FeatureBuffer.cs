using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>Room for the features of one view of every image of a set: filled again and again, it takes the memory of one pass.</summary>
internal sealed class FeatureBuffer
{
    private readonly Model model;
    private readonly IImageSet images;
    private readonly Collective? ranks;
    private readonly float[] features, embeddings;
    private readonly int[] labels;

    /// <summary>Takes the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Labelled images.</param>
    /// <param name="ranks">Who shares the images; null for this process alone.</param>
    /// <exception cref="BadDataException">The images have no labels.</exception>
    public FeatureBuffer(Model model, IImageSet images, Collective? ranks = null)
    {
        if (images.ClassNames.Count == 0) throw new BadDataException($"{images.Name} has no labels; an evaluation needs them.");
        (this.model, this.images, this.ranks) = (model, images, ranks);
        features = new float[checked(images.Count * model.FeatureDimension)];
        embeddings = new float[checked(images.Count * model.EmbeddingDimension)];
        labels = new int[images.Count];
        for (int i = 0; i < labels.Length; i++) labels[i] = images.Label(i);
    }

    /// <summary>Embeds one view of every image, in order. What an earlier call gave must not be used any more.</summary>
    /// <param name="recipe">Draws the views.</param>
    /// <param name="seed">The key that the recipe draws with.</param>
    /// <param name="epoch">The epoch that the recipe draws with.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <param name="stop">Ends the embedding between two batches.</param>
    public Features Fill(IViewRecipe recipe, ulong seed, uint epoch, Action<int>? progress, CancellationToken stop)
    {
        FeatureExtractor.Stream(model, images, recipe, viewsPerSample: 1, seed, epoch, batch =>
        {
            batch.Encoder(0).CopyTo(features.AsSpan(batch.First * model.FeatureDimension));
            batch.Head(0).CopyTo(embeddings.AsSpan(batch.First * model.EmbeddingDimension));
            progress?.Invoke(batch.First + batch.Count);
        }, ranks, stop);
        int classes = images.ClassNames.Count;
        return new Features(
            new FeatureSet(features, images.Count, model.FeatureDimension, labels, classes),
            new FeatureSet(embeddings, images.Count, model.EmbeddingDimension, labels, classes));
    }
}
