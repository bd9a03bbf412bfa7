using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

internal sealed partial class TileWriter
{
    // While the sums become exponentials, the operands' registers are free.
    private static readonly AssemblerRegisterZMM Scale = zmm0, Least = zmm1, First = zmm2, Second = zmm3, Order = zmm0;
    private static readonly AssemblerRegisterZMM[] ColumnSums = [zmm4, zmm5];

    /// <summary>See <see cref="BFloat16Kernel.Exponentials"/>: the products, their exponentials and sums, and the weights in either or both layouts.</summary>
    /// <param name="form">What is made of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static byte[] Exponentials(ExponentialForm form)
    {
        TileWriter writer = new();
        Assembler code = writer.code;
        Label group = code.CreateLabel(), failed = code.CreateLabel(), end = code.CreateLabel();
        writer.Begin();
        code.mov(rax, Argument(nameof(ExponentialArguments.Strips)));
        code.mov(r8, Argument(nameof(ExponentialArguments.Groups)));
        code.mov(r9, Argument(nameof(ExponentialArguments.ByRows)));
        code.mov(r10, Argument(nameof(ExponentialArguments.RowStride)));
        code.mov(r11, Argument(nameof(ExponentialArguments.ByPairs)));
        code.mov(r12, Argument(nameof(ExponentialArguments.PairStride)));
        code.mov(r13, Argument(nameof(ExponentialArguments.RowSums)));
        code.mov(r14, Argument(nameof(ExponentialArguments.RowFactors)));
        code.mov(r15, Argument(nameof(ExponentialArguments.Sums)));
        code.mov(rdi, Argument(nameof(ExponentialArguments.Shifts)));
        code.mov(rbp, Argument(nameof(ExponentialArguments.Factors)));
        code.Label(ref group);
        writer.ClearSums();
        writer.SumStripOfEight();
        bool symmetric = form.HasFlag(ExponentialForm.Symmetric), hasWeights = (form & ExponentialForm.Weights) != 0;
        for (int vector = 0; vector < Vectors; vector++)
        {
            for (int row = 0; row < Rows; row++) writer.Exponential(row, vector, hasFactors: !symmetric);
        }

        if (symmetric) writer.AddToRowSums();
        else writer.CompareWithLimit(failed);
        for (int vector = 0; vector < Vectors; vector++)
        {
            code.vaddps(ColumnSums[vector], ColumnSums[vector], __zmmword_ptr[r15 + (VectorBytes * vector)]);
            code.vmovups(__zmmword_ptr[r15 + (VectorBytes * vector)], ColumnSums[vector]);
        }

        if (symmetric && hasWeights) writer.MultiplyByBothFactors();
        if (form.HasFlag(ExponentialForm.ByRows)) writer.StoreByRows();
        if (form.HasFlag(ExponentialForm.ByPairs)) writer.StoreByPairs();
        code.dec(r8);
        code.jnz(group);
        code.mov(ecx, 1);
        code.jmp(end);
        code.Label(ref failed);
        code.xor(ecx, ecx);
        code.Label(ref end);
        code.mov(Argument(nameof(ExponentialArguments.Taken)), rcx);
        return writer.End();
    }

    private static AssemblerMemoryOperand Argument(string field) => __qword_ptr[rbx + PlaceOf(field)];

    private static AssemblerMemoryOperand ToAllLanes(string field) => __dword_bcst[rbx + PlaceOf(field)];

    private static int PlaceOf(string field) => (int)Marshal.OffsetOf<ExponentialArguments>(field);

    private void SumStripOfEight()
    {
        code.mov(rsi, Argument(nameof(ExponentialArguments.Panel)));
        code.mov(rdx, Argument(nameof(ExponentialArguments.DepthBytes)));
        Label word = code.CreateLabel();
        code.Label(ref word);
        Multiply(row => __dword_ptr[rax + (4 * row)]);
        code.add(rax, 4 * Rows);
        code.sub(rdx, 4);
        code.jnz(word);
        code.vbroadcastss(Scale, __dword_ptr[rbx + PlaceOf(nameof(ExponentialArguments.Scale))]);
        code.vbroadcastss(Least, __dword_ptr[rbx + PlaceOf(nameof(ExponentialArguments.Least))]);
    }

    /// <summary>A sum s becomes 2^(s·scale + shift), by the same steps as in C#, and goes into its columns' sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Exponential(int row, int vector, bool hasFactors)
    {
        AssemblerRegisterZMM sum = Sum(row, vector);
        code.vfmadd213ps(sum, Scale, __zmmword_ptr[rdi + (VectorBytes * vector)]);
        code.vmaxps(sum, Least, sum); // of a NaN the second operand, which it is
        code.vrndscaleps(First, sum, 0);
        code.vsubps(sum, sum, First);
        code.vbroadcastss(Second, __dword_ptr[rbx + PlaceOf(nameof(ExponentialArguments.G5))]);
        foreach (string coefficient in new[]
        {
            nameof(ExponentialArguments.G4), nameof(ExponentialArguments.G3), nameof(ExponentialArguments.G2), nameof(ExponentialArguments.G1),
            nameof(ExponentialArguments.G0), nameof(ExponentialArguments.One),
        }) code.vfmadd213ps(Second, sum, ToAllLanes(coefficient));
        code.vscalefps(sum, Second, First);
        if (hasFactors) code.vmulps(sum, sum, __zmmword_ptr[rbp + (VectorBytes * vector)]);
        if (row == 0) code.vmovaps(ColumnSums[vector], sum);
        else code.vaddps(ColumnSums[vector], ColumnSums[vector], sum);
    }

    private void CompareWithLimit(Label failed)
    {
        code.vcmpps(k1, ColumnSums[0], ToAllLanes(nameof(ExponentialArguments.Limit)), 14); // greater than, which a NaN is not
        code.vcmpps(k2, ColumnSums[1], ToAllLanes(nameof(ExponentialArguments.Limit)), 14);
        code.kortestw(k1, k2);
        code.jnz(failed);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddToRowSums()
    {
        for (int row = 0; row < Rows; row++)
        {
            code.vaddps(First, Sum(row, 0), Sum(row, 1));
            code.vaddps(First, First, __zmmword_ptr[r13 + (VectorBytes * row)]);
            code.vmovups(__zmmword_ptr[r13 + (VectorBytes * row)], First);
        }

        code.add(r13, VectorBytes * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyByBothFactors()
    {
        for (int vector = 0; vector < Vectors; vector++)
        {
            code.vmovups(Vector(vector), __zmmword_ptr[rbp + (VectorBytes * vector)]);
            for (int row = 0; row < Rows; row++)
            {
                code.vaddps(First, Vector(vector), __dword_bcst[r14 + (sizeof(float) * row)]);
                code.vmulps(Sum(row, vector), Sum(row, vector), First);
            }
        }

        code.add(r14, sizeof(float) * Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreByRows()
    {
        for (int row = 0; row < Rows; row++)
        {
            code.vcvtne2ps2bf16(First, Sum(row, 1), Sum(row, 0));
            code.vmovups(__zmmword_ptr[r9], First);
            code.add(r9, r10);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreByPairs()
    {
        code.vmovups(Order, __zmmword_ptr[rbx + PlaceOf(nameof(ExponentialArguments.Order))]);
        for (int row = 0; row < Rows; row += 2)
        {
            for (int vector = 0; vector < Vectors; vector++)
            {
                code.vcvtne2ps2bf16(First, Sum(row + 1, vector), Sum(row, vector));
                code.vpermw(Second, Order, First);
                code.vmovups(__zmmword_ptr[r11 + (VectorBytes * vector)], Second);
            }

            code.add(r11, r12);
        }
    }
}
