using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>Writes the innermost products of bfloat16: tiles of 8 rows and 32 columns, as <see cref="MicroKernel"/> has them of float32.</summary>
/// <remarks>
/// A word is two neighbours in k. VDPBF16PS multiplies 16 words by 16 words and adds both products of each to a float32: one of its kind does what two
/// multiply-adds of float32 do. The 16 sums live in zmm16 to zmm31 and the operands in zmm0 to zmm5.
/// </remarks>
internal sealed partial class TileWriter
{
    private const int Rows = MicroKernel.TileRows, Vectors = MicroKernel.TileColumns / Lanes, Lanes = 16, VectorBytes = 64;
    private const int FirstSum = 16, FirstBroadcast = 2, Broadcasts = 4;

    private static readonly AssemblerRegister64[] RowPointers = [r8, r9, r10, r11, r12, r13, r14, r15];
    private readonly CodeFrame frame = new();
    private readonly Assembler code;

    private TileWriter() => code = frame.Code;

    /// <summary>c[i][0..32) (+)= Σ over taps and k of rows[tap][i][k] · panel[k][0..32).</summary>
    public static byte[] RowsTimesPanel(bool accumulate)
    {
        TileWriter writer = new();
        writer.Begin();
        writer.ClearSums();
        writer.SumRows();
        writer.StoreThroughPointers(accumulate);
        return writer.End();
    }

    /// <summary>c[i·stride][0..32) (+)= Σ over k of strip[k·stride + i] · panel[k][0..32), the strip in segments that lie apart.</summary>
    public static byte[] StripTimesPanel(bool accumulate)
    {
        TileWriter writer = new();
        writer.Begin();
        writer.ClearSums();
        writer.SumStrip();
        writer.StoreAtStride(accumulate);
        return writer.End();
    }

    /// <summary>Multiply-adds from registers alone, <see cref="ChainsOfPeak"/> a round: what the processor can do at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte[] Peak()
    {
        TileWriter writer = new();
        Assembler code = writer.code;
        writer.Begin();
        writer.ClearSums();
        code.vpxord(zmm0, zmm0, zmm0);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.Taps))]);
        Label round = code.CreateLabel();
        code.Label(ref round);
        for (int sum = FirstSum; sum < FirstSum + ChainsOfPeak; sum++) code.vdpbf16ps(Vector(sum), zmm0, zmm0);
        code.dec(rcx);
        code.jnz(round);
        return writer.End();
    }

    /// <summary>Independent sums of <see cref="Peak"/>: two units times a latency of six cycles leave none of them idle.</summary>
    public const int ChainsOfPeak = 16;

    private static AssemblerRegisterZMM Vector(int number) => CodeFrame.Vector(number);

    private static AssemblerRegisterZMM Sum(int row, int vector) => Vector(FirstSum + (row * Vectors) + vector);

    private static int Place(string field) => (int)Marshal.OffsetOf<TileArguments>(field);

    private void Begin() => frame.Begin();

    private byte[] End() => frame.End();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ClearSums()
    {
        for (int row = 0; row < Rows; row++)
        {
            for (int vector = 0; vector < Vectors; vector++) code.vpxord(Sum(row, vector), Sum(row, vector), Sum(row, vector));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumRows()
    {
        code.mov(rax, __[rbx + Place(nameof(TileArguments.Rows))]);
        code.mov(rsi, __[rbx + Place(nameof(TileArguments.Panel))]);
        code.mov(rbp, __[rbx + Place(nameof(TileArguments.Taps))]);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.Rate))]);
        Label tap = code.CreateLabel(), word = code.CreateLabel();
        code.Label(ref tap);
        for (int row = 0; row < Rows; row++)
        {
            code.mov(RowPointers[row], __[rax + (8 * row)]);
            code.add(RowPointers[row], __[rbx + Place(nameof(TileArguments.Offset))]);
        }

        code.add(rax, 8 * Rows);
        code.mov(rdi, RowPointers[0]);
        code.add(rdi, __[rbx + Place(nameof(TileArguments.Ahead))]);

        // The rows are walked by one index that counts up to 0.
        code.mov(rdx, __[rbx + Place(nameof(TileArguments.DepthBytes))]);
        code.cmp(rbp, 1);
        code.cmove(rdx, __[rbx + Place(nameof(TileArguments.LastDepthBytes))]);
        foreach (AssemblerRegister64 row in RowPointers) code.add(row, rdx);
        code.neg(rdx);
        code.Label(ref word);
        code.prefetcht1(__[rdi]);
        code.add(rdi, rcx);
        Multiply(row => __dword_ptr[RowPointers[row] + rdx]);
        code.add(rdx, 4);
        code.jnz(word);
        code.dec(rbp);
        code.jnz(tap);
    }

    private void SumStrip()
    {
        code.mov(rax, __[rbx + Place(nameof(TileArguments.Strip))]);
        code.mov(rsi, __[rbx + Place(nameof(TileArguments.Panel))]);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.StripStride))]);
        code.mov(rbp, __[rbx + Place(nameof(TileArguments.Taps))]);
        Label segment = code.CreateLabel(), word = code.CreateLabel();
        code.Label(ref segment);
        code.mov(rdx, __[rbx + Place(nameof(TileArguments.DepthBytes))]);
        code.Label(ref word);
        Multiply(row => __dword_ptr[rax + (4 * row)]);
        code.add(rax, rcx);
        code.sub(rdx, 4);
        code.jnz(word);
        code.add(rax, __[rbx + Place(nameof(TileArguments.SegmentGap))]);
        code.dec(rbp);
        code.jnz(segment);
    }

    /// <summary>One word of k: a row of the panel, and each left-hand word by itself, to all lanes, as loads inside each multiplication would bind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(Func<int, AssemblerMemoryOperand> left)
    {
        for (int vector = 0; vector < Vectors; vector++) code.vmovups(Vector(vector), __zmmword_ptr[rsi + (VectorBytes * vector)]);
        for (int row = 0; row < Rows; row++)
        {
            AssemblerRegisterZMM broadcast = Vector(FirstBroadcast + (row % Broadcasts));
            code.vpbroadcastd(broadcast, left(row));
            for (int vector = 0; vector < Vectors; vector++) code.vdpbf16ps(Sum(row, vector), broadcast, Vector(vector));
        }

        code.add(rsi, VectorBytes * Vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreThroughPointers(bool accumulate)
    {
        code.mov(rax, __[rbx + Place(nameof(TileArguments.Results))]);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.ResultOffset))]);
        for (int row = 0; row < Rows; row++)
        {
            code.mov(rdx, __[rax + (8 * row)]);
            for (int vector = 0; vector < Vectors; vector++) Store(Sum(row, vector), __zmmword_ptr[rdx + rcx + (VectorBytes * vector)], accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreAtStride(bool accumulate)
    {
        code.mov(rdx, __[rbx + Place(nameof(TileArguments.Results))]);
        code.mov(rcx, __[rbx + Place(nameof(TileArguments.ResultStride))]);
        for (int row = 0; row < Rows; row++)
        {
            for (int vector = 0; vector < Vectors; vector++) Store(Sum(row, vector), __zmmword_ptr[rdx + (VectorBytes * vector)], accumulate);
            code.add(rdx, rcx);
        }
    }

    private void Store(AssemblerRegisterZMM sum, AssemblerMemoryOperand target, bool accumulate)
    {
        if (accumulate) code.vaddps(sum, sum, target);
        code.vmovups(target, sum);
    }
}
