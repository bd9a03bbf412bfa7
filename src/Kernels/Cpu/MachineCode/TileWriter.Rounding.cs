using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

internal sealed partial class TileWriter
{
    /// <summary>target[i] = the bfloat16 nearest to source[i], 32 at a time; numbers below the normal ones become 0, as every product takes them.</summary>
    public static byte[] Round()
    {
        TileWriter writer = new();
        Assembler code = writer.code;
        Label next = code.CreateLabel();
        writer.Begin();
        code.mov(rsi, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Source))]);
        code.mov(rdi, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Target))]);
        code.mov(rcx, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Count))]);
        code.Label(ref next);
        code.vmovups(zmm1, __zmmword_ptr[rsi + VectorBytes]);
        code.vcvtne2ps2bf16(zmm1, zmm1, __zmmword_ptr[rsi]);
        code.vmovups(__zmmword_ptr[rdi], zmm1);
        code.add(rsi, 2 * VectorBytes);
        code.add(rdi, VectorBytes);
        code.dec(rcx);
        code.jnz(next);
        return writer.End();
    }

    /// <summary>Pairs of rows side by side as words, [panels][pairs][32]: see <see cref="WordPanels.Values"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte[] RoundPairs()
    {
        TileWriter writer = new();
        Assembler code = writer.code;
        Label pair = code.CreateLabel(), panel = code.CreateLabel();
        writer.Begin();
        code.mov(rax, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Source))]);
        code.mov(r8, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Count))]);
        code.mov(r9, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.RowBytes))]);
        code.mov(r10, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Target))]);
        code.mov(r11, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.PanelBytes))]);
        code.mov(rdx, __qword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Panels))]);
        code.vmovups(Order, __zmmword_ptr[rbx + PlaceOfRounding(nameof(RoundingArguments.Order))]);
        code.Label(ref pair);
        code.mov(rsi, rax);
        code.lea(rdi, __[rax + r9]);
        code.mov(rbp, r10);
        code.mov(rcx, rdx);
        code.Label(ref panel);
        for (int vector = 0; vector < Vectors; vector++)
        {
            code.vmovups(zmm1, __zmmword_ptr[rdi + (VectorBytes * vector)]);
            code.vcvtne2ps2bf16(zmm1, zmm1, __zmmword_ptr[rsi + (VectorBytes * vector)]);
            code.vpermw(zmm1, Order, zmm1);
            code.vmovups(__zmmword_ptr[rbp + (VectorBytes * vector)], zmm1);
        }

        code.add(rsi, VectorBytes * Vectors);
        code.add(rdi, VectorBytes * Vectors);
        code.add(rbp, r11);
        code.dec(rcx);
        code.jnz(panel);
        code.lea(rax, __[rax + (r9 * 2)]);
        code.add(r10, VectorBytes * Vectors);
        code.dec(r8);
        code.jnz(pair);
        return writer.End();
    }

    private static int PlaceOfRounding(string field) => (int)Marshal.OffsetOf<RoundingArguments>(field);
}
