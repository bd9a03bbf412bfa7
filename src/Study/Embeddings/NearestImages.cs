using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>The nearest images of some images by the cosine of a run's features.</summary>
/// <param name="Query">The place of the image.</param>
/// <param name="Nearest">The places of its nearest, the nearest first, and their cosines.</param>
internal sealed record NearestImages(int Query, IReadOnlyList<(int Image, double Cosine)> Nearest)
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
        int nearest = Math.Min(count + 1, images.Count); // one more: an image is among the nearest of its own
        HostMemory.Require("Searching the nearest images", MemoryPlan.From(
        [
            new("features", sizeof(float) * ((long)images.Count + queries.Count) * dimension, IsManaged: true),
            new("cosines", NearestRows.HostBytes(images.Count, queries.Count, nearest), IsManaged: true),
            new("blocks of rows", ops is CpuOps ? NearestRows.DeviceBytes(images.Count, queries.Count, dimension, heldBytes: 0) : 0),
        ]), "Give fewer images, or allow more.");
        float[] rows = new float[checked(images.Count * dimension)];
        loaded.EmbedPlain(images, batch => (head ? batch.Head(0) : batch.Encoder(0)).CopyTo(rows.AsSpan(batch.First * dimension)), status, stop);
        float[] wanted = [.. queries.SelectMany(query => rows[(query * dimension)..((query + 1) * dimension)])];
        int[] found = new int[queries.Count * nearest];
        float[] cosines = new float[found.Length];
        using NearestRows search = new(ops, rows, dimension, queries.Count, heldBytes: 0);
        search.Find(wanted, nearest, found, cosines, stop);
        return [.. queries.Select((query, i) => new NearestImages(
            query, [.. Enumerable.Range(i * nearest, nearest).Where(at => found[at] != query).Take(count).Select(at => (found[at], (double)cosines[at]))]))];
    }
}
