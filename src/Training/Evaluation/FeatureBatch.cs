namespace NegSamples.Training.Evaluation;

/// <summary>The features of some samples that follow each other in a set, each under the same number of views.</summary>
/// <remarks>The memory is filled again for the next batch.</remarks>
public sealed class FeatureBatch
{
    private readonly Memory<float> encoder, embedding, head;
    private readonly int featureDimension, embeddingDimension;

    private FeatureBatch(Memory<float> numbers, int rows, int views, IViewEncoder origin)
    {
        (Views, featureDimension, embeddingDimension) = (views, origin.FeatureDimension, origin.EmbeddingDimension);
        encoder = numbers[..(rows * featureDimension)];
        embedding = numbers.Slice(encoder.Length, rows * embeddingDimension);
        head = numbers[(encoder.Length + embedding.Length)..];
    }

    /// <summary>The index of the first sample in its set.</summary>
    public int First { get; private set; }

    /// <summary>How many samples.</summary>
    public int Count { get; private set; }

    /// <summary>How many views each sample has.</summary>
    public int Views { get; }

    /// <summary>[Count, F]: one view's features before the head, after the global average pool.</summary>
    /// <param name="view">0 to <see cref="Views"/> − 1.</param>
    public ReadOnlySpan<float> Encoder(int view) => Rows(encoder, view, featureDimension);

    /// <summary>[Count, D]: one view's features after the head, before they are scaled to unit length.</summary>
    /// <param name="view">0 to <see cref="Views"/> − 1.</param>
    public ReadOnlySpan<float> Embedding(int view) => Rows(embedding, view, embeddingDimension);

    /// <summary>[Count, D]: one view's features after the head, unit rows.</summary>
    /// <param name="view">0 to <see cref="Views"/> − 1.</param>
    public ReadOnlySpan<float> Head(int view) => Rows(head, view, embeddingDimension);

    /// <summary>Room for several batches, one behind the other: those of a rank are gathered as they lie.</summary>
    /// <param name="origin">What fills them.</param>
    /// <param name="samples">The most samples of a batch.</param>
    /// <param name="views">Views of each.</param>
    /// <param name="batches">How many batches.</param>
    internal static (float[] Numbers, FeatureBatch[] Batches) Of(IViewEncoder origin, int samples, int views, int batches)
    {
        int rows = checked(samples * views), part = checked(rows * (origin.FeatureDimension + (2 * origin.EmbeddingDimension)));
        float[] numbers = new float[checked(part * batches)];
        return (numbers, [.. Enumerable.Range(0, batches).Select(i => new FeatureBatch(numbers.AsMemory(i * part, part), rows, views, origin))]);
    }

    /// <summary>Says which samples the batch has.</summary>
    internal void Place(int first, int count) => (First, Count) = (first, count);

    internal void Fill(IViewEncoder origin, Kernels.Tensor views)
    {
        int rows = Count * Views;
        origin.Embed(
            views, encoder.Span[..(rows * featureDimension)], embedding.Span[..(rows * embeddingDimension)], head.Span[..(rows * embeddingDimension)]);
    }

    private ReadOnlySpan<float> Rows(Memory<float> values, int view, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(view, Views);
        return values.Span.Slice(view * Count * dimension, Count * dimension);
    }
}
