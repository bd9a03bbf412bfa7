using System.Buffers.Binary;

namespace NegSamples.PtxInterpreter;

internal sealed partial class LockstepWarp
{
    private readonly byte[] local, parameters;
    private readonly ulong[] addresses = new ulong[32], sources = new ulong[32];

    private void ExecuteMemory(Instruction instruction, int pc, uint mask)
    {
        switch (instruction.Kind)
        {
            case OperationKind.Load or OperationKind.Store or OperationKind.Atomic: Access(instruction, pc, mask); break;
            case OperationKind.AsyncCopy: IssueCopies(instruction, pc, mask); break;
            case OperationKind.AsyncCommit: CommitCopies(mask); break;
            case OperationKind.AsyncWait: WaitForCopies(instruction, pc, mask); break;
            case OperationKind.TensorCopy: CopyTensors(instruction, pc, mask); break;
            case OperationKind.MemoryBarrierInit: InitBarriers(instruction, pc, mask); break;
            case OperationKind.MemoryBarrierArrive: ArriveAtBarriers(instruction, pc, mask); break;
            case OperationKind.ConvertAddress: ExecuteConvertAddress(instruction, mask); break;
            case OperationKind.IsSpace: ExecuteIsSpace(instruction, mask); break;
            default: throw new InvalidOperationException($"{instruction.Kind} is no access to memory.");
        }
    }

    private void Gather(ulong[] into, int slot, long offset, uint mask)
    {
        Span<ulong> bases = Lanes(slot);
        for (uint rest = mask; rest != 0; rest &= rest - 1) into[First(rest)] = bases[First(rest)] + (ulong)offset;
    }

    private void Access(Instruction instruction, int pc, uint mask)
    {
        Gather(addresses, instruction.A, instruction.Offset, mask);
        if (instruction.Space != StateSpace.Generic)
        {
            AccessSpace(instruction, pc, mask, instruction.Space);
            return;
        }

        for (uint rest = mask; rest != 0;)
        {
            StateSpace space = AddressWindows.SpaceOf(addresses[First(rest)]);
            uint same = 0;
            for (uint left = rest; left != 0; left &= left - 1)
                if (AddressWindows.SpaceOf(addresses[First(left)]) == space) same |= 1u << First(left);
            for (uint left = same; left != 0; left &= left - 1) addresses[First(left)] -= AddressWindows.Base(space);
            statistics.Spaces[pc] = space;
            AccessSpace(instruction, pc, same, space);
            rest &= ~same;
        }
    }

    private void AccessSpace(Instruction instruction, int pc, uint mask, StateSpace space)
    {
        int width = instruction.Type.Bytes(), size = width * Math.Max(1, instruction.Slots.Length);
        if (space == StateSpace.Global) statistics.GlobalAccess(pc, addresses, mask, size);
        if (space == StateSpace.Shared) statistics.SharedAccess(pc, addresses, mask, size);
        if (instruction.Kind != OperationKind.Atomic && MoveTogether(instruction, pc, mask, space, width, size)) return;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            Span<byte> bytes = Locate(space, addresses[lane], size, lane, pc);
            if (space == StateSpace.Shared && !bytes.IsEmpty) NoteSharedAccess(instruction, (int)addresses[lane], size, lane, pc);
            switch (instruction.Kind)
            {
                case OperationKind.Load: ReadElements(instruction, lane, bytes); break;
                case OperationKind.Store: WriteElements(instruction, lane, bytes); break;
                default: ExecuteAtomic(instruction, lane, bytes); break;
            }
        }
    }

    /// <summary>A load or a store whose lanes all find their bytes in one buffer or array, with nothing to say of any; nothing is done where that is not so.</summary>
    private bool MoveTogether(Instruction instruction, int pc, uint mask, StateSpace space, int width, int size)
    {
        Span<byte> whole;
        ulong start, first = addresses[First(mask)], low = 0;
        if (space == StateSpace.Global)
        {
            if (!machine.Memory.TryFind(first, size, out byte[] bytes, out int offset)) return false;
            whole = bytes;
            start = first - (ulong)offset;
        }
        else if (space == StateSpace.Shared && block.Memory.Find(first, size) is { } symbol && size <= symbol.Alignment)
        {
            (int offset, int length) = block.Memory.ExtentOfLast;
            whole = block.Memory.Bytes.AsSpan(offset, length);
            start = (ulong)offset;
        }
        else return false;

        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            ulong address = addresses[First(rest)];
            if (address - start > (ulong)(whole.Length - size)) return false;
            low |= address;
        }

        if ((low & (ulong)(size - 1)) != 0) return false;
        if (space == StateSpace.Shared)
            for (uint rest = mask; rest != 0; rest &= rest - 1) NoteSharedAccess(instruction, (int)addresses[First(rest)], size, First(rest), pc);
        bool isLoad = instruction.Kind == OperationKind.Load, isSigned = instruction.Type.IsSigned();
        for (int i = 0; i < instruction.Slots.Length; i++)
        {
            Span<ulong> register = Lanes(instruction.Slots[i]);
            Span<byte> elements = whole[(i * width)..];
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = First(rest);
                Span<byte> element = elements[(int)(addresses[lane] - start)..];
                if (!isLoad)
                {
                    WriteBits(element, width, register[lane]);
                    continue;
                }

                ulong value = ReadBits(element, width);
                if (isSigned) value = (ulong)Conversions.SignExtend(value, instruction.Type);
                register[lane] = value & instruction.RegisterMask;
            }
        }

        return true;
    }

    private void NoteSharedAccess(Instruction instruction, int offset, int size, int lane, int pc)
    {
        if (instruction.Kind == OperationKind.Load) block.Memory.Shadow.Read(offset, size, this, lane, pc);
        else block.Memory.Shadow.Write(offset, size, this, lane, pc, instruction.Kind == OperationKind.Atomic);
    }

    /// <summary>The bytes of an access, or none and a finding.</summary>
    private Span<byte> Locate(StateSpace space, ulong address, int size, int lane, int pc)
    {
        if ((address & (ulong)(size - 1)) != 0) // Sizes are powers of two.
        {
            Report(FindingKind.Misaligned, lane, pc, $"{size} bytes at address 0x{address:x}");
            return [];
        }

        switch (space)
        {
            case StateSpace.Shared: return LocateShared(address, size, lane, pc);
            case StateSpace.Param:
                if (address + (ulong)size <= (ulong)module.ParameterBytes) return parameters.AsSpan(lane * module.ParameterBytes + (int)address, size);
                break;
            case StateSpace.Local:
                foreach (Symbol symbol in module.Local)
                    if (address >= symbol.Address && address + (ulong)size <= symbol.Address + (ulong)symbol.Bytes)
                        return local.AsSpan(lane * module.LocalBytes + (int)address, size);
                break;
            default:
                if (machine.Memory.TryFind(address, size, out byte[] bytes, out int offset)) return bytes.AsSpan(offset, size);
                Report(FindingKind.OutOfBounds, lane, pc, $"{size} bytes: {machine.Memory.Describe(address)}");
                return [];
        }

        Report(FindingKind.OutOfBounds, lane, pc, $"{size} bytes at {space} address 0x{address:x}");
        return [];
    }

    private Span<byte> LocateShared(ulong address, int size, int lane, int pc)
    {
        Symbol? symbol = block.Memory.Find(address, size);
        if (symbol is null)
        {
            Report(FindingKind.OutOfBounds, lane, pc, $"{size} bytes: {block.Memory.Describe(address)}");
            return [];
        }

        if (size > symbol.Alignment)
            Report(FindingKind.Misaligned, lane, pc, $"{size} bytes of {symbol.Name}, which is only declared .align {symbol.Alignment}");
        return block.Memory.Bytes.AsSpan((int)address, size);
    }

    private void ReadElements(Instruction instruction, int lane, ReadOnlySpan<byte> bytes)
    {
        int width = instruction.Type.Bytes();
        for (int i = 0; i < instruction.Slots.Length; i++)
        {
            // A read that found nothing yields ones: not-a-number in every float format.
            ulong value = bytes.IsEmpty ? ulong.MaxValue : ReadBits(bytes[(i * width)..], width);
            if (instruction.Type.IsSigned()) value = (ulong)Conversions.SignExtend(value, instruction.Type);
            Lanes(instruction.Slots[i])[lane] = value & instruction.RegisterMask;
        }
    }

    private void WriteElements(Instruction instruction, int lane, Span<byte> bytes)
    {
        int width = instruction.Type.Bytes();
        for (int i = 0; i < instruction.Slots.Length && !bytes.IsEmpty; i++)
            WriteBits(bytes[(i * width)..], width, Lanes(instruction.Slots[i])[lane]);
    }

    private void ExecuteAtomic(Instruction instruction, int lane, Span<byte> bytes)
    {
        int width = instruction.Type.Bytes();
        ulong old = bytes.IsEmpty ? ulong.MaxValue & instruction.Type.Mask() : ReadBits(bytes, width);
        ulong third = instruction.C < 0 ? 0 : Lanes(instruction.C)[lane];
        if (!bytes.IsEmpty) WriteBits(bytes, width, instruction.Ternary!(old, Lanes(instruction.B)[lane], third));
        if (instruction.Destination >= 0) Lanes(instruction.Destination)[lane] = old;
    }

    private static ulong ReadBits(ReadOnlySpan<byte> bytes, int width) => width switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes)
    };

    private static void WriteBits(Span<byte> bytes, int width, ulong value)
    {
        switch (width)
        {
            case 1: bytes[0] = (byte)value; break;
            case 2: BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value); break;
            case 4: BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value); break;
            default: BinaryPrimitives.WriteUInt64LittleEndian(bytes, value); break;
        }
    }

    private void ExecuteConvertAddress(Instruction instruction, uint mask)
    {
        ulong window = AddressWindows.Base(instruction.Space);
        Span<ulong> destination = Lanes(instruction.Destination), a = Lanes(instruction.A);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
            destination[First(rest)] = instruction.Flag ? a[First(rest)] - window : a[First(rest)] + window;
    }

    private void ExecuteIsSpace(Instruction instruction, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
            Lanes(instruction.Destination)[First(rest)] = AddressWindows.SpaceOf(Lanes(instruction.A)[First(rest)]) == instruction.Space ? 1ul : 0;
    }
}

/// <summary>Where shared memory, local memory and parameters appear among generic addresses; the rest is global memory.</summary>
internal static class AddressWindows
{
    private const ulong Shared = 0x7F00_0000_0000, Local = 0x7E00_0000_0000, Param = 0x7D00_0000_0000, Size = 0x100_0000_0000;

    public static ulong Base(StateSpace space) => space switch
    {
        StateSpace.Shared => Shared,
        StateSpace.Local => Local,
        StateSpace.Param => Param,
        _ => 0
    };

    public static StateSpace SpaceOf(ulong address) =>
        address - Shared < Size ? StateSpace.Shared : address - Local < Size ? StateSpace.Local : address - Param < Size ? StateSpace.Param : StateSpace.Global;
}
