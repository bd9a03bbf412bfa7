namespace NegSamples.Kernels;

/// <summary>All pairs of n blocks of rows, a block with itself included, in rounds: in no round does a block occur twice, so that whoever has a pair may add to
/// what belongs to its two blocks.</summary>
/// <remarks>
/// A block's sums grow in the order of the rounds, which the shape alone fixes: the same bits for any number of threads, and no partial sums beside them.
/// n odd: round r pairs r + i with r − i mod n (the circle method of tournaments). Where the number is even, one more block that is empty makes it odd.
/// </remarks>
/// <param name="Count">n.</param>
/// <param name="IsAcross">Whether a pair has a block of n and one of n others: round r pairs i with i + r mod n.</param>
internal readonly record struct BlockPairs(int Count, bool IsAcross = false)
{
    /// <summary>How many rounds there are, one behind the other.</summary>
    public int Rounds => IsAcross ? Count : Count | 1;

    /// <summary>How many pairs a round has, those with the empty block included.</summary>
    public int PerRound => IsAcross ? Count : (Count / 2) + 1;

    /// <summary>A pair of a round, first ≤ second of the same blocks; false for one with the empty block.</summary>
    public bool TryGet(int round, int index, out int first, out int second)
    {
        // Two threads take pairs in turn. With the first half on the even turns and the second on the odd, most blocks stay with a thread from round to round.
        int place = (index / 2) + (index % 2 * ((PerRound + 1) / 2));
        if (IsAcross)
        {
            (first, second) = (place, (place + round) % Count);
            return true;
        }

        int ahead = (round + place) % Rounds, behind = (round - place + Rounds) % Rounds;
        (first, second) = (Math.Min(ahead, behind), Math.Max(ahead, behind));
        return second < Count;
    }
}
