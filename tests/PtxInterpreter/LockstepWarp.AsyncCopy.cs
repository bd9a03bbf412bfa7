using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NegSamples.PtxInterpreter;

/// <summary>A copy to shared memory on its way: its bytes were read, and arrive when its thread waits.</summary>
internal readonly record struct PendingCopy(int Offset, int Size, UInt128 Data, int Pc);

internal sealed partial class LockstepWarp
{
    // Of each lane, from the first copy on.
    private List<PendingCopy>[] uncommitted = [];
    private Queue<PendingCopy[]>[] groups = [];

    private void ResetCopies()
    {
        foreach (List<PendingCopy> copies in uncommitted) copies.Clear();
        foreach (Queue<PendingCopy[]> queue in groups) queue.Clear();
    }

    private void BeginCopies()
    {
        if (groups.Length > 0) return;
        uncommitted = [.. Enumerable.Range(0, 32).Select(_ => new List<PendingCopy>())];
        groups = [.. Enumerable.Range(0, 32).Select(_ => new Queue<PendingCopy[]>())];
    }

    private void IssueCopies(Instruction instruction, int pc, uint mask)
    {
        int size = instruction.Count;
        BeginCopies();
        Gather(addresses, instruction.A, instruction.Offset, mask);
        Gather(sources, instruction.B, instruction.Offset2, mask);
        statistics.SharedAccess(pc, addresses, mask, size);
        uint reading = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest), sourceSize = SourceSize(instruction, lane);
            if (sourceSize > 0) reading |= 1u << lane;
            Span<byte> target = Locate(StateSpace.Shared, addresses[lane], size, lane, pc);
            if (target.IsEmpty) continue;
            block.Memory.Shadow.BeginCopy((int)addresses[lane], size, this, lane, pc);
            uncommitted[lane].Add(new((int)addresses[lane], size, ReadSource(sources[lane], size, sourceSize, lane, pc), pc));
        }

        if (reading != 0) statistics.GlobalAccess(pc, sources, reading, size);
    }

    private int SourceSize(Instruction instruction, int lane)
    {
        if (instruction.C >= 0) return (int)Math.Min(Lanes(instruction.C)[lane], (ulong)instruction.Count);
        bool ignored = instruction.D >= 0 && (Lanes(instruction.D)[lane] & 1) != (instruction.Flag ? 1ul : 0);
        return ignored ? 0 : instruction.Count;
    }

    /// <summary>The bytes beyond the source's size are zero.</summary>
    private UInt128 ReadSource(ulong address, int size, int sourceSize, int lane, int pc)
    {
        Span<byte> data = stackalloc byte[16];
        data.Clear();
        if (sourceSize == 0) return 0;
        if (address % (ulong)size != 0)
            Report(FindingKind.Misaligned, lane, pc, $"a copy of {size} bytes from address 0x{address:x}");
        else if (!machine.Memory.TryFind(address, sourceSize, out byte[] bytes, out int offset))
            Report(FindingKind.OutOfBounds, lane, pc, $"a copy of {sourceSize} bytes: {machine.Memory.Describe(address)}");
        else
            bytes.AsSpan(offset, sourceSize).CopyTo(data);
        return BinaryPrimitives.ReadUInt128LittleEndian(data);
    }

    private void CommitCopies(uint mask)
    {
        BeginCopies();
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            groups[lane].Enqueue(uncommitted[lane].ToArray());
            uncommitted[lane].Clear();
        }
    }

    private void WaitForCopies(Instruction instruction, int pc, uint mask)
    {
        if (groups.Length == 0) return;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            while (groups[lane].Count > instruction.Count) Land(groups[lane].Dequeue(), lane, pc);
            if (!instruction.Flag) continue;
            Land(CollectionsMarshal.AsSpan(uncommitted[lane]), lane, pc);
            uncommitted[lane].Clear();
        }
    }

    private void Land(ReadOnlySpan<PendingCopy> copies, int lane, int pc)
    {
        Span<byte> data = stackalloc byte[16];
        foreach (PendingCopy copy in copies)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(data, copy.Data);
            data[..copy.Size].CopyTo(block.Memory.Bytes.AsSpan(copy.Offset));
            block.Memory.Shadow.EndCopy(copy.Offset, copy.Size, this, lane, pc);
        }
    }
}
