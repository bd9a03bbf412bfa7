using System.Runtime.InteropServices;

namespace NegSamples.PtxInterpreter;

/// <summary>Products of a warpgroup on their way: each warp computes its 16 rows when the instruction is issued, and may see them after the wait.</summary>
/// <remarks>
/// Between, the registers of the sums are not-a-number, the chunks that are read may not be written, and registers of A may not change. Shared
/// memory is read through the async proxy, so each byte's writer must have fenced it (<c>fence.proxy.async</c>) before the barrier; a device may do
/// with a fence of the reader, which is not looked for here.
/// </remarks>
internal sealed partial class LockstepWarp
{
    private const int WarpsOfGroup = 4;

    // Every bit set: not-a-number.
    private const ulong InFlight = uint.MaxValue;

    private readonly Dictionary<int, PendingSum> pendingSums = [];
    private readonly List<PendingRead> pendingReads = [];
    private readonly List<(int Tick, uint Mask)> proxyFences = [];
    private readonly Dictionary<int, ulong[]> fencedRegisters = [];
    private readonly Stack<ulong[]> landedValues = [];
    private bool isFenced;
    private int issued, committed;

    private readonly record struct PendingSum(ulong[] Values, int Group, int Pc, WarpgroupShape Shape);

    private readonly record struct PendingRead(int[] Chunks, Instruction Instruction, ulong[] ValuesOfA, int Group, int Pc);

    /// <summary>How many products this warp has issued.</summary>
    public int IssuedProducts => issued;

    /// <summary>Whether what another warp did up to a tick comes before what this warp does now.</summary>
    public bool Sees(int warp, int tick) => warp == Index || Clock[warp] >= tick;

    /// <summary>When a lane first fenced the async proxy after a write of a tick, or -1.</summary>
    public int ProxyFenceAfter(int lane, int tick)
    {
        int first = 0, end = proxyFences.Count;
        while (first < end)
        {
            int middle = (first + end) / 2;
            if (proxyFences[middle].Tick < tick) first = middle + 1;
            else end = middle;
        }

        for (int i = first; i < proxyFences.Count; i++)
            if ((proxyFences[i].Mask >> lane & 1) != 0) return proxyFences[i].Tick;
        return -1;
    }

    private void ResetWarpgroup()
    {
        (isFenced, issued, committed) = (false, 0, 0);
        pendingSums.Clear();
        pendingReads.Clear();
        proxyFences.Clear();
        if (fencedRegisters.Count > 0) return;
        foreach (int slot in module.ProductSlots) fencedRegisters[slot] = new ulong[32];
    }

    private void NoteProxyFence(uint mask)
    {
        proxyFences.Add((Tick, mask));
        Clock[Index]++; // What is written from now on comes after the fence.
    }

    private void ExecuteWarpgroup(Instruction instruction, int pc)
    {
        int first = Index / WarpsOfGroup * WarpsOfGroup;
        if (block.Threads.Count < 32 * (first + WarpsOfGroup)) Report(FindingKind.WarpDivergence, 0, pc, "a warpgroup has four whole warps");
        switch (instruction.Kind)
        {
            case OperationKind.WarpgroupFence:
                isFenced = true;
                foreach ((int slot, ulong[] values) in fencedRegisters) Lanes(slot).CopyTo(values);
                break;
            case OperationKind.WarpgroupCommit: committed++; break;
            case OperationKind.WarpgroupWait: Land(committed - instruction.Count, pc); break;
            default: Issue(instruction, pc); break;
        }
    }

    private void Issue(Instruction instruction, int pc)
    {
        WarpgroupProduct product = instruction.Product!;
        WarpgroupShape shape = product.Shape;
        MatrixDescriptor right = Descriptor(instruction.B, pc), left = instruction.A < 0 ? default : Descriptor(instruction.A, pc);
        block.NoteProduct(this, issued++, instruction, pc, left.Bits, right.Bits);

        Span<double> a = stackalloc double[WarpgroupShape.Rows * shape.Depth], b = stackalloc double[shape.Depth * shape.Columns];
        int[] chunksOfA = instruction.A < 0 ? [] : product.Chunks(left, Index % WarpsOfGroup * WarpgroupShape.Rows, WarpgroupShape.Rows, product.AByRows);
        int[] chunksOfB = product.Chunks(right, 0, shape.Columns, product.BByRows);
        int[] chunks = [.. chunksOfA, .. chunksOfB];
        bool visible = AreVisible(chunks, pc);
        if (visible)
        {
            block.Memory.Shadow.BeginAsyncReads(chunks);
            if (instruction.A < 0) ReadRegisters(product, a);
            else ReadChunks(product, chunksOfA, WarpgroupShape.Rows, product.AByRows, a, shape.Depth, 1);
            ReadChunks(product, chunksOfB, shape.Columns, product.BByRows, b, 1, shape.Columns);
        }

        CheckFenced(instruction, shape, pc);
        bool adds = (Lanes(instruction.C)[0] & 1) != 0;
        double sign = product.ASign * product.BSign;
        Span<double> sums = stackalloc double[TileProduct.Rows * TileProduct.Columns];
        for (int register = 0; register < shape.Sums; register++)
        {
            if (register % WarpgroupShape.RegistersOfTile == 0)
            {
                sums.Clear();
                TileProduct.Add(a, b[(register / WarpgroupShape.RegistersOfTile * TileProduct.Columns)..], shape.Columns, shape.Depth, sums);
            }

            int slot = instruction.Slots[register];
            if (!pendingSums.TryGetValue(slot, out PendingSum pending))
            {
                pending = pending with { Values = landedValues.TryPop(out ulong[]? landed) ? landed : new ulong[32] };
                Lanes(slot).CopyTo(pending.Values);
            }

            ulong[] values = pending.Values; // Of the product before it, or of the register.
            for (int lane = 0; lane < 32; lane++)
            {
                (int row, int column) = WarpgroupShape.PlaceOfSum(lane, register % WarpgroupShape.RegistersOfTile);
                double sum = sums[row * TileProduct.Columns + column] * sign;
                if (adds) sum += FloatArithmetic.Single(values[lane]);
                values[lane] = visible ? FloatArithmetic.Bits((float)sum) : InFlight;
            }

            pendingSums[slot] = new(values, committed, pc, shape);
            Lanes(slot).Fill(InFlight);
        }

        pendingReads.Add(new(visible ? chunks : [], instruction, ValuesOfA(product), committed, pc));
    }

    private MatrixDescriptor Descriptor(int slot, int pc)
    {
        Span<ulong> lanes = Lanes(slot);
        if (lanes.ContainsAnyExcept(lanes[0])) Report(FindingKind.WarpDivergence, 0, pc, "the lanes have different descriptors");
        MatrixDescriptor matrix = new(lanes[0]);
        if (matrix.Unknown is { } unknown) throw new PtxException($"The interpreter does not know {unknown}.", code[pc].Line, code[pc].Text);
        return matrix;
    }

    /// <summary>The bits of the registers of A now.</summary>
    private ulong[] ValuesOfA(WarpgroupProduct product)
    {
        ulong[] values = new ulong[32 * product.ASlots.Length];
        for (int i = 0; i < product.ASlots.Length; i++) Lanes(product.ASlots[i]).CopyTo(values.AsSpan(32 * i));
        return values;
    }

    /// <summary>Whether the async proxy sees what was written to chunks; the first that it does not see is a finding.</summary>
    private bool AreVisible(int[] chunks, int pc)
    {
        foreach (int chunk in chunks)
            if (Locate(StateSpace.Shared, (ulong)chunk, MatrixDescriptor.ChunkBytes, 0, pc).IsEmpty || !block.Memory.Shadow.IsVisibleToAsync(chunk, block, this, pc)) return false;
        return true;
    }

    private void ReadChunks(WarpgroupProduct product, int[] chunks, int rows, bool byRows, Span<double> matrix, int rowStep, int depthStep)
    {
        ScalarType element = product.Shape.Element;
        int perWord = 4 / product.Shape.ElementBytes, step = byRows ? rowStep : depthStep;
        for (int chunk = 0; chunk < chunks.Length; chunk++)
        {
            (int row, int depth) = product.Place(chunk, rows, byRows);
            int at = row * rowStep + depth * depthStep;
            ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(block.Memory.Bytes.AsSpan(chunks[chunk], MatrixDescriptor.ChunkBytes));
            for (int word = 0; word < words.Length; word++) TileProduct.Place(element, words[word], matrix, at + word * perWord * step, step);
        }
    }

    private void ReadRegisters(WarpgroupProduct product, Span<double> matrix)
    {
        for (int register = 0; register < product.ASlots.Length; register++)
        {
            ReadOnlySpan<ulong> lanes = Lanes(product.ASlots[register]);
            for (int lane = 0; lane < 32; lane++)
            {
                (int row, int depth) = product.Shape.PlaceInA(lane, register);
                TileProduct.Place(product.Shape.Element, (uint)lanes[lane], matrix, row * product.Shape.Depth + depth, 1);
            }
        }
    }

    /// <summary>Registers that the warp wrote belong to a product only behind a fence; sums go on from product to product of one shape.</summary>
    private void CheckFenced(Instruction instruction, WarpgroupShape shape, int pc)
    {
        foreach (int slot in instruction.Slots)
            if (!IsReady(slot, isSum: true, shape, pc)) return;
        foreach (int slot in instruction.Product!.ASlots)
            if (!IsReady(slot, instruction.Slots.Contains(slot), shape, pc)) return;
    }

    private bool IsReady(int slot, bool isSum, WarpgroupShape shape, int pc)
    {
        if (pendingSums.TryGetValue(slot, out PendingSum pending))
        {
            bool goesOn = isSum && pending.Shape.Columns == shape.Columns && pending.Shape.Element == shape.Element;
            if (goesOn && !Lanes(slot).ContainsAnyExcept(InFlight)) return true;
            Report(FindingKind.MatrixRegisters, 0, pc, "a register belongs to a product that was not waited for", pending.Pc);
            return false;
        }

        if (isFenced && Lanes(slot).SequenceEqual(fencedRegisters[slot])) return true;
        Report(FindingKind.MatrixRegisters, 0, pc, "no wgmma.fence stands between writing a register and its product");
        return false;
    }

    /// <summary>All groups below a number are done.</summary>
    private void Land(int groups, int pc)
    {
        foreach ((int slot, PendingSum sum) in pendingSums.Where(pair => pair.Value.Group < groups).ToArray())
        {
            if (Lanes(slot).ContainsAnyExcept(InFlight)) Report(FindingKind.MatrixRegisters, 0, pc, "a sum was written before its product was waited for", sum.Pc);
            sum.Values.CopyTo(Lanes(slot));
            sum.Values.CopyTo(fencedRegisters[slot], 0);
            pendingSums.Remove(slot);
            landedValues.Push(sum.Values);
        }

        foreach (PendingRead read in pendingReads.Where(read => read.Group < groups))
        {
            foreach (int chunk in read.Chunks) block.Memory.Shadow.EndAsyncRead(chunk, this, read.Pc);
            if (!read.ValuesOfA.AsSpan().SequenceEqual(ValuesOfA(read.Instruction.Product!)))
                Report(FindingKind.MatrixRegisters, 0, pc, "a register of A was written before its product was waited for", read.Pc);
        }

        pendingReads.RemoveAll(read => read.Group < groups);
    }
}
