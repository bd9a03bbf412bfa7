using System.Numerics.Tensors;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>The nearest images of some images by the cosine of a run's features.</summary>
/// <param name="Query">The place of the image.</param>
/// <param name="Nearest">The places of its nearest, the nearest first, and their cosines.</param>
public sealed record NearestImages(int Query, IReadOnlyList<(int Image, double Cosine)> Nearest)
{
    /// <summary>Embeds a set and searches it.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">The run's training images.</param>
    /// <param name="images">The images that are searched.</param>
    /// <param name="queries">The places of those whose nearest are wanted.</param>
    /// <param name="count">How many nearest of each; of a smaller set all others.</param>
    /// <param name="head">Features after the head, or before it.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">There is no checkpoint, it is of other images, or an image cannot be read.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<NearestImages> Of(
        string run, Ops ops, IImageSet train, IImageSet images, IReadOnlyList<int> queries, int count, bool head, Action<EvaluationProgress> status,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(queries);
        using LoadedRun loaded = LoadedRun.Open(run, ops, train);
        int dimension = head ? loaded.Model.EmbeddingDimension : loaded.Model.FeatureDimension;
        HostMemory.Require(
            "Searching the nearest images", MemoryPlan.From([new("features", sizeof(float) * (long)images.Count * dimension, IsManaged: true)]), "Give fewer images, or allow more.");
        float[] rows = new float[checked(images.Count * dimension)];
        loaded.EmbedPlain(images, batch => (head ? batch.Head(0) : batch.Encoder(0)).CopyTo(rows.AsSpan(batch.First * dimension)), status, stop);
        float[] lengths = [.. Enumerable.Range(0, images.Count).Select(i => TensorPrimitives.Norm(Row(i)))];
        return [.. queries.Select(query =>
        {
            stop.ThrowIfCancellationRequested();
            double[] cosines = [.. Enumerable.Range(0, images.Count).Select(i => (double)TensorPrimitives.Dot(Row(query), Row(i)) / Math.Max(float.Epsilon, lengths[query] * lengths[i]))];
            return new NearestImages(query, [.. Enumerable.Range(0, images.Count).Where(i => i != query).OrderByDescending(i => cosines[i]).Take(count).Select(i => (i, cosines[i]))]);
        })];

        ReadOnlySpan<float> Row(int i) => rows.AsSpan(i * dimension, dimension);
    }
}
