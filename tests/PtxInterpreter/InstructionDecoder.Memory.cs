using static NegSamples.PtxInterpreter.OperationKind;

namespace NegSamples.PtxInterpreter;

internal static partial class InstructionDecoder
{
    private static Instruction? DecodeMemory(Opcode opcode, OperandReader operands)
    {
        switch (opcode.Name)
        {
            case "ld" or "ldu":
            {
                Instruction load = MemoryInstruction(opcode, operands, Load, 1);
                load.Slots = operands.Destinations(0);
                load.RegisterMask = operands.RegisterMask(load.Slots[0]);
                return load;
            }
            case "st":
            {
                Instruction store = MemoryInstruction(opcode, operands, Store, 0);
                store.Slots = operands.Sources(1, opcode.Type);
                return store;
            }
            case "atom" or "red": return DecodeAtomic(opcode, operands);
            case "cvta":
            {
                Instruction convert = Make(operands, ConvertAddress, InstructionClass.Integer);
                (convert.Destination, convert.A) = (operands.Destination(0), operands.Source(1, opcode.Type));
                (convert.Space, convert.Flag) = (opcode.Space, opcode.Has("to"));
                return convert;
            }
            case "isspacep":
            {
                Instruction test = Make(operands, IsSpace, InstructionClass.Predicate);
                (test.Destination, test.A, test.Space) = (operands.Destination(0), operands.Source(1, ScalarType.B64), opcode.Space);
                return test;
            }
            case "cp" when opcode.Has("bulk"): return DecodeTensorCopy(opcode, operands);
            case "cp" when opcode.Has("async"): return DecodeAsyncCopy(opcode, operands);
            case "mbarrier": return DecodeMemoryBarrier(opcode, operands);
            default: return null;
        }
    }

    private static Instruction MemoryInstruction(Opcode opcode, OperandReader operands, OperationKind kind, int addressOperand)
    {
        bool load = kind == Load;
        InstructionClass countedAs = opcode.Space switch
        {
            StateSpace.Param => InstructionClass.Parameter,
            StateSpace.Const => InstructionClass.ConstantLoad,
            StateSpace.Global => load ? InstructionClass.GlobalLoad : InstructionClass.GlobalStore,
            StateSpace.Shared => load ? InstructionClass.SharedLoad : InstructionClass.SharedStore,
            StateSpace.Local => load ? InstructionClass.LocalLoad : InstructionClass.LocalStore,
            _ => load ? InstructionClass.GenericLoad : InstructionClass.GenericStore
        };
        Instruction instruction = Make(operands, kind, countedAs);
        (instruction.A, instruction.Offset) = operands.Address(addressOperand);
        (instruction.Space, instruction.Type) = (opcode.Space, opcode.Type);
        int elements = operands.Elements(1 - addressOperand).Length;
        if (opcode.Type == ScalarType.None || elements != opcode.Vector) throw operands.Error($"{opcode.Vector} registers and a type should stand here.");
        return instruction;
    }

    private static Instruction DecodeAtomic(Opcode opcode, OperandReader operands)
    {
        bool returns = opcode.Name == "atom";
        int address = returns ? 1 : 0;
        Instruction atomic = Make(operands, Atomic, InstructionClass.Atomic);
        if (returns) atomic.Destination = operands.Destination(0);
        (atomic.A, atomic.Offset) = operands.Address(address);
        (atomic.Space, atomic.Type) = (opcode.Space, opcode.Type);
        atomic.B = operands.Source(address + 1, opcode.Type);
        if (opcode.Has("cas")) atomic.C = operands.Source(address + 2, opcode.Type);
        string operation = opcode.Modifiers.FirstOrDefault(modifier =>
            modifier is "add" or "min" or "max" or "and" or "or" or "xor" or "exch" or "inc" or "dec" or "cas") ?? throw operands.Error("The atomic operation is missing.");
        atomic.Ternary = operation switch
        {
            "cas" => (old, expected, value) => old == expected ? value : old,
            "exch" => (_, value, _) => value,
            "inc" => (old, limit, _) => old >= limit ? 0 : old + 1,
            "dec" => (old, limit, _) => old == 0 || old > limit ? limit : old - 1,
            _ => WithTwo(new Opcode(operation + "." + opcode.Modifiers[^1]))
        };
        return atomic;

        Func<ulong, ulong, ulong, ulong> WithTwo(Opcode inner)
        {
            Func<ulong, ulong, ulong> apply = (inner.Type.IsFloat() ? FloatArithmetic.Binary(inner) : IntegerArithmetic.Binary(inner))
                ?? throw operands.Error($"The interpreter does not know the atomic {opcode.Text}.");
            return (old, value, _) => apply(old, value);
        }
    }

    private static Instruction DecodeAsyncCopy(Opcode opcode, OperandReader operands)
    {
        if (opcode.Has("commit_group")) return Make(operands, AsyncCommit, InstructionClass.AsyncCopy);
        if (opcode.Has("wait_all") || opcode.Has("wait_group"))
        {
            Instruction wait = Make(operands, AsyncWait, InstructionClass.AsyncCopy);
            (wait.Flag, wait.Count) = (opcode.Has("wait_all"), opcode.Has("wait_all") ? 0 : operands.Constant(0));
            return wait;
        }

        if (!opcode.Has("ca") && !opcode.Has("cg")) throw operands.Error($"The interpreter does not know the copy {opcode.Text}.");
        Instruction copy = Make(operands, AsyncCopy, InstructionClass.AsyncCopy);
        (copy.A, copy.Offset) = operands.Address(0);
        (copy.B, copy.Offset2) = operands.Address(1);
        copy.Count = operands.Constant(2);
        if (copy.Count is not (4 or 8 or 16) || (opcode.Has("cg") && copy.Count != 16)) throw operands.Error($"{copy.Count} bytes cannot be copied so.");
        if (operands.Count <= 3) return copy;
        if (operands.IsPredicate(3)) (copy.D, copy.Flag) = (operands.Source(3, ScalarType.Predicate), operands[3].Negated);
        else copy.C = operands.Source(3, ScalarType.U32);
        return copy;
    }

    /// <summary>The box's place in shared memory, the map with the box's first places, the barrier, and of windows the tap.</summary>
    private static Instruction DecodeTensorCopy(Opcode opcode, OperandReader operands)
    {
        const string Start = "cp.async.bulk.tensor.", End = ".mbarrier::complete_tx::bytes";
        Instruction copy = Make(operands, TensorCopy, InstructionClass.AsyncCopy);
        copy.Count = opcode.Text switch
        {
            Start + "2d.shared::cluster.global" + End when operands.Count == 3 => 2,
            Start + "4d.shared::cluster.global.im2col" + End when operands.Count == 4 => 4,
            _ => throw operands.Error($"The interpreter does not know the copy {opcode.Text}."),
        };
        (copy.A, copy.Offset) = operands.Address(0);
        (copy.B, _) = operands.Address(1);
        (copy.C, copy.Offset2) = operands.Address(2);
        int[] places = [.. operands[1].Items.Select(item => operands.Source(item, ScalarType.S32))], taps = copy.Count == 4 ? operands.Sources(3, ScalarType.U16) : [];
        if (places.Length != copy.Count || taps.Length != Math.Max(0, copy.Count - 2)) throw operands.Error("A copy has a place for each axis, and a tap for each but two.");
        copy.Slots = [.. places, .. taps];
        return copy;
    }

    private static Instruction DecodeMemoryBarrier(Opcode opcode, OperandReader operands)
    {
        if (opcode.Space != StateSpace.Shared || opcode.Type != ScalarType.B64) throw operands.Error($"The interpreter does not know {opcode.Text}.");
        switch (opcode.Modifiers[0])
        {
            case "init":
                Instruction init = Make(operands, MemoryBarrierInit, InstructionClass.Barrier);
                (init.A, init.Offset) = operands.Address(0);
                init.B = operands.Source(1, ScalarType.U32);
                return init;
            case "arrive" when operands[0].Kind == OperandKind.Sink && !opcode.Has("noComplete"):
                Instruction arrive = Make(operands, MemoryBarrierArrive, InstructionClass.Barrier);
                (arrive.A, arrive.Offset) = operands.Address(1);
                if (opcode.Has("expect_tx")) arrive.B = operands.Source(2, ScalarType.U32);
                else if (operands.Count != 2) throw operands.Error("One arrives for itself alone.");
                return arrive;
            case "try_wait" when opcode.Has("parity") && operands.Count == 3:
                Instruction wait = Make(operands, MemoryBarrierWait, InstructionClass.Barrier);
                wait.Destination = operands.Destination(0);
                (wait.A, wait.Offset) = operands.Address(1);
                wait.B = operands.Source(2, ScalarType.U32);
                return wait;
            default: throw operands.Error($"The interpreter does not know {opcode.Text}.");
        }
    }
}
