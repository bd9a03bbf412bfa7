namespace NegSamples.PtxInterpreter;

internal sealed partial class LockstepWarp
{
    /// <summary>Runs an instruction after which the lanes of the group may stand in different places.</summary>
    private void ExecuteControl(Instruction instruction, int pc, uint mask, uint active)
    {
        SetPc(active & ~mask, pc + 1);
        switch (instruction.Kind)
        {
            case OperationKind.Branch: SetPc(mask, instruction.Target); break;
            case OperationKind.IndexedBranch:
                for (uint rest = mask; rest != 0; rest &= rest - 1)
                {
                    ulong index = Lanes(instruction.A)[First(rest)];
                    if (index >= (ulong)instruction.Targets.Length) throw new PtxException($"The index {index} has no target.", instruction.Line, instruction.Text);
                    lanePc[First(rest)] = instruction.Targets[index];
                }

                break;
            case OperationKind.Call:
                for (uint rest = mask; rest != 0; rest &= rest - 1) EnterFunction(instruction, pc, First(rest));
                break;
            case OperationKind.Return: ReturnFromFunction(mask); break;
            case OperationKind.Exit: ExitLanes(mask); break;
            case OperationKind.Trap:
                Report(FindingKind.Trap, First(mask), pc, "the kernel stopped itself");
                ExitLanes(mask);
                break;
            case OperationKind.Barrier: WaitAtBarrier(instruction, pc, mask); break;
            case OperationKind.MemoryBarrierWait: WaitAtMemoryBarriers(instruction, pc, mask); break;
            default: throw new InvalidOperationException($"{instruction.Kind} does not control where a lane goes on.");
        }
    }

    private void EnterFunction(Instruction instruction, int pc, int lane)
    {
        CallSite call = instruction.Call!;
        PtxFunction callee = call.Callee!;
        if (calls.Length == 0) calls = [.. Enumerable.Range(0, 32).Select(_ => new List<(int, Instruction)>())];
        if (calls[lane].Any(frame => frame.Instruction.Call!.Callee == callee)) throw new PtxException("Recursion is not known.", instruction.Line, instruction.Text);
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            Span<byte> target = Parameter(callee.Parameters[i], lane);
            (Symbol? from, int slot) = call.Arguments[i];
            if (from is not null) Parameter(from, lane)[..target.Length].CopyTo(target);
            else WriteBits(target, target.Length, Lanes(slot)[lane]);
        }

        calls[lane].Add((pc, instruction));
        lanePc[lane] = callee.Start;
    }

    private void ReturnFromFunction(uint mask)
    {
        uint exiting = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            if (DepthOf(lane) == 0)
            {
                exiting |= 1u << lane;
                continue;
            }

            (int pc, Instruction instruction) = calls[lane][^1];
            calls[lane].RemoveAt(calls[lane].Count - 1);
            CallSite call = instruction.Call!;
            for (int i = 0; i < call.Results.Count; i++)
            {
                Span<byte> source = Parameter(call.Callee!.Results[i], lane);
                (Symbol? to, int slot) = call.Results[i];
                if (to is not null) source.CopyTo(Parameter(to, lane));
                else Lanes(slot)[lane] = ReadBits(source, source.Length);
            }

            lanePc[lane] = pc + 1;
        }

        if (exiting != 0) ExitLanes(exiting);
    }

    private Span<byte> Parameter(Symbol symbol, int lane) => parameters.AsSpan(lane * module.ParameterBytes + (int)symbol.Address, symbol.Bytes);

    private void ExitLanes(uint mask)
    {
        Live &= ~mask;
        ready &= ~mask;
        block.Exited(this, mask);
    }

    private void WaitAtBarrier(Instruction instruction, int pc, uint mask)
    {
        int lane = First(mask);
        int barrier = (int)Lanes(instruction.A)[lane], count = instruction.B < 0 ? 0 : (int)Lanes(instruction.B)[lane];
        uint predicate = 0;
        if (instruction.C >= 0)
            for (uint rest = mask; rest != 0; rest &= rest - 1)
                if ((Lanes(instruction.C)[First(rest)] & 1) != (ulong)instruction.Count) predicate |= 1u << First(rest);
        if (instruction.Variant == "arrive") SetPc(mask, pc + 1);
        else
        {
            SetPc(mask, pc);
            ready &= ~mask;
            atBarrier |= mask;
        }

        block.Arrive(barrier, count, new(this, mask, predicate, instruction, pc));
        Clock[Index]++;
    }

    /// <summary>The barrier fell: its lanes go on, and everything the others did before it is in the past.</summary>
    public void Release(BarrierArrival arrival, int[] clock, ulong result)
    {
        for (int warp = 0; warp < Clock.Length; warp++)
            if (warp != Index) Clock[warp] = Math.Max(Clock[warp], clock[warp]);
        if (arrival.Instruction.Destination >= 0) Write(arrival.Instruction.Destination, arrival.Mask, result);
        SetPc(arrival.Mask, arrival.Pc + 1);
        atBarrier &= ~arrival.Mask;
        ready |= arrival.Mask;
    }

    /// <summary>Lanes of this warp that the same barrier held have met too.</summary>
    public void NoteBarrier(uint mask) => NoteExchange(mask);
}
