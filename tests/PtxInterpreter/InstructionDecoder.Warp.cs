using static NegSamples.PtxInterpreter.OperationKind;

namespace NegSamples.PtxInterpreter;

internal static partial class InstructionDecoder
{
    private static Instruction? DecodeWarp(Opcode opcode, OperandReader operands)
    {
        switch (opcode.Name)
        {
            case "shfl" when opcode.Has("sync"): return DecodeShuffle(opcode, operands);
            case "vote" when opcode.Has("sync"): return DecodeVote(opcode, operands);
            case "redux" when opcode.Has("sync"): return DecodeWarpReduction(opcode, operands);
            case "match" when opcode.Has("sync") && opcode.Has("any"):
            {
                Instruction match = Make(operands, Match, InstructionClass.WarpExchange);
                (match.Destination, match.A, match.D) = (operands.Destination(0), operands.Source(1, opcode.Type), operands.Source(2, ScalarType.B32));
                return match;
            }
            case "activemask":
            {
                Instruction active = Make(operands, ActiveMask, InstructionClass.WarpExchange);
                active.Destination = operands.Destination(0);
                return active;
            }
            case "bar" or "barrier": return opcode.Has("warp") ? DecodeWarpBarrier(operands) : DecodeBarrier(opcode, operands);
            case "ldmatrix" or "stmatrix": return DecodeMatrixMove(opcode, operands);
            case "mma": return DecodeMatrixMultiply(opcode, operands);
            case "wgmma": return DecodeWarpgroup(opcode, operands);
            default: return null;
        }
    }

    private static Instruction DecodeShuffle(Opcode opcode, OperandReader operands)
    {
        Instruction shuffle = Make(operands, Shuffle, InstructionClass.WarpExchange);
        bool pair = operands[0].Kind == OperandKind.Pair;
        shuffle.Destination = operands.Destination(pair ? operands[0].Items[0] : operands[0]);
        if (pair) shuffle.Destination2 = operands.Destination(operands[0].Items[1]);
        shuffle.Variant = opcode.Modifiers.First(modifier => modifier is "up" or "down" or "bfly" or "idx");
        (shuffle.A, shuffle.B, shuffle.C) = (operands.Source(1, ScalarType.B32), operands.Source(2, ScalarType.B32), operands.Source(3, ScalarType.B32));
        shuffle.D = operands.Source(4, ScalarType.B32);
        return shuffle;
    }

    private static Instruction DecodeVote(Opcode opcode, OperandReader operands)
    {
        Instruction vote = Make(operands, Vote, InstructionClass.WarpExchange);
        vote.Variant = opcode.Modifiers.First(modifier => modifier is "all" or "any" or "uni" or "ballot");
        (vote.Destination, vote.A, vote.Flag) = (operands.Destination(0), operands.Source(1, ScalarType.Predicate), operands[1].Negated);
        vote.D = operands.Source(2, ScalarType.B32);
        return vote;
    }

    private static Instruction DecodeWarpReduction(Opcode opcode, OperandReader operands)
    {
        Instruction reduction = Make(operands, WarpReduction, InstructionClass.WarpExchange);
        reduction.Binary = IntegerArithmetic.Binary(new Opcode(opcode.Modifiers[1] + "." + opcode.Modifiers[^1]))
            ?? throw operands.Error($"The interpreter does not know the reduction {opcode.Text}.");
        (reduction.Destination, reduction.A, reduction.D) = (operands.Destination(0), operands.Source(1, opcode.Type), operands.Source(2, ScalarType.B32));
        return reduction;
    }

    private static Instruction DecodeWarpBarrier(OperandReader operands)
    {
        Instruction barrier = Make(operands, WarpBarrier, InstructionClass.Barrier);
        barrier.D = operands.Source(0, ScalarType.B32);
        return barrier;
    }

    private static Instruction DecodeBarrier(Opcode opcode, OperandReader operands)
    {
        Instruction barrier = Make(operands, OperationKind.Barrier, InstructionClass.Barrier);
        barrier.Variant = opcode.Has("arrive") ? "arrive" : opcode.Has("popc") ? "popc" : opcode.Has("and") ? "and" : opcode.Has("or") ? "or" : "sync";
        barrier.Flag = opcode.Name == "bar" || opcode.Has("aligned");
        int first = 0, last = operands.Count;
        if (barrier.Variant is "popc" or "and" or "or")
        {
            barrier.Destination = operands.Destination(0);
            (first, last) = (1, last - 1);
            (barrier.C, barrier.Count) = (operands.Source(last, ScalarType.Predicate), operands[last].Negated ? 1 : 0);
        }

        barrier.A = operands.Source(first, ScalarType.U32);
        if (last - first == 2) barrier.B = operands.Source(first + 1, ScalarType.U32);
        return barrier;
    }

    private static Instruction DecodeMatrixMove(Opcode opcode, OperandReader operands)
    {
        bool load = opcode.Name == "ldmatrix";
        Instruction move = Make(operands, load ? LoadMatrix : StoreMatrix, load ? InstructionClass.SharedLoad : InstructionClass.SharedStore);
        if (!opcode.Has("m8n8") || !opcode.Has("b16")) throw operands.Error($"The interpreter does not know {opcode.Text}.");
        int registers = load ? 0 : 1;
        move.Slots = load ? operands.Destinations(registers) : operands.Sources(registers, ScalarType.B32);
        (move.A, move.Offset) = operands.Address(1 - registers);
        (move.Count, move.Flag) = (opcode.Has("x4") ? 4 : opcode.Has("x2") ? 2 : 1, opcode.Has("trans"));
        if (move.Slots.Length != move.Count) throw operands.Error($"{move.Count} registers should stand here.");
        return move;
    }

    private static Instruction DecodeMatrixMultiply(Opcode opcode, OperandReader operands)
    {
        Instruction multiply = Make(operands, MatrixMultiply, InstructionClass.Matrix);
        MatrixShape shape = MatrixShape.Of(opcode) ?? throw operands.Error($"The interpreter does not know the matrix instruction {opcode.Text}.");
        multiply.Variant = shape.Name;
        multiply.Slots = [.. operands.Destinations(0), .. operands.Sources(1, ScalarType.B32), .. operands.Sources(2, ScalarType.B32), .. operands.Sources(3, ScalarType.F32)];
        if (multiply.Slots.Length != 8 + shape.ARegisters + shape.BRegisters) throw operands.Error($"{opcode.Text} has other numbers of registers.");
        return multiply;
    }
}
