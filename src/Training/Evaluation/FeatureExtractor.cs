using NegSamples.Augment;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>The features of a data set under a model: in inference mode, on plain images.</summary>
/// <param name="Encoder">Before the head, after the global average pool; not normalised.</param>
/// <param name="Head">After the head; unit rows.</param>
public sealed record Features(FeatureSet Encoder, FeatureSet Head);

/// <summary>Runs a model over a data set.</summary>
public static class FeatureExtractor
{
    private const int ImagesPerPass = 256;

    /// <summary>Embeds every image once, in order.</summary>
    /// <param name="model">The model; its activations are prepared for inference.</param>
    /// <param name="images">Labelled images.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <exception cref="BadDataException">The images have no labels, or one cannot be read.</exception>
    public static Features Extract(Model model, IImageSet images, Action<int>? progress = null)
    {
        if (images.ClassNames.Count == 0) throw new BadDataException($"{images.Name} has no labels; an evaluation needs them.");
        Ops ops = model.Ops;
        int height = model.Settings.ImageHeight, width = model.Settings.ImageWidth, pass = Math.Min(ImagesPerPass, images.Count);
        model.Prepare(pass, training: false);
        using Arena arena = ops.CreateArena("views", Arena.BytesFor(ElementType.Float32, (long)pass * height * width * 3));
        Tensor views = arena.Take(pass, height, width, 3);
        using ViewMaker viewMaker = new(ops);
        using BatchProducer producer = BatchProducer.ForEvaluation(images, new PlainRecipe(), pass);
        float[] features = new float[checked(images.Count * model.FeatureDimension)], embeddings = new float[checked(images.Count * model.EmbeddingDimension)];
        int[] labels = new int[images.Count];
        for (int done = 0; done < images.Count;)
        {
            RawBatch batch = producer.Next()!;
            int count = batch.Count;
            Tensor some = views.Slice(0, count);
            viewMaker.Make(batch, some);
            producer.Return(batch);
            Tensor encoded = model.Encode(some, training: false);
            ops.Download(encoded, features.AsSpan(done * model.FeatureDimension, count * model.FeatureDimension));
            ops.Download(model.Project(encoded, training: false), embeddings.AsSpan(done * model.EmbeddingDimension, count * model.EmbeddingDimension));
            for (int i = done; i < done + count; i++) labels[i] = images.Label(i);
            done += count;
            progress?.Invoke(done);
        }

        int classes = images.ClassNames.Count;
        return new Features(
            new FeatureSet(features, images.Count, model.FeatureDimension, labels, classes), new FeatureSet(embeddings, images.Count, model.EmbeddingDimension, labels, classes));
    }
}
