namespace NegSamples.PtxInterpreter;

internal sealed partial class LockstepWarp
{
    private void ExecuteMatrix(Instruction instruction, int pc, uint mask)
    {
        switch (instruction.Kind)
        {
            case OperationKind.MatrixMultiply: MultiplyMatrices(instruction, mask); break;
            case OperationKind.LoadMatrix or OperationKind.StoreMatrix: MoveMatrices(instruction, pc, mask); break;
            default: ExecuteWarpgroup(instruction, pc); break;
        }
    }

    /// <summary>D = A·B + C with the sum in double, so that its only error is the final rounding; a device sums in float32.</summary>
    private void MultiplyMatrices(Instruction instruction, uint mask)
    {
        MatrixShape shape = MatrixShape.Named(instruction.Variant);
        Span<double> a = stackalloc double[MatrixShape.M * shape.K], b = stackalloc double[shape.K * MatrixShape.N], sums = stackalloc double[MatrixShape.M * MatrixShape.N];
        for (int register = 0; register < shape.ARegisters; register++)
        {
            ReadOnlySpan<ulong> lanes = Lanes(instruction.Slots[4 + register]);
            for (int lane = 0; lane < 32; lane++)
            {
                (int row, int k) = shape.PlaceInA(lane, register);
                TileProduct.Place(shape.Element, (uint)lanes[lane], a, row * shape.K + k, 1);
            }
        }

        for (int register = 0; register < shape.BRegisters; register++)
        {
            ReadOnlySpan<ulong> lanes = Lanes(instruction.Slots[4 + shape.ARegisters + register]);
            for (int lane = 0; lane < 32; lane++)
            {
                (int k, int column) = shape.PlaceInB(lane, register);
                TileProduct.Place(shape.Element, (uint)lanes[lane], b, k * MatrixShape.N + column, MatrixShape.N);
            }
        }

        for (int register = 0; register < 4; register++)
        {
            ReadOnlySpan<ulong> lanes = Lanes(instruction.Slots[^(4 - register)]);
            for (int lane = 0; lane < 32; lane++) sums[PlaceOfSum(lane, register)] = FloatArithmetic.Single(lanes[lane]);
        }

        TileProduct.Add(a, b, MatrixShape.N, shape.K, sums);
        for (int register = 0; register < 4; register++)
        {
            Span<ulong> lanes = Lanes(instruction.Slots[register]);
            for (uint rest = mask; rest != 0; rest &= rest - 1) lanes[First(rest)] = FloatArithmetic.Bits((float)sums[PlaceOfSum(First(rest), register)]);
        }
    }

    private static int PlaceOfSum(int lane, int register)
    {
        (int row, int column) = MatrixShape.PlaceInC(lane, register);
        return row * MatrixShape.N + column;
    }

    /// <summary>
    /// <c>ldmatrix</c> and <c>stmatrix</c>: lanes 8m to 8m + 7 give the addresses of the eight rows of matrix m, and lane l holds of it
    /// elements 2(l mod 4) and the next of row l / 4, or of column l / 4 when transposed.
    /// </summary>
    private void MoveMatrices(Instruction instruction, int pc, uint mask)
    {
        int rows = 8 * instruction.Count;
        uint addressing = rows == 32 ? mask : mask & ((1u << rows) - 1);
        Gather(addresses, instruction.A, instruction.Offset, addressing);
        for (uint rest = addressing; rest != 0; rest &= rest - 1)
            if (AddressWindows.SpaceOf(addresses[First(rest)]) == StateSpace.Shared) addresses[First(rest)] -= AddressWindows.Base(StateSpace.Shared);
        statistics.SharedAccess(pc, addresses, addressing, 16);
        bool load = instruction.Kind == OperationKind.LoadMatrix;
        Span<bool> found = stackalloc bool[32];
        for (uint rest = addressing; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            found[lane] = !Locate(StateSpace.Shared, addresses[lane], 16, lane, pc).IsEmpty;
            if (!found[lane]) continue;
            if (load) block.Memory.Shadow.Read((int)addresses[lane], 16, this, lane, pc);
            else block.Memory.Shadow.Write((int)addresses[lane], 16, this, lane, pc);
        }

        for (uint rest = mask; rest != 0; rest &= rest - 1)
            for (int matrix = 0; matrix < instruction.Count; matrix++)
                MoveElements(instruction, matrix, First(rest), load, found);
    }

    private void MoveElements(Instruction instruction, int matrix, int lane, bool load, ReadOnlySpan<bool> found)
    {
        ref ulong register = ref Lanes(instruction.Slots[matrix])[lane];
        ulong loaded = 0;
        for (int element = 0; element < 2; element++)
        {
            int row = instruction.Flag ? lane % 4 * 2 + element : lane / 4, column = instruction.Flag ? lane / 4 : lane % 4 * 2 + element;
            int source = 8 * matrix + row;
            Span<byte> bytes = found[source] ? block.Memory.Bytes.AsSpan((int)addresses[source] + 2 * column, 2) : [];
            if (load) loaded |= (bytes.IsEmpty ? 0xFFFF : ReadBits(bytes, 2)) << (16 * element);
            else if (!bytes.IsEmpty) WriteBits(bytes, 2, register >> (16 * element));
        }

        if (load) register = loaded;
    }
}
