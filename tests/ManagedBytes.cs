namespace NegSamples.Tests;

/// <summary>What a piece of work takes from the managed heap each time it is done.</summary>
internal static class ManagedBytes
{
    private const int Rounds = 4;

    /// <summary>The bytes of the round that took least. Work that allocates does so in every round; the runtime's own bytes come once, when a path is compiled that had not run before.</summary>
    /// <param name="round">The work, warmed up.</param>
    public static long EachRoundOf(Action round)
    {
        long least = long.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
