namespace NegSamples.Training.Evaluation;

/// <summary>The features of some samples that follow each other in a set, each under the same number of views.</summary>
/// <remarks>The memory is filled again for the next batch.</remarks>
public sealed class FeatureBatch
{
    private readonly float[] encoder, embedding, head;
    private readonly int featureDimension, embeddingDimension;

    internal FeatureBatch(int samples, int views, int featureDimension, int embeddingDimension)
    {
        (Views, this.featureDimension, this.embeddingDimension) = (views, featureDimension, embeddingDimension);
        encoder = new float[checked(samples * views * featureDimension)];
        embedding = new float[checked(samples * views * embeddingDimension)];
        head = new float[embedding.Length];
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

    internal void Fill(int first, int count, Model model, Kernels.Tensor views)
    {
        (First, Count) = (first, count);
        Kernels.Tensor features = model.Encode(views, training: false);
        model.Ops.Download(features, encoder.AsSpan(0, count * Views * featureDimension));
        model.Ops.Download(model.Project(features, training: false), head.AsSpan(0, count * Views * embeddingDimension));
        model.Ops.Download(model.Embedding, embedding.AsSpan(0, count * Views * embeddingDimension));
    }

    private ReadOnlySpan<float> Rows(float[] values, int view, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(view, Views);
        return values.AsSpan(view * Count * dimension, Count * dimension);
    }
}
