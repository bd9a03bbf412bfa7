using static NegSamples.PtxInterpreter.OperationKind;

namespace NegSamples.PtxInterpreter;

/// <summary>From opcode and operands to an <see cref="Instruction"/>; arithmetic and control here, memory and warp operations beside it.</summary>
internal static partial class InstructionDecoder
{
    public static Instruction Decode(Opcode opcode, OperandReader operands)
    {
        Instruction instruction = DecodeControl(opcode, operands) ?? DecodeMemory(opcode, operands) ?? DecodeWarp(opcode, operands)
            ?? DecodeArithmetic(opcode, operands) ?? throw operands.Error($"The interpreter does not know the instruction {opcode.Text}.");
        if (instruction.Kind is Unary or Binary or Ternary) instruction.Whole = WholeWarp.Of(opcode);
        return instruction;
    }

    private static Instruction Make(OperandReader operands, OperationKind kind, InstructionClass countedAs) => new(kind, countedAs, operands.Line, operands.Text);

    private static Instruction? DecodeControl(Opcode opcode, OperandReader operands)
    {
        switch (opcode.Name)
        {
            case "bra": return Make(operands, Branch, InstructionClass.Control);
            case "brx":
                Instruction indexed = Make(operands, IndexedBranch, InstructionClass.Control);
                indexed.A = operands.Source(0, ScalarType.U32);
                return indexed;
            case "ret": return Make(operands, Return, InstructionClass.Control);
            case "exit": return Make(operands, Exit, InstructionClass.Control);
            case "trap" or "brkpt": return Make(operands, Trap, InstructionClass.Control);
            case "call": return DecodeCall(operands);
            case "nanosleep" or "pragma" or "prefetch" or "prefetchu" or "discard" or "applypriority":
                return Make(operands, Nothing, InstructionClass.Control);
            case "fence" when opcode.Has("proxy"):
                if (!opcode.Has("async")) throw operands.Error($"The interpreter does not know {opcode.Text}.");
                return Make(operands, ProxyFence, InstructionClass.Fence);
            case "membar" or "fence": return Make(operands, Nothing, InstructionClass.Fence);
            default: return null;
        }
    }

    private static Instruction DecodeCall(OperandReader operands)
    {
        int name = operands[0].Kind == OperandKind.List ? 1 : 0;
        if (operands[name].Kind != OperandKind.Name || operands.Count > name + 2) throw operands.Error("Only a call of a named function is known.");
        CallSite call = new(operands[name].Name);
        if (name == 1)
            foreach (Operand result in operands[0].Items)
                call.Results.Add(operands.TryParameter(result, out Symbol symbol) ? (symbol, -1) : (null, operands.Destination(result)));
        if (operands.Count > name + 1)
            foreach (Operand argument in operands[name + 1].Items)
                call.Arguments.Add(operands.TryParameter(argument, out Symbol symbol) ? (symbol, -1) : (null, operands.Source(argument, ScalarType.None)));
        Instruction instruction = Make(operands, Call, InstructionClass.Control);
        instruction.Call = call;
        return instruction;
    }

    private static Instruction? DecodeArithmetic(Opcode opcode, OperandReader operands)
    {
        switch (opcode.Name)
        {
            case "mov": return DecodeMove(opcode, operands);
            case "setp": return DecodeComparison(opcode, operands);
            case "selp":
                Instruction select = Make(operands, Select, InstructionClass.Predicate);
                (select.Destination, select.C) = (operands.Destination(0), operands.Source(3, ScalarType.Predicate));
                (select.A, select.B) = (operands.Source(1, opcode.Type), operands.Source(2, opcode.Type));
                return select;
            case "cvt": return DecodeConversion(opcode, operands);
            case "bfi":
                return Arithmetic(opcode, operands, IntegerArithmetic.Insert(opcode.Type, operands.Constant(3), operands.Constant(4)), 2);
            case "lop3": return Arithmetic(opcode, operands, IntegerArithmetic.Logic(operands.Constant(4)), 3);
        }

        if (opcode.Type == ScalarType.None) return null;
        bool isFloat = opcode.Type.IsFloat();
        if (opcode.Name is "ex2" or "lg2" or "sin" or "cos" or "rsqrt" && !isFloat) return null;
        switch (operands.Count)
        {
            case 2 when (isFloat ? FloatArithmetic.Unary(opcode) : IntegerArithmetic.Unary(opcode)) is { } unary:
                return Arithmetic(opcode, operands, unary);
            case 3 when (isFloat ? FloatArithmetic.Binary(opcode) : IntegerArithmetic.Binary(opcode)) is { } binary:
                return Arithmetic(opcode, operands, binary);
            case 4 when (isFloat ? FloatArithmetic.Ternary(opcode) : IntegerArithmetic.Ternary(opcode)) is { } ternary:
                return Arithmetic(opcode, operands, ternary, 3);
            default: return null;
        }
    }

    private static Instruction Arithmetic(Opcode opcode, OperandReader operands, Func<ulong, ulong> apply)
    {
        Instruction instruction = Make(operands, Unary, ClassOf(opcode));
        (instruction.Destination, instruction.A, instruction.Unary) = (operands.Destination(0), operands.Source(1, opcode.Type), apply);
        return instruction;
    }

    private static Instruction Arithmetic(Opcode opcode, OperandReader operands, Func<ulong, ulong, ulong> apply)
    {
        Instruction instruction = Make(operands, Binary, ClassOf(opcode));
        bool shift = opcode.Name is "shl" or "shr";
        (instruction.Destination, instruction.Binary) = (operands.Destination(0), apply);
        (instruction.A, instruction.B) = (operands.Source(1, opcode.Type), operands.Source(2, shift ? ScalarType.U32 : opcode.Type));
        return instruction;
    }

    private static Instruction Arithmetic(Opcode opcode, OperandReader operands, Func<ulong, ulong, ulong, ulong> apply, int sources)
    {
        Instruction instruction = Make(operands, Ternary, ClassOf(opcode));
        ScalarType third = opcode.Has("wide") ? ScalarType.B64 : opcode.Type;
        (instruction.Destination, instruction.Ternary) = (operands.Destination(0), apply);
        (instruction.A, instruction.B) = (operands.Source(1, opcode.Type), operands.Source(2, opcode.Type));
        instruction.C = sources == 3 ? operands.Source(3, third) : instruction.A;
        return instruction;
    }

    private static InstructionClass ClassOf(Opcode opcode)
    {
        if (opcode.Name is "ex2" or "lg2" or "sin" or "cos" or "tanh" or "rsqrt" or "rcp" or "sqrt" || (opcode.Name is "div" && opcode.Type.IsFloat()))
            return InstructionClass.Special;
        return opcode.Type switch
        {
            ScalarType.F64 => InstructionClass.Double,
            ScalarType.Predicate => InstructionClass.Predicate,
            _ => opcode.Type.IsFloat() ? InstructionClass.Float : InstructionClass.Integer
        };
    }

    private static Instruction DecodeMove(Opcode opcode, OperandReader operands)
    {
        bool packs = operands[1].Kind == OperandKind.Vector, unpacks = operands[0].Kind == OperandKind.Vector;
        Instruction move = Make(operands, packs ? Pack : unpacks ? Unpack : Unary, InstructionClass.Move);
        ulong mask = opcode.Type.Mask();
        if (packs) (move.Destination, move.Slots) = (operands.Destination(0), operands.Sources(1, ScalarType.None));
        else if (unpacks) (move.Slots, move.A) = (operands.Destinations(0), operands.Source(1, opcode.Type));
        else (move.Destination, move.A, move.Unary) = (operands.Destination(0), operands.Source(1, opcode.Type), a => a & mask);
        if (packs || unpacks) move.Count = opcode.Type.Bits() / move.Slots.Length;
        return move;
    }

    private static Instruction DecodeComparison(Opcode opcode, OperandReader operands)
    {
        Instruction set = Make(operands, SetPredicate, InstructionClass.Predicate);
        set.Binary = Comparison.Of(opcode) ?? throw operands.Error($"The interpreter does not know the comparison {opcode.Text}.");
        Operand destination = operands[0];
        set.Destination = operands.Destination(destination.Kind == OperandKind.Pair ? destination.Items[0] : destination);
        if (destination.Kind == OperandKind.Pair) set.Destination2 = operands.Destination(destination.Items[1]);
        (set.A, set.B) = (operands.Source(1, opcode.Type), operands.Source(2, opcode.Type));
        set.Variant = opcode.Has("and") ? "and" : opcode.Has("or") ? "or" : opcode.Has("xor") ? "xor" : "";
        if (set.Variant.Length > 0) (set.C, set.Flag) = (operands.Source(3, ScalarType.Predicate), operands[3].Negated);
        return set;
    }

    private static Instruction? DecodeConversion(Opcode opcode, OperandReader operands)
    {
        int destination = operands.Destination(0);
        Instruction convert = Make(operands, operands.Count == 3 ? Binary : Unary, InstructionClass.Conversion);
        convert.Destination = destination;
        convert.A = operands.Source(1, opcode.Type);
        if (operands.Count == 3) (convert.B, convert.Binary) = (operands.Source(2, opcode.Type), Conversions.Binary(opcode));
        else convert.Unary = Conversions.Unary(opcode, operands.RegisterMask(destination));
        return convert.Unary is null && convert.Binary is null ? null : convert;
    }
}
