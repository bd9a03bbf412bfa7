namespace NegSamples.Augment.Data.Cached;

/// <summary>Bytes that may still be taken, by any thread.</summary>
/// <param name="bytes">How many.</param>
internal sealed class MemoryBudget(long bytes)
{
    private long left = bytes;

    /// <summary>Takes some; false where there are not so many.</summary>
    public bool TryTake(long wanted)
    {
        if (Interlocked.Add(ref left, -wanted) >= 0) return true;
        GiveBack(wanted);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void GiveBack(long taken) => Interlocked.Add(ref left, taken);
}
