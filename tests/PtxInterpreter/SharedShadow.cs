using System.Buffers;
using System.Runtime.CompilerServices;

namespace NegSamples.PtxInterpreter;

/// <summary>
/// For every byte of shared memory who wrote it last and who read it lately, and when by the clock of the thread's warp. An access is a
/// race when another thread's earlier one, of which at least one is a write, is not ordered before it by a barrier or a warp-wide exchange.
/// </summary>
/// <remarks>
/// A word of four bytes has one cell until an access of fewer bytes meets it, from when on each of its bytes has its own: nearly all accesses are of whole words.
/// Two readers are kept, of two warps where there are, and one of them that is already ordered gives way; so of many concurrent readers some
/// are forgotten, but a later write finds at least one that it races with.
/// </remarks>
internal sealed class SharedShadow(int bytes) : IDisposable
{
    private const int WordBytes = 4, AsyncBytes = 16;

    private readonly Cell[] words = ArrayPool<Cell>.Shared.Rent((bytes + WordBytes - 1) / WordBytes);
    private readonly bool[] isSplit = new bool[(bytes + WordBytes - 1) / WordBytes];

    // For each 16 bytes how many products on their way read them.
    private readonly int[] asyncReads = new int[bytes / AsyncBytes + 1];
    private int allAsyncReads;

    // The cells of bytes of split words; there is none in most kernels.
    private Cell[] ofBytes = [];

    [Flags]
    private enum CellState : byte { Unwritten, Written = 1, Atomic = 2, Pending = 4, Async = 8, Bulk = 16 }

    // Threads are kept plus one: zero is nobody, and a cleared array is an unwritten memory. A whole warp that read is minus its number and one.
    private struct Cell
    {
        public int WriteTick, ReadTick, OtherReadTick, WritePc, ReadPc, OtherReadPc;
        public short Writer, Reader, OtherReader;
        public CellState State;
    }

    public void Reset()
    {
        Array.Clear(words, 0, isSplit.Length);
        Array.Clear(isSplit);
        Array.Clear(asyncReads);
        allAsyncReads = 0;
    }

    public void Dispose()
    {
        ArrayPool<Cell>.Shared.Return(words);
        if (ofBytes.Length > 0) ArrayPool<Cell>.Shared.Return(ofBytes);
    }

    public void Read(int offset, int size, LockstepWarp warp, int lane, int pc)
    {
        short thread = (short)(warp.FirstThread + lane + 1);
        bool reported = false;
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            if (!reported && !IsSoundlyRead(cell, thread, warp, lane)) reported = CheckRead(cell, warp, lane, pc);
            if (cell.Reader != thread) KeepReader(ref cell, warp, lane);
            (cell.Reader, cell.ReadTick, cell.ReadPc) = (thread, warp.Tick, pc);
        }
    }

    public void Write(int offset, int size, LockstepWarp warp, int lane, int pc, bool atomic = false)
    {
        CheckWrite(offset, size, warp, lane, pc, atomic);
        Mark(offset, size, warp, lane, pc, atomic ? CellState.Written | CellState.Atomic : CellState.Written);
    }

    /// <summary>A copy was issued: its bytes belong to nobody until it is waited for.</summary>
    public void BeginCopy(int offset, int size, LockstepWarp warp, int lane, int pc)
    {
        CheckWrite(offset, size, warp, lane, pc, atomic: false);
        Mark(offset, size, warp, lane, pc, CellState.Written | CellState.Pending | CellState.Async);
    }

    public void EndCopy(int offset, int size, LockstepWarp warp, int lane, int pc) =>
        Mark(offset, size, warp, lane, pc, CellState.Written | CellState.Async);

    /// <summary>A bulk copy was issued, which writes through the async proxy; so it must see what was written here before.</summary>
    public void BeginBulkCopy(int offset, int size, ThreadBlock block, LockstepWarp warp, int lane, int pc)
    {
        CheckWrite(offset, size, warp, lane, pc, atomic: false);
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            if (cell.State == CellState.Unwritten || (cell.State & (CellState.Bulk | CellState.Pending)) != 0) continue;
            int writer = cell.Writer - 1, fence = block.Warp(writer / 32).ProxyFenceAfter(writer % 32, cell.WriteTick);
            if (fence >= 0 && warp.Sees(writer / 32, fence)) continue;
            warp.Report(FindingKind.ProxyFence, lane, pc, $"thread {writer} wrote here with no fence.proxy.async before the barrier", cell.WritePc);
            break;
        }

        Mark(offset, size, warp, lane, pc, CellState.Written | CellState.Pending | CellState.Async | CellState.Bulk);
    }

    /// <summary>The copy that was issued at a tick has arrived.</summary>
    public void EndBulkCopy(int offset, int size, LockstepWarp warp, int lane, int pc, int tick) =>
        Mark(offset, size, warp, lane, pc, CellState.Written | CellState.Async | CellState.Bulk, tick);

    /// <summary>Whether the async proxy sees for a whole warp what was written to 16 bytes.</summary>
    public bool IsVisibleToAsync(int offset, ThreadBlock block, LockstepWarp warp, int pc)
    {
        (short Writer, int Tick) seen = default;
        for (int at = offset; at < offset + AsyncBytes;)
        {
            ref Cell cell = ref CellAt(ref at, offset + AsyncBytes);
            if (cell.State == CellState.Unwritten)
            {
                warp.Report(FindingKind.UninitializedShared, 0, pc, "nobody wrote what is read");
                return false;
            }

            if ((cell.State & CellState.Pending) == 0 && (cell.Writer, cell.WriteTick) == seen) continue;

            int writer = cell.Writer - 1, fence = block.Warp(writer / 32).ProxyFenceAfter(writer % 32, cell.WriteTick);
            if ((cell.State & CellState.Pending) != 0)
                warp.Report(FindingKind.AsyncCopyRead, 0, pc, $"thread {writer} copies here and has not waited for it", cell.WritePc);
            else if (!warp.Sees(writer / 32, cell.WriteTick))
                warp.Report(FindingKind.SharedRace, 0, pc, $"reads what thread {writer} wrote with no barrier between", cell.WritePc);
            else if ((cell.State & CellState.Bulk) == 0 && (fence < 0 || !warp.Sees(writer / 32, fence)))
                warp.Report(FindingKind.ProxyFence, 0, pc, $"thread {writer} wrote this with no fence.proxy.async before the barrier", cell.WritePc);
            else
            {
                seen = (cell.Writer, cell.WriteTick);
                continue;
            }

            return false;
        }

        return true;
    }

    /// <summary>A product starts to read chunks of 16 bytes: until it ends nobody may write them.</summary>
    public void BeginAsyncReads(int[] offsets)
    {
        foreach (int offset in offsets) asyncReads[offset / AsyncBytes]++;
        allAsyncReads += offsets.Length;
    }

    /// <summary>The product is done with 16 bytes, and its warp knows.</summary>
    public void EndAsyncRead(int offset, LockstepWarp warp, int pc)
    {
        asyncReads[offset / AsyncBytes]--;
        allAsyncReads--;
        short reader = (short)-(warp.Index + 1);
        for (int at = offset; at < offset + AsyncBytes;)
        {
            ref Cell cell = ref CellAt(ref at, offset + AsyncBytes);
            if (cell.Reader != reader) KeepReader(ref cell, warp, 0);
            (cell.Reader, cell.ReadTick, cell.ReadPc) = (reader, warp.Tick, pc);
        }
    }

    private void Mark(int offset, int size, LockstepWarp warp, int lane, int pc, CellState state, int tick = -1)
    {
        if (tick < 0) tick = warp.Tick;
        short thread = (short)(warp.FirstThread + lane + 1);
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            (cell.Writer, cell.WriteTick, cell.WritePc, cell.State) = (thread, tick, pc, state);
        }
    }

    /// <summary>The cell of the next bytes of an access, behind which <paramref name="at"/> goes on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Cell CellAt(ref int at, int end)
    {
        int word = (int)((uint)at / WordBytes);
        if (at % WordBytes != 0 || end - at < WordBytes || isSplit[word]) return ref CellOfByte(ref at);
        at += WordBytes;
        return ref words[word];
    }

    private ref Cell CellOfByte(ref int at)
    {
        int word = at / WordBytes, first = at;
        if (!isSplit[word])
        {
            if (ofBytes.Length == 0) ofBytes = ArrayPool<Cell>.Shared.Rent(isSplit.Length * WordBytes);
            ofBytes.AsSpan(word * WordBytes, WordBytes).Fill(words[word]);
            isSplit[word] = true;
        }

        at++;
        return ref ofBytes[first];
    }

    /// <summary>What is nearly always so: the bytes are there, and written by the thread itself or before a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSoundlyRead(in Cell cell, short thread, LockstepWarp warp, int lane)
    {
        if ((cell.State & (CellState.Written | CellState.Pending)) != CellState.Written) return false;
        return cell.Writer == thread || warp.IsOrdered(cell.Writer - 1, cell.WriteTick, lane);
    }

    private static bool CheckRead(in Cell cell, LockstepWarp warp, int lane, int pc)
    {
        if (cell.State == CellState.Unwritten)
        {
            warp.Report(FindingKind.UninitializedShared, lane, pc, "nobody wrote what is read");
            return true;
        }

        int writer = cell.Writer - 1;
        if ((cell.State & CellState.Pending) != 0)
        {
            warp.Report(FindingKind.AsyncCopyRead, lane, pc, $"thread {writer} copies here and has not waited for it", cell.WritePc);
            return true;
        }

        if (warp.IsOrdered(writer, cell.WriteTick, lane)) return false;
        if ((cell.State & CellState.Async) != 0)
            warp.Report(FindingKind.AsyncCopyRead, lane, pc, $"thread {writer} {((cell.State & CellState.Bulk) != 0 ? "copied this, and its barrier was not waited for" : "waited for the copy, but no barrier followed")}", cell.WritePc);
        else
            warp.Report(FindingKind.SharedRace, lane, pc, $"reads what thread {writer} wrote with no barrier between", cell.WritePc);
        return true;
    }

    private void CheckWrite(int offset, int size, LockstepWarp warp, int lane, int pc, bool atomic)
    {
        short thread = (short)(warp.FirstThread + lane + 1);
        if (allAsyncReads > 0 && asyncReads.AsSpan(offset / AsyncBytes, (offset + size - 1) / AsyncBytes - offset / AsyncBytes + 1).ContainsAnyExcept(0))
            warp.Report(FindingKind.SharedRace, lane, pc, "writes what a product on its way reads");
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            bool pending = (cell.State & CellState.Pending) != 0;
            bool bothAtomic = atomic && (cell.State & CellState.Atomic) != 0;
            if (cell.Writer != 0 && !bothAtomic && (pending || !warp.IsOrdered(cell.Writer - 1, cell.WriteTick, lane)))
                warp.Report(FindingKind.SharedRace, lane, pc, pending
                    ? $"writes where thread {cell.Writer - 1} copies and has not waited" : $"writes over what thread {cell.Writer - 1} wrote with no barrier between", cell.WritePc);
            else if (cell.Reader != 0 && cell.Reader != thread && !IsOrdered(cell.Reader, cell.ReadTick, warp, lane))
                warp.Report(FindingKind.SharedRace, lane, pc, $"writes over what {NameOf(cell.Reader)} read with no barrier between", cell.ReadPc);
            else if (cell.OtherReader != 0 && cell.OtherReader != thread && !IsOrdered(cell.OtherReader, cell.OtherReadTick, warp, lane))
                warp.Report(FindingKind.SharedRace, lane, pc, $"writes over what {NameOf(cell.OtherReader)} read with no barrier between", cell.OtherReadPc);
            else continue;
            return;
        }
    }

    private static void KeepReader(ref Cell cell, LockstepWarp warp, int lane)
    {
        if (cell.Reader == 0) return;
        bool otherWarp = WarpOf(cell.Reader) != warp.Index;
        bool otherStillCounts = cell.OtherReader != 0 && WarpOf(cell.OtherReader) != warp.Index
            && !IsOrdered(cell.OtherReader, cell.OtherReadTick, warp, lane);
        if (otherWarp || !otherStillCounts)
            (cell.OtherReader, cell.OtherReadTick, cell.OtherReadPc) = (cell.Reader, cell.ReadTick, cell.ReadPc);
    }

    private static bool IsOrdered(short reader, int tick, LockstepWarp warp, int lane) =>
        reader < 0 ? warp.Sees(WarpOf(reader), tick) : warp.IsOrdered(reader - 1, tick, lane);

    private static int WarpOf(short reader) => reader < 0 ? -reader - 1 : (reader - 1) / 32;

    private static string NameOf(short reader) => reader < 0 ? $"a product of warp {WarpOf(reader)}" : $"thread {reader - 1}";
}
