namespace NegSamples.PtxInterpreter;

internal sealed partial class LockstepWarp
{
    /// <summary>
    /// Runs an instruction that the lanes of a mask run together, or parks the lanes until the others of the mask have come.
    /// </summary>
    /// <returns>Whether the whole group has run it and goes on as it was.</returns>
    private bool RunCollective(Instruction instruction, int pc, uint mask, uint active)
    {
        uint members = MembersOf(instruction, First(mask));
        if ((members & Live & ~mask) == 0 && AllName(instruction, mask, members))
        {
            if ((mask & ~members) != 0) Report(FindingKind.WarpDivergence, First(mask & ~members), pc, "a lane runs it that its own mask does not name");
            ExecuteCollective(instruction, pc, mask);
            return true;
        }

        SetPc(active & ~mask, pc + 1);
        SetPc(mask, pc);
        ready &= ~mask;
        parked |= mask;
        ReleaseComplete();
        return false;
    }

    private uint MembersOf(Instruction instruction, int lane) => instruction.D < 0 ? uint.MaxValue : (uint)Lanes(instruction.D)[lane];

    private bool AllName(Instruction instruction, uint mask, uint members)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
            if (MembersOf(instruction, First(rest)) != members) return false;
        return true;
    }

    /// <summary>Lets parked lanes go on whose whole mask is there; says whether there were any.</summary>
    private bool ReleaseComplete()
    {
        for (uint rest = parked; rest != 0;)
        {
            uint group = ParkedWith(First(rest));
            if ((MembersOf(code[lanePc[First(group)]], First(group)) & Live & ~group) == 0)
            {
                RunParked(group);
                return true;
            }

            rest &= ~group;
        }

        return false;
    }

    /// <summary>No lane of the block can move: the lanes that miss a part of their mask go on without it, which is a finding.</summary>
    public bool ForceParked()
    {
        if (parked == 0) return false;
        uint group = ParkedWith(First(parked));
        int pc = lanePc[First(group)];
        uint missing = MembersOf(code[pc], First(group)) & Live & ~group;
        Report(FindingKind.WarpDivergence, First(group), pc, $"lanes 0x{missing:x8} of the mask never come");
        RunParked(group);
        return true;
    }

    private uint ParkedWith(int first)
    {
        uint group = 0;
        for (uint rest = parked; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            if (lanePc[lane] == lanePc[first] && MembersOf(code[lanePc[lane]], lane) == MembersOf(code[lanePc[first]], first)) group |= 1u << lane;
        }

        return group;
    }

    private void RunParked(uint group)
    {
        int pc = lanePc[First(group)];
        ExecuteCollective(code[pc], pc, group);
        parked &= ~group;
        ready |= group;
        SetPc(group, pc + 1);
    }

    private void ExecuteCollective(Instruction instruction, int pc, uint mask)
    {
        switch (instruction.Kind)
        {
            case OperationKind.Shuffle: ExecuteShuffle(instruction, pc, mask); break;
            case OperationKind.Vote: ExecuteVote(instruction, mask); break;
            case OperationKind.WarpReduction: ExecuteReduction(instruction, mask); break;
            case OperationKind.Match: ExecuteMatch(instruction, mask); break;
            case OperationKind.WarpBarrier: break;
            default:
                if (mask != uint.MaxValue) Report(FindingKind.WarpDivergence, First(mask), pc, $"a matrix instruction needs all lanes, 0x{mask:x8} run it");
                ExecuteMatrix(instruction, pc, mask);
                return; // Matrix instructions do not order accesses of different lanes.
        }

        NoteExchange(mask);
    }

    private void ExecuteShuffle(Instruction instruction, int pc, uint mask)
    {
        Span<ulong> values = stackalloc ulong[32];
        Lanes(instruction.A).CopyTo(values);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest), b = (int)Lanes(instruction.B)[lane] & 31, c = (int)Lanes(instruction.C)[lane];
            int segment = c >> 8 & 31, clamp = c & 31;
            int last = (lane & segment) | (clamp & ~segment);
            (int source, bool inRange) = instruction.Variant switch
            {
                "up" => (lane - b, lane - b >= last),
                "down" => (lane + b, lane + b <= last),
                "bfly" => (lane ^ b, (lane ^ b) <= last),
                _ => ((lane & segment) | (b & ~segment), ((lane & segment) | (b & ~segment)) <= last)
            };
            if (!inRange) source = lane;
            bool present = (mask >> source & 1) != 0;
            if (!present) Report(FindingKind.WarpDivergence, lane, pc, $"it reads lane {source}, which does not run it");
            Lanes(instruction.Destination)[lane] = present ? values[source] : uint.MaxValue;
            if (instruction.Destination2 >= 0) Lanes(instruction.Destination2)[lane] = inRange ? 1ul : 0;
        }
    }

    private void ExecuteVote(Instruction instruction, uint mask)
    {
        uint set = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
            if ((Lanes(instruction.A)[First(rest)] & 1) != (instruction.Flag ? 1ul : 0)) set |= 1u << First(rest);
        Write(instruction.Destination, mask, instruction.Variant switch
        {
            "ballot" => set,
            "any" => set != 0 ? 1ul : 0,
            "all" => set == mask ? 1ul : 0,
            _ => set == 0 || set == mask ? 1ul : 0
        });
    }

    private void ExecuteReduction(Instruction instruction, uint mask)
    {
        ulong result = Lanes(instruction.A)[First(mask)];
        for (uint rest = mask & (mask - 1); rest != 0; rest &= rest - 1) result = instruction.Binary!(result, Lanes(instruction.A)[First(rest)]);
        Write(instruction.Destination, mask, result);
    }

    private void ExecuteMatch(Instruction instruction, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            uint equal = 0;
            for (uint other = mask; other != 0; other &= other - 1)
                if (Lanes(instruction.A)[First(other)] == Lanes(instruction.A)[First(rest)]) equal |= 1u << First(other);
            Lanes(instruction.Destination)[First(rest)] = equal;
        }
    }
}
