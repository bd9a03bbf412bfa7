using System.Text.Json.Serialization;

namespace NegSamples.Kernels;

/// <summary>Where the negatives of an anchor come from. Rows 0..N−1 are view 1, rows N..2N−1 view 2; the positive of row i is row (i + N) mod 2N.</summary>
public enum NegativeSource
{
    /// <summary>NT-Xent: all 2N rows are anchors; <c>Neg(i) = {0..2N−1} \ {i, positive(i)}</c>, 2N−2 negatives. Numerator: the positive.
    /// Denominator: the positive and Neg(i), that is every row but i itself, or the positive and the K sampled of Neg(i).</summary>
    BothViews,

    /// <summary>The paper's bound loss: rows 0..N−1 are anchors; <c>Neg(i) = {N..2N−1} \ {N+i}</c>, N−1 negatives. Numerator: the positive
    /// N+i. Denominator: the positive and Neg(i), that is every row of view 2 and none of view 1, or the positive and the K sampled of Neg(i).</summary>
    OtherView,
}

/// <summary>How the K-negatives loss is computed. The result is the same up to rounding.</summary>
public enum KNegativesMethod
{
    /// <summary>Tiles of logits that never leave the cache; O(N·D) memory.</summary>
    [JsonStringEnumMemberName("streaming")]
    Streaming,

    /// <summary>The whole matrix of logits in memory, O(N²): the baseline people know.</summary>
    [JsonStringEnumMemberName("materialised")]
    Materialised,
}

/// <summary>Which negatives, which temperature, which method.</summary>
/// <param name="Source">Where negatives come from.</param>
/// <param name="Temperature">T, above 0; down to 1e-3 is tested.</param>
/// <param name="Negatives">
/// K: how many negatives per anchor, drawn without replacement from Neg(i) by the counter-based generator; 0 takes all of Neg(i). K above the size of Neg(i) is refused.
/// Every subset of K is equally likely; the sub-sample of anchor i is a pure function of (Seed, Step, i). A batch of one sample has no negatives: with K = 0 its loss
/// and its gradient are 0.
/// </param>
/// <param name="Seed">The run's seed, for sub-sampling.</param>
/// <param name="Step">The training step, for sub-sampling: every step draws anew.</param>
/// <param name="Method">Streaming or materialised.</param>
public readonly record struct KNegativesSettings(
    NegativeSource Source, float Temperature, int Negatives = 0, ulong Seed = 0, uint Step = 0, KNegativesMethod Method = KNegativesMethod.Streaming)
{
    /// <summary>How many rows are anchors in a batch of 2N rows.</summary>
    /// <param name="rows">2N.</param>
    public int Anchors(int rows) => Source == NegativeSource.BothViews ? rows : rows / 2;

    /// <summary>The size of Neg(i) in a batch of 2N rows: 2N−2 or N−1.</summary>
    /// <param name="rows">2N.</param>
    public int Available(int rows) => Source == NegativeSource.BothViews ? rows - 2 : (rows / 2) - 1;

    /// <summary>Checks the settings against the embeddings and returns the number of anchors.</summary>
    internal int Validate(Tensor z)
    {
        Check.Rank(z, 2);
        Check.Type(z, ElementType.Float32);
        Check.Positive(Temperature);
        if (z[0] % 2 != 0) throw new ArgumentException($"z is {z.ShapeText}; expected an even number of rows, two views of each sample.", nameof(z));
        int available = Available(z[0]);
        if (Negatives < 0 || Negatives > available)
        {
            throw new ArgumentException(
                $"settings.Negatives (K) is {Negatives}; a batch of {z[0] / 2} samples has {available} negatives per anchor. Expected 0 (all) to {available}.", nameof(z));
        }

        return Anchors(z[0]);
    }
}
