using System.Runtime.CompilerServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

// The transforms of a tile of 4 x 4 pixels of bfloat16: 16 channels of it are 16 registers from the first load to the last store.
internal sealed partial class TileWriter
{
    private const int TileSide = 4, TilePixels = TileSide * TileSide, Spare = 0;

    private static readonly AssemblerRegister64[] Lines = [r8, r9, r10, r11];

    /// <summary>points = Bᵀ d B of 16 pixels, to which there are pointers, channel by channel; both bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte[] WinogradInput()
    {
        TileWriter writer = new();
        Assembler code = writer.code;
        writer.Begin();
        code.mov(rax, __[rbx + Place(nameof(TileArguments.Rows))]);
        writer.PointAtLines(nameof(TileArguments.Results), nameof(TileArguments.ResultStride));
        code.mov(rdi, __[rbx + Place(nameof(TileArguments.DepthBytes))]);
        code.xor(edx, edx);
        Label channels = code.CreateLabel();
        code.Label(ref channels);
        int[] registers = [.. Enumerable.Range(FirstSum, TilePixels)];
        for (int pixel = 0; pixel < TilePixels; pixel++)
        {
            code.mov(rcx, __[rax + (8 * pixel)]);
            writer.frame.Widen(Vector(registers[pixel]), __ymmword_ptr[rcx + rdx]);
        }

        int spare = Spare;
        for (int column = 0; column < TileSide; column++) writer.PointsOfFour(registers, column, TileSide, ref spare);
        for (int row = 0; row < TileSide; row++) writer.PointsOfFour(registers, row * TileSide, 1, ref spare);
        for (int point = 0; point < TilePixels; point++) writer.Round(registers[point], LinePlace(point));
        foreach (AssemblerRegister64 line in Lines) code.add(line, VectorBytes / 2);
        code.add(rdx, VectorBytes / 2);
        code.cmp(rdx, rdi);
        code.jb(channels);
        return writer.End();
    }

    /// <summary>4 pixels, to which there are pointers, = Aᵀ m A of 16 float32 points, plus what they hold, rounded once.</summary>
    /// <param name="accumulate">Whether what the pixels hold is added.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte[] WinogradOutput(bool accumulate)
    {
        AssemblerRegister64[] pixels = [rsi, rdi, rbp, r14];
        TileWriter writer = new();
        Assembler code = writer.code;
        writer.Begin();
        code.mov(rax, __[rbx + Place(nameof(TileArguments.Rows))]);
        for (int pixel = 0; pixel < pixels.Length; pixel++) code.mov(pixels[pixel], __[rax + (8 * pixel)]);
        writer.PointAtLines(nameof(TileArguments.Panel), nameof(TileArguments.StripStride));
        code.mov(rdx, __[rbx + Place(nameof(TileArguments.DepthBytes))]);
        Label channels = code.CreateLabel();
        code.Label(ref channels);
        for (int point = 0; point < TilePixels; point++) code.vmovups(Vector(FirstSum + point), LinePlace(point));
        for (int column = 0; column < TileSide; column++) writer.TwoOfPoints(FirstSum + column, TileSide);
        for (int row = 0; row < 2; row++) writer.TwoOfPoints(FirstSum + (row * TileSide), 1);
        for (int pixel = 0; pixel < pixels.Length; pixel++)
        {
            int sum = FirstSum + (pixel / 2 * TileSide) + (pixel % 2);
            if (accumulate)
            {
                writer.frame.Widen(Vector(Spare), __ymmword_ptr[pixels[pixel]]);
                code.vaddps(Vector(sum), Vector(sum), Vector(Spare));
            }

            writer.Round(sum, __ymmword_ptr[pixels[pixel]]);
            code.add(pixels[pixel], VectorBytes / 2);
        }

        foreach (AssemblerRegister64 line in Lines) code.add(line, VectorBytes);
        code.sub(rdx, VectorBytes / 2);
        code.jnz(channels);
        return writer.End();
    }

    /// <summary>Registers for the first of each line of four points; r12 and r13 hold one stride and three.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PointAtLines(string first, string stride)
    {
        code.mov(r8, __[rbx + Place(first)]);
        code.mov(r12, __[rbx + Place(stride)]);
        code.lea(r13, __[r12 + (r12 * 2)]);
        for (int line = 1; line < TileSide; line++) code.lea(Lines[line], __[Lines[line - 1] + (r12 * 4)]);
    }

    private static AssemblerMemoryOperand LinePlace(int point)
    {
        AssemblerRegister64 line = Lines[point / TileSide];
        return (point % TileSide) switch { 0 => __[line], 1 => __[line + r12], 2 => __[line + (r12 * 2)], _ => __[line + r13] };
    }

    private void Round(int register, AssemblerMemoryOperand target)
    {
        AssemblerRegisterYMM rounded = new(Register.YMM0 + register);
        code.vcvtneps2bf16(rounded, Vector(register));
        code.vmovdqu16(target, rounded);
    }

    /// <summary>d0 - d2, d1 + d2, d2 - d1, d1 - d3 in place of d; the sum takes the spare register and leaves another.</summary>
    private void PointsOfFour(int[] registers, int first, int step, ref int spare)
    {
        int d0 = registers[first], d1 = registers[first + step], d2 = registers[first + (2 * step)], d3 = registers[first + (3 * step)];
        code.vsubps(Vector(d0), Vector(d0), Vector(d2));
        code.vsubps(Vector(d3), Vector(d1), Vector(d3));
        code.vaddps(Vector(spare), Vector(d1), Vector(d2));
        code.vsubps(Vector(d2), Vector(d2), Vector(d1));
        (registers[first + step], spare) = (spare, d1);
    }

    /// <summary>m0 + m1 + m2, m1 - m2 - m3 in place of m0 and m1.</summary>
    private void TwoOfPoints(int first, int step)
    {
        AssemblerRegisterZMM m0 = Vector(first), m1 = Vector(first + step), m2 = Vector(first + (2 * step)), m3 = Vector(first + (3 * step));
        code.vaddps(m0, m0, m1);
        code.vaddps(m0, m0, m2);
        code.vsubps(m1, m1, m2);
        code.vsubps(m1, m1, m3);
    }
}
