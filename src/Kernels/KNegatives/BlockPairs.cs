namespace NegSamples.Kernels;

/// <summary>Pairs of blocks of rows, in rounds: in no round does a block occur twice, so that whoever has a pair may add to what belongs to its two blocks.</summary>
/// <remarks>
/// A block's sums grow in the order of the rounds, which the shape alone fixes: the same bits for any number of threads, and no partial sums beside them.
/// All pairs of n blocks, n odd, a block with itself included: round r pairs r + i with r − i mod n (the circle method of tournaments). Where the number is
/// even, one more block that is empty makes it odd. Pairs of two different sets: round r pairs block i with block i + r.
/// </remarks>
/// <param name="Count">Blocks of a set.</param>
/// <param name="Symmetric">Whether the two sets are one, of which each pair is taken once.</param>
internal readonly record struct BlockPairs(int Count, bool Symmetric)
{
    /// <summary>How many rounds there are, one behind the other.</summary>
    public int Rounds => Symmetric ? Count | 1 : Count;

    /// <summary>How many pairs a round has, those with the empty block included.</summary>
    public int PerRound => Symmetric ? (Count / 2) + 1 : Count;

    /// <summary>A pair of a round, first ≤ second where the set is one; false for one with the empty block.</summary>
    public bool TryGet(int round, int index, out int first, out int second)
    {
        // Two threads take pairs in turn. With the first half on the even turns and the second on the odd, most blocks stay with a thread from round to round.
        int place = (index / 2) + (index % 2 * ((PerRound + 1) / 2)), rounds = Rounds;
        int ahead = (round + place) % rounds, behind = (round - place + rounds) % rounds;
        (first, second) = Symmetric ? (Math.Min(ahead, behind), Math.Max(ahead, behind)) : (place, ahead);
        return second < Count;
    }
}

/// <summary>One of the two sets of rows whose blocks are paired.</summary>
internal unsafe struct BlockSide
{
    /// <summary>The first row of z, and how many.</summary>
    public int FirstRow, Count;

    /// <summary>The rows as [rows/32][depth][32]: what a dot product multiplies, from either side.</summary>
    public float* Panels;

    /// <summary>The rows as [depth/32][rows][32]: what weights multiply.</summary>
    public float* Values;

    /// <summary>Receives the weighted sums, [rows to whole panels][depth to whole panels].</summary>
    public float* Sums;

    /// <summary>The rows of a block.</summary>
    public readonly int RowsOf(int block, int perBlock) => Math.Min(perBlock, Count - (block * perBlock));
}
