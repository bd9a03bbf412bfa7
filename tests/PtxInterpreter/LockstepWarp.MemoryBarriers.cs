namespace NegSamples.PtxInterpreter;

/// <summary>Barriers in shared memory and the boxes that bulk tensor copies bring to them. Source: PTX ISA, "mbarrier" and "cp.async.bulk.tensor".</summary>
internal sealed partial class LockstepWarp
{
    private const int BarrierBytes = 8, BoxAlignment = 128;

    private void InitBarriers(Instruction instruction, int pc, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest), address = (int)(Lanes(instruction.A)[lane] + (ulong)instruction.Offset), count = (int)Lanes(instruction.B)[lane];
            if (count is < 1 or >= 1 << 20) throw new PtxException($"A barrier of {count} arrivals cannot be made.", instruction.Line, instruction.Text);
            if (Locate(StateSpace.Shared, (ulong)address, BarrierBytes, lane, pc).IsEmpty) continue;
            block.Memory.Shadow.Write(address, BarrierBytes, this, lane, pc);
            block.MemoryBarriers[address] = new(count, Clock.Length) { Maker = (this, lane, Tick) };
        }
    }

    private void ArriveAtBarriers(Instruction instruction, int pc, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            if (BarrierAt(instruction.A, instruction.Offset, lane, pc) is not { } barrier) continue;
            if (!barrier.Arrive(this, instruction.B < 0 ? 0 : (long)Lanes(instruction.B)[lane], block.Memory))
                Report(FindingKind.BarrierDivergence, lane, pc, "more arrive than the barrier was made for");
        }

        Clock[Index]++; // What comes now is not before the arrival.
    }

    private void CopyTensors(Instruction instruction, int pc, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1) CopyTensor(instruction, pc, First(rest));
    }

    private void CopyTensor(Instruction instruction, int pc, int lane)
    {
        int start = (int)(Lanes(instruction.A)[lane] + (ulong)instruction.Offset);
        int[] places = [.. instruction.Slots.Select(slot => (int)Lanes(slot)[lane])];
        ReadOnlySpan<byte> map = MapAt(Lanes(instruction.B)[lane], lane, pc);
        (byte[] Box, int Swizzle)? found = instruction.Count == 2
            ? BoxedTensor.Read(map) is { } matrix ? (Box(matrix, places[0], places[1], lane, pc), matrix.Swizzle) : null
            : BoxedWindows.Read(map) is { } images ? (Box(images, places, lane, pc), images.Swizzle) : null;
        if (found is not var (box, swizzle))
        {
            Report(FindingKind.OutOfBounds, lane, pc, $"no parameter at address 0x{Lanes(instruction.B)[lane]:x} is a map for this copy");
            return;
        }

        if (BarrierAt(instruction.C, instruction.Offset2, lane, pc) is not { } barrier) return;
        (LockstepWarp maker, int makersLane, int made) = barrier.Maker;
        int fence = maker.ProxyFenceAfter(makersLane, made);
        if (fence < 0 || !Sees(maker.Index, fence))
            Report(FindingKind.ProxyFence, lane, pc, "the barrier was made with no fence.proxy.async and barrier before");
        if (start % BoxAlignment != 0)
        {
            Report(FindingKind.Misaligned, lane, pc, $"a box at shared address 0x{start:x}");
            return;
        }

        if (block.Memory.Find((ulong)start, box.Length) is null)
        {
            Report(FindingKind.OutOfBounds, lane, pc, $"a box of {box.Length} bytes: {block.Memory.Describe((ulong)start)}");
            return;
        }

        block.Memory.Shadow.BeginBulkCopy(start, box.Length, block, this, lane, pc);
        barrier.Add(new(this, lane, Tick, pc, start, swizzle, box), block.Memory);
        Clock[Index]++;
    }

    /// <summary>The box that starts at a column and a row of the matrix; it is zero where the matrix is not.</summary>
    private byte[] Box(BoxedTensor map, int firstColumn, int firstRow, int lane, int pc)
    {
        byte[] box = new byte[map.BoxBytes];
        for (int row = Math.Max(0, -firstRow); row < map.BoxRows && firstRow + row < map.Rows; row++)
        {
            CopyRow(
                map.Address + (ulong)((firstRow + row) * map.RowBytes), firstColumn, map.Columns, map.ElementBytes, box.AsSpan(row * map.BoxRowBytes, map.BoxRowBytes),
                lane, pc);
        }

        return box;
    }

    /// <summary>The box that starts at a channel and at the window of a column, a row and an image, of its tap; it is zero where there is no pixel.</summary>
    private byte[] Box(BoxedWindows map, int[] places, int lane, int pc)
    {
        byte[] box = new byte[map.BoxBytes];
        (long column, long row, long image) = (places[1], places[2], places[3]);
        for (int window = 0; window < map.BoxWindows; window++)
        {
            long x = column + (ushort)places[4], y = row + (ushort)places[5];
            if (x >= 0 && x < map.Columns && y >= 0 && y < map.Rows && image >= 0 && image < map.Images)
            {
                ulong pixel = map.Address + (ulong)(((((image * map.Rows) + y) * map.Columns) + x) * map.Channels * map.ElementBytes);
                CopyRow(pixel, places[0], map.Channels, map.ElementBytes, box.AsSpan(window * map.BoxRowBytes, map.BoxRowBytes), lane, pc);
            }

            (column, row, image) = map.After(column, row, image);
        }

        return box;
    }

    /// <summary>What there is of neighbouring elements from a first on, of so many that stand at an address.</summary>
    private void CopyRow(ulong address, int first, long count, int elementBytes, Span<byte> target, int lane, int pc)
    {
        int skipped = Math.Max(0, -first), bytes = (int)(Math.Min(target.Length / elementBytes, count - first) - skipped) * elementBytes;
        if (bytes <= 0) return;
        ulong from = address + (ulong)((first + skipped) * elementBytes);
        block.Statistics.BulkAccess(pc, from, bytes);
        if (machine.Memory.TryFind(from, bytes, out byte[] buffer, out int offset)) buffer.AsSpan(offset, bytes).CopyTo(target[(skipped * elementBytes)..]);
        else Report(FindingKind.OutOfBounds, lane, pc, $"a copy of {bytes} bytes: {machine.Memory.Describe(from)}");
    }

    /// <summary>The bytes of the parameter at an address; none where no parameter is there.</summary>
    private ReadOnlySpan<byte> MapAt(ulong address, int lane, int pc)
    {
        if (AddressWindows.SpaceOf(address) != StateSpace.Param) return [];
        Symbol? parameter = kernelParameters.FirstOrDefault(symbol => symbol.Address == address - AddressWindows.Base(StateSpace.Param));
        if (parameter is null) return [];
        if (parameter.Alignment % BoxedTensor.Alignment != 0)
            Report(FindingKind.Misaligned, lane, pc, $"a tensor map in {parameter.Name}, which is only declared .align {parameter.Alignment}");
        return Parameter(parameter, lane);
    }

    private MemoryBarrier? BarrierAt(int slot, long offset, int lane, int pc)
    {
        int address = (int)(Lanes(slot)[lane] + (ulong)offset);
        if (Locate(StateSpace.Shared, (ulong)address, BarrierBytes, lane, pc).IsEmpty) return null;
        if (!block.MemoryBarriers.TryGetValue(address, out MemoryBarrier? barrier))
        {
            Report(FindingKind.UninitializedShared, lane, pc, "nobody made a barrier here");
            return null;
        }

        (LockstepWarp maker, int makersLane, int made) = barrier.Maker;
        if (!IsOrdered(maker.FirstThread + makersLane, made, lane))
            Report(FindingKind.SharedRace, lane, pc, $"uses the barrier that thread {maker.FirstThread + makersLane} made with no barrier between");
        block.Memory.Shadow.Write(address, BarrierBytes, this, lane, pc, atomic: true);
        return barrier;
    }

    /// <summary>Lanes whose phase has ended go on; the others sleep until it does, as a device lets them for a while.</summary>
    private void WaitAtMemoryBarriers(Instruction instruction, int pc, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            MemoryBarrier? barrier = BarrierAt(instruction.A, instruction.Offset, lane, pc);
            barrier?.TryEnd(block.Memory);
            if (barrier is not null && (barrier.Ended & 1) == (int)(Lanes(instruction.B)[lane] & 1))
            {
                lanePc[lane] = pc;
                ready &= ~(1u << lane);
                atBarrier |= 1u << lane;
                barrier.Waiting.Add((this, lane));
                continue;
            }

            if (barrier is not null) Learn(lane, barrier.ClockOfLast);
            Lanes(instruction.Destination)[lane] = 1;
            lanePc[lane] = pc + 1;
        }
    }

    /// <summary>What comes before the end of a phase that a lane waited for is in its past.</summary>
    private void Learn(int lane, ReadOnlySpan<int> clock)
    {
        for (int warp = 0; warp < Clock.Length; warp++)
            if (warp != Index) Clock[warp] = Math.Max(Clock[warp], clock[warp]);
        knownOfOwn[lane] = Math.Max(knownOfOwn[lane], clock[Index]);
    }

    /// <summary>The phase that a lane waits for has ended: it asks again.</summary>
    public void Wake(int lane)
    {
        ready |= 1u << lane;
        atBarrier &= ~(1u << lane);
    }

    /// <summary>The phase cannot end: the lane goes on, which is a finding.</summary>
    public void ForceAwake(int lane)
    {
        int pc = lanePc[lane];
        Report(FindingKind.BarrierDivergence, lane, pc, "the phase that it waits for never ends: not all have arrived, or not all bytes have come");
        Lanes(code[pc].Destination)[lane] = 1;
        lanePc[lane] = pc + 1;
        Wake(lane);
    }
}
