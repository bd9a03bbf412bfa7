using System.Runtime.CompilerServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

// Products that walk many tiles in one call, as short ones are over before a call's arguments are laid out. Where results are bfloat16, sums are rounded while
// they are still in registers: VCVTNE2PS2BF16 makes one line of memory of the 32 sums of a row.
internal sealed partial class TileWriter
{
    /// <summary>
    /// Tile by tile, c[i][0..32) = Σ over taps and k of rows[tap][i][k] · panel[k][0..32), plus earlier sums, plus c's bfloat16, rounded once.
    /// </summary>
    /// <param name="addSums">Whether sums of earlier passes are added.</param>
    /// <param name="accumulate">Whether what c holds is.</param>
    public static byte[] RowsTimesPanelRounded(bool addSums, bool accumulate)
    {
        TileWriter writer = new();
        writer.WalkTiles(addSums, () => writer.RoundThroughPointers(accumulate));
        return writer.End();
    }

    /// <summary>Tile by tile, c[i][0..32) = Σ over taps and k of rows[tap][i][k] · panel[k][0..32), float32.</summary>
    public static byte[] ManyRowsTimesPanel()
    {
        TileWriter writer = new();
        writer.WalkTiles(addSums: false, () => writer.StoreThroughPointers(accumulate: false));
        return writer.End();
    }

    private void WalkTiles(bool addSums, Action store)
    {
        Begin();
        Label tile = code.CreateLabel();
        code.Label(ref tile);
        ClearSums();
        SumRows();
        if (addSums) AddSums();
        store();

        // The tables of pointers, and the sums, lie tile behind tile.
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.RowsStride))]);
        code.add(__qword_ptr[rbx + Place(nameof(TileArguments.Rows))], rcx);
        code.add(__qword_ptr[rbx + Place(nameof(TileArguments.Results))], 8 * Rows);
        if (addSums) code.add(__qword_ptr[rbx + Place(nameof(TileArguments.Sums))], Rows * Vectors * VectorBytes);
        code.dec(__qword_ptr[rbx + Place(nameof(TileArguments.Tiles))]);
        code.jnz(tile);
    }

    /// <summary>c[i·stride][0..32) = Σ over k of strip[k·stride + i] · panel[k][0..32), plus earlier sums, rounded once.</summary>
    /// <param name="addSums">Whether sums of earlier passes are added.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte[] StripTimesPanelRounded(bool addSums)
    {
        TileWriter writer = new();
        Assembler code = writer.code;
        writer.Begin();
        writer.ClearSums();
        writer.SumStrip();
        if (addSums) writer.AddSums();
        code.mov(rdx, __[rbx + Place(nameof(TileArguments.Results))]);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.ResultStride))]);
        for (int row = 0; row < Rows; row++)
        {
            writer.StoreRounded(row, __zmmword_ptr[rdx]);
            code.add(rdx, rcx);
        }

        return writer.End();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddSums()
    {
        code.mov(rdx, __[rbx + Place(nameof(TileArguments.Sums))]);
        for (int row = 0; row < Rows; row++)
        {
            for (int vector = 0; vector < Vectors; vector++)
                code.vaddps(Sum(row, vector), Sum(row, vector), __zmmword_ptr[rdx + (((row * Vectors) + vector) * VectorBytes)]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RoundThroughPointers(bool accumulate)
    {
        code.mov(rax, __[rbx + Place(nameof(TileArguments.Results))]);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.ResultOffset))]);
        for (int row = 0; row < Rows; row++)
        {
            code.mov(rdx, __[rax + (8 * row)]);
            for (int vector = 0; accumulate && vector < Vectors; vector++)
            {
                frame.Widen(Vector(vector), __ymmword_ptr[rdx + rcx + (VectorBytes / 2 * vector)]);
                code.vaddps(Sum(row, vector), Sum(row, vector), Vector(vector));
            }

            StoreRounded(row, __zmmword_ptr[rdx + rcx]);
        }
    }

    private void StoreRounded(int row, AssemblerMemoryOperand target)
    {
        // The second operand becomes the lower half.
        AssemblerRegisterZMM rounded = Vector(FirstBroadcast + (row % Broadcasts));
        code.vcvtne2ps2bf16(rounded, Sum(row, 1), Sum(row, 0));
        code.vmovups(target, rounded);
    }
}
