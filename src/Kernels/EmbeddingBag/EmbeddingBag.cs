namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Mean of word vectors: <c>y[i] = Σ_t w[ids[i, t]] / m_i</c>, where m_i counts the words of bag i; a bag without words gives zeros.</summary>
    /// <param name="ids">int32 [N, L]: a bag in each row. What is not 0 to V − 1 fills the row up, counts for nothing, and may stand anywhere in it.</param>
    /// <param name="w">The word vectors, [V, D], float32.</param>
    /// <param name="y">Receives the means, activations [N, D].</param>
    /// <remarks>
    /// The words of a bag are added in their order. Reads 4·N·L bytes of ids and 4·D of each word, and writes each element of y once.
    /// Source: Joulin, Grave, Bojanowski and Mikolov 2017, arXiv:1607.01759, section 2.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void EmbeddingBagForward(Tensor ids, Tensor w, Tensor y)
    {
        CheckOperands([ids, w], [y]);
        Check.Rank(ids, 2);
        Check.Type(ids, ElementType.Int32);
        Check.Rank(w, 2);
        Check.Type(w, ElementType.Float32);
        Check.Activation(y);
        Check.Shape(y, [ids[0], w[1]], y.Type);
        if (y.Count > 0) EmbeddingBagForwardCore(ids, w, y);
    }

    /// <summary>Gradient of <see cref="EmbeddingBagForward"/>: <c>dw[ids[i, t]] += dy[i] / m_i</c> for every word of every bag.</summary>
    /// <param name="dy">Activations [N, D].</param>
    /// <param name="ids">As the forward pass had them.</param>
    /// <param name="dw">The gradient, [V, D], float32, is added to it.</param>
    /// <remarks>
    /// A word's terms are added in the order of bags and places by the one thread or warp that owns the word, so nothing is atomic and the bits are the same for
    /// any number of threads. Every owner reads all ids; each word reads and writes 12·D bytes.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void EmbeddingBagBackward(Tensor dy, Tensor ids, Tensor dw)
    {
        CheckOperands([dy, ids], [dw]);
        Check.Rank(ids, 2);
        Check.Type(ids, ElementType.Int32);
        Check.Rank(dw, 2);
        Check.Type(dw, ElementType.Float32);
        Check.Activation(dy);
        Check.Shape(dy, [ids[0], dw[1]], dy.Type);
        if (ids.Count > 0 && dw.Count > 0) EmbeddingBagBackwardCore(dy, ids, dw);
    }

    /// <summary>The device's part of <see cref="EmbeddingBagForward"/>.</summary>
    private protected abstract void EmbeddingBagForwardCore(Tensor ids, Tensor w, Tensor y);

    /// <summary>The device's part of <see cref="EmbeddingBagBackward"/>.</summary>
    private protected abstract void EmbeddingBagBackwardCore(Tensor dy, Tensor ids, Tensor dw);
}
