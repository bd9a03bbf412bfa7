namespace NegSamples.Kernels;

/// <summary>K of each query's negatives, drawn without replacement and anew in each step; the default takes all of them.</summary>
/// <param name="Negatives">K, or 0 for all. Of a query that has fewer negatives all count.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The training step: every step draws anew.</param>
/// <remarks>
/// Every subset of K is equally likely, and query i's is a pure function of (Seed, Step, i). Floyd's algorithm (Bentley and Floyd, "Programming pearls: a
/// sample of brilliance", CACM 30(9), 1987) over the places 0..n−1 of Neg(i), its keys in ascending order. Draw t of the stream (seed,
/// <see cref="RandomPurpose.Negatives"/>, epoch = step, sample = i) is an integer x in [0, n − count + t]; place x is taken, or place n − count + t where x is
/// taken already. count is K, or n − K places that are left out where K is more than half of n. Neg(i) are the keys that are neither the positive of query i
/// nor ignored nor, where there are labels, of the query's own label.
/// </remarks>
public readonly record struct NegativeSample(int Negatives, ulong Seed = 0, uint Step = 0)
{
    /// <summary>What the first query counts as: query i's draw is that of query <c>FirstQuery + i</c>. For a part of a batch, which then draws what it draws in the whole.</summary>
    public int FirstQuery { get; init; }

    /// <summary>Whether it is a sample and not all negatives.</summary>
    internal bool Draws => Negatives > 0;
}
