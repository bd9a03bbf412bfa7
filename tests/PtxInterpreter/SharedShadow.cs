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
internal sealed class SharedShadow(int bytes)
{
    private const int WordBytes = 4;

    private readonly Cell[] words = new Cell[(bytes + WordBytes - 1) / WordBytes];
    private readonly bool[] isSplit = new bool[(bytes + WordBytes - 1) / WordBytes];

    // The cells of bytes of split words; there is none in most kernels.
    private Cell[] ofBytes = [];

    [Flags]
    private enum CellState : byte { Unwritten, Written = 1, Atomic = 2, Pending = 4, Async = 8 }

    // Threads are kept plus one: zero is nobody, and a cleared array is an unwritten memory.
    private struct Cell
    {
        public int WriteTick, ReadTick, OtherReadTick, WritePc, ReadPc, OtherReadPc;
        public short Writer, Reader, OtherReader;
        public CellState State;
    }

    public void Reset()
    {
        Array.Clear(words);
        Array.Clear(isSplit);
    }

    public void Read(int offset, int size, LockstepWarp warp, int lane, int pc)
    {
        short thread = (short)(warp.FirstThread + lane + 1);
        bool reported = false;
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            if (!reported && cell.Writer != thread | cell.State != CellState.Written) reported = CheckRead(cell, warp, lane, pc);
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

    private void Mark(int offset, int size, LockstepWarp warp, int lane, int pc, CellState state)
    {
        short thread = (short)(warp.FirstThread + lane + 1);
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            (cell.Writer, cell.WriteTick, cell.WritePc, cell.State) = (thread, warp.Tick, pc, state);
        }
    }

    /// <summary>The cell of the next bytes of an access, behind which <paramref name="at"/> goes on.</summary>
    private ref Cell CellAt(ref int at, int end)
    {
        int word = at / WordBytes, first = at;
        if (!isSplit[word])
        {
            if (at % WordBytes == 0 && end - at >= WordBytes)
            {
                at += WordBytes;
                return ref words[word];
            }

            if (ofBytes.Length == 0) ofBytes = new Cell[words.Length * WordBytes];
            ofBytes.AsSpan(word * WordBytes, WordBytes).Fill(words[word]);
            isSplit[word] = true;
        }

        at++;
        return ref ofBytes[first];
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
            warp.Report(FindingKind.AsyncCopyRead, lane, pc, $"thread {writer} waited for the copy, but no barrier followed", cell.WritePc);
        else
            warp.Report(FindingKind.SharedRace, lane, pc, $"reads what thread {writer} wrote with no barrier between", cell.WritePc);
        return true;
    }

    private void CheckWrite(int offset, int size, LockstepWarp warp, int lane, int pc, bool atomic)
    {
        short thread = (short)(warp.FirstThread + lane + 1);
        for (int at = offset; at < offset + size;)
        {
            ref Cell cell = ref CellAt(ref at, offset + size);
            bool pending = (cell.State & CellState.Pending) != 0;
            bool bothAtomic = atomic && (cell.State & CellState.Atomic) != 0;
            if (cell.Writer != 0 && !bothAtomic && (pending || !warp.IsOrdered(cell.Writer - 1, cell.WriteTick, lane)))
                warp.Report(FindingKind.SharedRace, lane, pc, pending
                    ? $"writes where thread {cell.Writer - 1} copies and has not waited" : $"writes over what thread {cell.Writer - 1} wrote with no barrier between", cell.WritePc);
            else if (cell.Reader != 0 && cell.Reader != thread && !warp.IsOrdered(cell.Reader - 1, cell.ReadTick, lane))
                warp.Report(FindingKind.SharedRace, lane, pc, $"writes over what thread {cell.Reader - 1} read with no barrier between", cell.ReadPc);
            else if (cell.OtherReader != 0 && cell.OtherReader != thread && !warp.IsOrdered(cell.OtherReader - 1, cell.OtherReadTick, lane))
                warp.Report(FindingKind.SharedRace, lane, pc, $"writes over what thread {cell.OtherReader - 1} read with no barrier between", cell.OtherReadPc);
            else continue;
            return;
        }
    }

    private static void KeepReader(ref Cell cell, LockstepWarp warp, int lane)
    {
        if (cell.Reader == 0) return;
        bool otherWarp = (cell.Reader - 1) / 32 != warp.Index;
        bool otherStillCounts = cell.OtherReader != 0 && (cell.OtherReader - 1) / 32 != warp.Index
            && !warp.IsOrdered(cell.OtherReader - 1, cell.OtherReadTick, lane);
        if (otherWarp || !otherStillCounts)
            (cell.OtherReader, cell.OtherReadTick, cell.OtherReadPc) = (cell.Reader, cell.ReadTick, cell.ReadPc);
    }
}
