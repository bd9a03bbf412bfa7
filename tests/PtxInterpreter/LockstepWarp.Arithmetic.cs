namespace NegSamples.PtxInterpreter;

internal sealed partial class LockstepWarp
{
    private void Execute(Instruction instruction, int pc, uint mask)
    {
        if (mask == uint.MaxValue && instruction.Whole is { } whole)
        {
            // What an instruction lacks, its loop does not look at.
            Span<ulong> a = Lanes(instruction.A);
            whole(Lanes(instruction.Destination), a, instruction.B < 0 ? a : Lanes(instruction.B), instruction.C < 0 ? a : Lanes(instruction.C));
            return;
        }

        switch (instruction.Kind)
        {
            case OperationKind.Unary: ExecuteUnary(instruction, mask); break;
            case OperationKind.Binary: ExecuteBinary(instruction, mask); break;
            case OperationKind.Ternary: ExecuteTernary(instruction, mask); break;
            case OperationKind.SetPredicate: ExecuteSetPredicate(instruction, mask); break;
            case OperationKind.Select: ExecuteSelect(instruction, mask); break;
            case OperationKind.Pack: ExecutePack(instruction, mask); break;
            case OperationKind.Unpack: ExecuteUnpack(instruction, mask); break;
            case OperationKind.ActiveMask: Write(instruction.Destination, mask, mask); break;
            case OperationKind.ProxyFence: NoteProxyFence(mask); break;
            case OperationKind.Nothing: break;
            default: ExecuteMemory(instruction, pc, mask); break;
        }
    }

    private void Write(int slot, uint mask, ulong value)
    {
        Span<ulong> destination = Lanes(slot);
        for (uint rest = mask; rest != 0; rest &= rest - 1) destination[First(rest)] = value;
    }

    private void ExecuteUnary(Instruction instruction, uint mask)
    {
        Func<ulong, ulong> apply = instruction.Unary!;
        Span<ulong> destination = Lanes(instruction.Destination), a = Lanes(instruction.A);
        for (uint rest = mask; rest != 0; rest &= rest - 1) destination[First(rest)] = apply(a[First(rest)]);
    }

    private void ExecuteBinary(Instruction instruction, uint mask)
    {
        Func<ulong, ulong, ulong> apply = instruction.Binary!;
        Span<ulong> destination = Lanes(instruction.Destination), a = Lanes(instruction.A), b = Lanes(instruction.B);
        for (uint rest = mask; rest != 0; rest &= rest - 1) destination[First(rest)] = apply(a[First(rest)], b[First(rest)]);
    }

    private void ExecuteTernary(Instruction instruction, uint mask)
    {
        Func<ulong, ulong, ulong, ulong> apply = instruction.Ternary!;
        Span<ulong> destination = Lanes(instruction.Destination), a = Lanes(instruction.A), b = Lanes(instruction.B), c = Lanes(instruction.C);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            destination[lane] = apply(a[lane], b[lane], c[lane]);
        }
    }

    private void ExecuteSetPredicate(Instruction instruction, uint mask)
    {
        if (instruction.C < 0 && instruction.Destination2 < 0)
        {
            ExecuteBinary(instruction, mask);
            return;
        }

        Span<ulong> a = Lanes(instruction.A), b = Lanes(instruction.B);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            ulong holds = instruction.Binary!(a[lane], b[lane]), other = holds ^ 1;
            if (instruction.C >= 0)
            {
                ulong combined = (Lanes(instruction.C)[lane] & 1) ^ (instruction.Flag ? 1ul : 0);
                (holds, other) = instruction.Variant switch
                {
                    "and" => (holds & combined, other & combined),
                    "or" => (holds | combined, other | combined),
                    _ => (holds ^ combined, other ^ combined)
                };
            }

            Lanes(instruction.Destination)[lane] = holds;
            if (instruction.Destination2 >= 0) Lanes(instruction.Destination2)[lane] = other;
        }
    }

    private void ExecuteSelect(Instruction instruction, uint mask)
    {
        Span<ulong> destination = Lanes(instruction.Destination), a = Lanes(instruction.A), b = Lanes(instruction.B), chooses = Lanes(instruction.C);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            destination[lane] = (chooses[lane] & 1) != 0 ? a[lane] : b[lane];
        }
    }

    private void ExecutePack(Instruction instruction, uint mask)
    {
        ulong elementMask = ScalarTypes.Mask(instruction.Count);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            ulong packed = 0;
            for (int i = 0; i < instruction.Slots.Length; i++) packed |= (Lanes(instruction.Slots[i])[lane] & elementMask) << (i * instruction.Count);
            Lanes(instruction.Destination)[lane] = packed;
        }
    }

    private void ExecuteUnpack(Instruction instruction, uint mask)
    {
        ulong elementMask = ScalarTypes.Mask(instruction.Count);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            ulong packed = Lanes(instruction.A)[lane];
            for (int i = 0; i < instruction.Slots.Length; i++) Lanes(instruction.Slots[i])[lane] = packed >> (i * instruction.Count) & elementMask;
        }
    }
}
