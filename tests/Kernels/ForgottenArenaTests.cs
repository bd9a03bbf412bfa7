using System.Diagnostics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>When the collector runs for memory that it does not see: for what was forgotten, not for what is disposed.</summary>
public class ForgottenArenaTests
{
    // Address space: nothing of it is touched.
    private const long Size = 64L << 20;

    [Fact]
    public void MuchThatNobodyDisposedIsCollected()
    {
        using CpuOps ops = new(1);
        WeakReference first = Forget(ops);
        for (int made = 1; made < 1000 && first.IsAlive; made++) Forget(ops);
        Assert.False(first.IsAlive, "62 GiB are held by arenas that nobody can reach.");
    }

    /// <summary>The best of a few rounds: tests beside this one may collect, and arenas of theirs count.</summary>
    [Fact]
    public void ArenasThatAreDisposedCollectNothing()
    {
        using CpuOps ops = new(1);
        int least = int.MaxValue;
        for (int round = 0; round < 8 && least > 0; round++)
        {
            int before = GC.CollectionCount(2);
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMilliseconds < 100;) ops.CreateArena("call", Size / 64).Dispose();
            least = Math.Min(least, GC.CollectionCount(2) - before);
        }

        Assert.Equal(0, least);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forget(Ops ops) => new(ops.CreateArena("forgotten", Size));
}
