using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>The mean of the vectors of a text's words: fastText's encoder.</summary>
/// <remarks>Its result is a map of one pixel, whose mean over the pixels is itself. Vectors begin uniform within ±1/D. Source: arXiv:1607.01759.</remarks>
internal sealed class EmbeddingBag : Encoder
{
    private const int Dimension = 50;

    private readonly Ops ops;
    private readonly Slots slots;
    private readonly StateTensor vectors;
    private readonly Activation means;
    private Tensor ids;

    public EmbeddingBag(Blueprint blueprint, int words)
    {
        if (words < 1) throw new ArgumentException($"The words are {words}; the embedding bag needs a vocabulary.", nameof(words));
        (ops, slots) = (blueprint.Ops, blueprint.Slots);
        vectors = blueprint.WordVectors("embeddings.weight", words, Dimension);
        means = blueprint.Rows(Dimension, trainingOnly: false);
    }

    public override MapShape Output => new(1, 1, Dimension);

    public override Tensor Forward(Tensor texts, bool training)
    {
        ids = texts;
        Tensor y = means.Of(texts[0]);
        ops.EmbeddingBagForward(texts, vectors.Value, y);
        return y.Reshape(texts[0], 1, 1, Dimension);
    }

    public override string Trace(INetworkTrace trace, string images) =>
        throw new NotSupportedException("An embedding bag is looked up, not computed; it has no operation to trace.");

    public override void Backward(Tensor dy)
    {
        ops.EmbeddingBagBackward(dy.Reshape(dy[0], Dimension), ids, vectors.Gradient);
        slots.Return(dy);
    }
}
