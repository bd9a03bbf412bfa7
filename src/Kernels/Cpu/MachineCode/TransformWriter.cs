using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>Writes the transforms of <see cref="BFloat16WinogradWeights"/>: two tiles of bfloat16 to the words of their 16 points, 16 channels at a time.</summary>
/// <remarks>VCVTNE2PS2BF16 rounds both tiles' numbers at once, to nearest even, which takes ten instructions without it.</remarks>
internal sealed class TransformWriter
{
    private const int Side = 4, PairWidth = 6, GradientWidth = 4;

    // The registers of the tiles' numbers, of both columns of points that are made of the same pixels, and what is in passing.
    private const int Numbers = 16, SecondColumn = 24;

    private static readonly AssemblerRegister64[] PointRows = [r12, r13, r14, r15];

    private readonly CodeFrame frame = new();
    private readonly Assembler code;

    private TransformWriter() => code = frame.Code;

    /// <summary>4 x 6 pixels of inputs.</summary>
    public static byte[] Inputs()
    {
        TransformWriter writer = new();
        return writer.Write(
            () =>
            {
                for (int row = 0; row < Side; row++)
                {
                    int pixel = row * PairWidth;
                    writer.Load(0, pixel);
                    writer.Load(1, pixel + 2);
                    writer.Load(2, pixel + 4);
                    writer.code.vsubps(First(row), zmm0, zmm1);
                    writer.code.vsubps(Second(row), zmm1, zmm2);
                }

                writer.StoreInputs(0, Numbers);
                for (int row = 0; row < Side; row++)
                {
                    int pixel = (row * PairWidth) + 1;
                    for (int i = 0; i < 4; i++) writer.Load(i, pixel + i);
                    writer.code.vaddps(First(row), zmm0, zmm1);
                    writer.code.vaddps(Second(row), zmm2, zmm3);
                    writer.code.vsubps(First(row, SecondColumn), zmm1, zmm0);
                    writer.code.vsubps(Second(row, SecondColumn), zmm3, zmm2);
                }

                writer.StoreInputs(1, Numbers);
                writer.StoreInputs(2, SecondColumn);
                for (int row = 0; row < Side; row++)
                {
                    int pixel = (row * PairWidth) + 1;
                    writer.Load(0, pixel);
                    writer.Load(1, pixel + 2);
                    writer.Load(2, pixel + 4);
                    writer.code.vsubps(First(row), zmm0, zmm1);
                    writer.code.vsubps(Second(row), zmm1, zmm2);
                }

                writer.StoreInputs(3, Numbers);
            });
    }

    /// <summary>2 x 4 pixels of output gradients.</summary>
    public static byte[] Gradients()
    {
        TransformWriter writer = new();
        return writer.Write(
            () =>
            {
                for (int row = 0; row < 2; row++)
                {
                    int pixel = row * GradientWidth;
                    writer.Load(Numbers + row, pixel);
                    writer.Load(Numbers + Side + row, pixel + 2);
                    writer.Load(SecondColumn + row, pixel + 1);
                    writer.Load(SecondColumn + Side + row, pixel + 3);
                }

                writer.StoreGradients(0, Numbers);
                writer.StoreGradients(3, SecondColumn);
                for (int row = 0; row < 2; row++)
                {
                    writer.code.vmovaps(zmm0, First(row));
                    writer.code.vmovaps(zmm1, Second(row));
                    writer.code.vaddps(First(row), zmm0, First(row, SecondColumn));
                    writer.code.vaddps(Second(row), zmm1, Second(row, SecondColumn));
                    writer.code.vsubps(First(row, SecondColumn), zmm0, First(row, SecondColumn));
                    writer.code.vsubps(Second(row, SecondColumn), zmm1, Second(row, SecondColumn));
                }

                writer.StoreGradients(1, Numbers);
                writer.StoreGradients(2, SecondColumn);
            });
    }

    private static AssemblerRegisterZMM First(int row, int numbers = Numbers) => CodeFrame.Vector(numbers + row);

    private static AssemblerRegisterZMM Second(int row, int numbers = Numbers) => CodeFrame.Vector(numbers + Side + row);

    private static int Place(string field) => (int)Marshal.OffsetOf<TransformArguments>(field);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private byte[] Write(Action channels)
    {
        frame.Begin();
        code.mov(rax, __[rbx + Place(nameof(TransformArguments.Order))]);
        code.vmovups(zmm5, __zmmword_ptr[rax]);
        code.mov(rax, __[rbx + Place(nameof(TransformArguments.Pixels))]);
        code.mov(r9, __[rbx + Place(nameof(TransformArguments.PointStride))]);
        code.lea(r10, __[r9 + r9]);
        code.lea(r11, __[r10 + r9]);
        code.mov(PointRows[0], __[rbx + Place(nameof(TransformArguments.Target))]);
        for (int row = 1; row < Side; row++) code.lea(PointRows[row], __[PointRows[row - 1] + (r9 * Side)]);
        code.mov(rcx, __[rbx + Place(nameof(TransformArguments.ChannelBytes))]);
        code.xor(rdx, rdx);
        Label next = code.CreateLabel();
        code.Label(ref next);
        channels();
        foreach (AssemblerRegister64 row in PointRows) code.add(row, 64);
        code.add(rdx, 32);
        code.cmp(rdx, rcx);
        code.jl(next);
        return frame.End();
    }

    /// <summary>16 channels of a pixel as float32.</summary>
    private void Load(int register, int pixel)
    {
        code.mov(r8, __[rax + (8 * pixel)]);
        frame.Widen(CodeFrame.Vector(register), __ymmword_ptr[r8 + rdx]);
    }

    /// <summary>Down the columns: n0 − n2, n1 + n2, n2 − n1, n1 − n3 of both tiles.</summary>
    private void StoreInputs(int column, int numbers)
    {
        Store(column, 0, (target, tile) => code.vsubps(target, tile(0), tile(2)), numbers);
        Store(column, 1, (target, tile) => code.vaddps(target, tile(1), tile(2)), numbers);
        Store(column, 2, (target, tile) => code.vsubps(target, tile(2), tile(1)), numbers);
        Store(column, 3, (target, tile) => code.vsubps(target, tile(1), tile(3)), numbers);
    }

    /// <summary>Down the columns: n0, n0 + n1, n0 − n1, n1 of both tiles.</summary>
    private void StoreGradients(int column, int numbers)
    {
        Store(column, 0, (target, tile) => code.vmovaps(target, tile(0)), numbers);
        Store(column, 1, (target, tile) => code.vaddps(target, tile(0), tile(1)), numbers);
        Store(column, 2, (target, tile) => code.vsubps(target, tile(0), tile(1)), numbers);
        Store(column, 3, (target, tile) => code.vmovaps(target, tile(1)), numbers);
    }

    private void Store(int column, int row, Action<AssemblerRegisterZMM, Func<int, AssemblerRegisterZMM>> number, int numbers)
    {
        AssemblerRegister64 place = PointRows[row];
        number(zmm0, line => First(line, numbers));
        number(zmm1, line => Second(line, numbers));
        code.vcvtne2ps2bf16(zmm0, zmm1, zmm0);
        code.vpermw(zmm0, zmm5, zmm0);
        code.vmovups(column switch { 0 => __zmmword_ptr[place], 1 => __zmmword_ptr[place + r9], 2 => __zmmword_ptr[place + r10], _ => __zmmword_ptr[place + r11] }, zmm0);
    }
}
