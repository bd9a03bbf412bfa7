using static NegSamples.PtxInterpreter.OperationKind;

namespace NegSamples.PtxInterpreter;

internal static partial class InstructionDecoder
{
    private static Instruction DecodeWarpgroup(Opcode opcode, OperandReader operands)
    {
        if (opcode.Has("mma_async")) return DecodeWarpgroupMultiply(opcode, operands);
        if (!opcode.Has("sync") || !opcode.Has("aligned")) throw operands.Error($"{opcode.Text} must be .sync.aligned.");
        if (opcode.Has("fence")) return Make(operands, WarpgroupFence, InstructionClass.Fence);
        if (opcode.Has("commit_group")) return Make(operands, WarpgroupCommit, InstructionClass.Matrix);
        if (!opcode.Has("wait_group")) throw operands.Error($"The interpreter does not know the instruction {opcode.Text}.");
        Instruction wait = Make(operands, WarpgroupWait, InstructionClass.Matrix);
        wait.Count = operands.Constant(0);
        return wait;
    }

    /// <summary>Sums, A as descriptor or registers, the descriptor of B, whether to add, two signs, and what is stored by rows instead of along the depth.</summary>
    private static Instruction DecodeWarpgroupMultiply(Opcode opcode, OperandReader operands)
    {
        WarpgroupShape shape = WarpgroupShape.Of(opcode) ?? throw operands.Error($"The interpreter does not know the matrix instruction {opcode.Text}.");
        Instruction multiply = Make(operands, WarpgroupMultiply, InstructionClass.Matrix);
        multiply.Slots = operands.Destinations(0);
        bool inRegisters = operands[1].Kind == OperandKind.Vector, mayTurn = shape.Element != ScalarType.TF32;
        int turns = !mayTurn ? 0 : inRegisters ? 1 : 2;
        if (operands.Count != 6 + turns) throw operands.Error($"{6 + turns} operands should stand here.");
        (multiply.A, multiply.B) = (inRegisters ? -1 : operands.Source(1, ScalarType.B64), operands.Source(2, ScalarType.B64));
        multiply.C = operands.Source(3, ScalarType.Predicate);
        multiply.Product = new(
            shape, inRegisters ? operands.Sources(1, ScalarType.B32) : [], Sign(4), Sign(5),
            AByRows: mayTurn && !inRegisters && operands.Constant(6) != 0, BByRows: mayTurn && operands.Constant(5 + turns) != 0);
        if (multiply.Slots.Length != shape.Sums || (inRegisters && multiply.Product.ASlots.Length != shape.ARegisters))
            throw operands.Error($"{opcode.Text} has other numbers of registers.");
        return multiply;

        int Sign(int index) => operands.Constant(index) is 1 or -1 ? operands.Constant(index) : throw operands.Error("A scale is 1 or -1.");
    }
}
