using System.Runtime.CompilerServices;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Memory that the collector does not see, and that nobody disposed.</summary>
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forget(Ops ops) => new(ops.CreateArena("forgotten", Size));
}
