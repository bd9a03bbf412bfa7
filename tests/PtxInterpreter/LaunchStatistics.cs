using System.Numerics;

namespace NegSamples.PtxInterpreter;

/// <summary>Counters for every instruction of a module, filled while a kernel runs.</summary>
internal sealed class LaunchStatistics(int instructions)
{
    public long[] Warps { get; } = new long[instructions];
    public long[] Threads { get; } = new long[instructions];
    public long[] SectorsAsked { get; } = new long[instructions];
    public long[] SectorsNeeded { get; } = new long[instructions];
    public long[] WavefrontsTaken { get; } = new long[instructions];
    public long[] WavefrontsNeeded { get; } = new long[instructions];

    /// <summary>Where an access through a generic address went.</summary>
    public StateSpace[] Spaces { get; } = new StateSpace[instructions];

    public void Executed(int pc, uint mask)
    {
        Warps[pc]++;
        Threads[pc] += BitOperations.PopCount(mask);
    }

    public void GlobalAccess(int pc, ReadOnlySpan<ulong> addresses, uint mask, int size)
    {
        (int asked, int needed) = Coalescing.Count(addresses, mask, size);
        SectorsAsked[pc] += asked;
        SectorsNeeded[pc] += needed;
    }

    /// <summary>The copy engine reads neighbouring bytes, by whole sectors.</summary>
    public void BulkAccess(int pc, ulong address, int bytes)
    {
        const ulong sector = Coalescing.SectorBytes;
        SectorsAsked[pc] += (long)(((address + (ulong)bytes - 1) / sector) - (address / sector)) + 1;
        SectorsNeeded[pc] += (bytes + (long)sector - 1) / (long)sector;
    }

    public void SharedAccess(int pc, ReadOnlySpan<ulong> addresses, uint mask, int size)
    {
        (int taken, int needed) = BankConflicts.Count(addresses, mask, size);
        WavefrontsTaken[pc] += taken;
        WavefrontsNeeded[pc] += needed;
    }
}
