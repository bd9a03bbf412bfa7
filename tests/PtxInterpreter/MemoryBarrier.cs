namespace NegSamples.PtxInterpreter;

/// <summary>A box on its way to shared memory: it was read, and arrives when its barrier is asked.</summary>
internal sealed record TensorCopyOnItsWay(LockstepWarp Warp, int Lane, int Tick, int Pc, int Start, int Swizzle, byte[] Box)
{
    /// <summary>Where a byte of the box goes: bits from 7 on of the address turn its chunk of 16 bytes.</summary>
    public int Place(int offset)
    {
        int address = Start + offset;
        return address ^ ((address >> 3) & (Swizzle - 16));
    }
}

/// <summary>
/// An <c>mbarrier</c>: its phase ends when so many have arrived as it was made for and all bytes that were announced have come. Who waits for the end knows what
/// those did who arrived, and sees the bytes.
/// </summary>
internal sealed class MemoryBarrier
{
    private readonly int count;
    private readonly int[] clock, clockOfLast;
    private readonly List<TensorCopyOnItsWay> copies = [];
    private int pending;
    private long bytes;

    /// <param name="count">Arrivals of a phase.</param>
    /// <param name="warps">Warps of the block.</param>
    public MemoryBarrier(int count, int warps)
    {
        this.count = pending = count;
        (clock, clockOfLast) = (new int[warps], new int[warps]);
    }

    /// <summary>The thread that made it, and when: the async proxy must be told.</summary>
    public (LockstepWarp Warp, int Lane, int Tick) Maker { get; init; }

    /// <summary>Lanes that wait for the end of the phase.</summary>
    public List<(LockstepWarp Warp, int Lane)> Waiting { get; } = [];

    /// <summary>Phases that have ended.</summary>
    public int Ended { get; private set; }

    /// <summary>Copies that nobody has waited for.</summary>
    public IReadOnlyList<TensorCopyOnItsWay> Copies => copies;

    /// <summary>What the last phase's arrivals and copies came after, warp by warp.</summary>
    public ReadOnlySpan<int> ClockOfLast => clockOfLast;

    /// <summary>One more is there, and announces bytes.</summary>
    /// <returns>Whether the phase had still room for one.</returns>
    public bool Arrive(LockstepWarp warp, long announced, BlockMemory memory)
    {
        if (pending == 0) TryEnd(memory);
        if (pending == 0) return false;
        pending--;
        bytes += announced;
        for (int i = 0; i < clock.Length; i++) clock[i] = Math.Max(clock[i], warp.Clock[i]);
        if (Waiting.Count > 0) TryEnd(memory);
        return true;
    }

    public void Add(TensorCopyOnItsWay copy, BlockMemory memory)
    {
        copies.Add(copy);
        if (Waiting.Count > 0) TryEnd(memory);
    }

    /// <summary>Ends the phase if all are there. As late as this, so that who does not wait for copies never sees them.</summary>
    public void TryEnd(BlockMemory memory)
    {
        if (pending > 0 || copies.Sum(copy => (long)copy.Box.Length) != bytes) return;
        foreach (TensorCopyOnItsWay copy in copies)
        {
            for (int i = 0; i < copy.Box.Length; i++) memory.Bytes[copy.Place(i)] = copy.Box[i];
            memory.Shadow.EndBulkCopy(copy.Start, copy.Box.Length, copy.Warp, copy.Lane, copy.Pc, copy.Tick);
            clock[copy.Warp.Index] = Math.Max(clock[copy.Warp.Index], copy.Tick);
        }

        copies.Clear();
        clock.CopyTo(clockOfLast, 0);
        Array.Clear(clock);
        (pending, bytes) = (count, 0);
        Ended++;
        foreach ((LockstepWarp warp, int lane) in Waiting) warp.Wake(lane);
        Waiting.Clear();
    }
}
