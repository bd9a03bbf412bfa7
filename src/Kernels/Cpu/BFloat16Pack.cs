using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Copies parts of a matrix into the layouts that <see cref="BFloat16Kernel"/> reads: those of <see cref="Pack"/>, in words.</summary>
internal static unsafe class BFloat16Pack
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    // Numbers of k that 8 rows are turned by at a time: in the first-level cache.
    private const int TurnedAtOnce = 512;

    /// <summary>One panel of the right-hand side: columns [first, first + count) for k in [0, depth), as [words][32], zeros to the right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(in BFloat16Operand b, int first, int count, int depth, uint* panel)
    {
        if (b.IsTransposed)
        {
            for (int j = 0; j < Columns; j += Rows) Turn(b, first + j, Math.Clamp(count - j, 0, Rows), depth, panel + j, Columns);
            return;
        }

        for (int k = 0; k < depth; k += 2, panel += Columns)
        {
            b.CopyPair(k, k + 1 < depth, first, count, panel);
            new Span<uint>(panel + count, Columns - count).Clear();
        }
    }

    /// <summary>One strip of a transposed left-hand side: rows [first, first + count) for k in [from, from + depth), from even, as [words][8], zeros to the right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip(in BFloat16Operand a, int first, int count, int from, int depth, uint* strip)
    {
        for (int k = 0; k < depth; k += 2, strip += Rows)
        {
            a.CopyPair(from + k, k + 1 < depth, first, count, strip);
            for (int i = count; i < Rows; i++) strip[i] = 0;
        }
    }

    /// <summary>target[k·stride + i] = word k of row first + i, for 8 rows of which count are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(in BFloat16Operand source, int first, int count, int depth, uint* target, int stride)
    {
        ushort* rows = stackalloc ushort[Rows * TurnedAtOnce];
        for (int i = count; i < Rows; i++) new Span<ushort>(rows + (i * TurnedAtOnce), TurnedAtOnce).Clear();
        for (int k = 0; k < depth; k += TurnedAtOnce)
        {
            int numbers = Math.Min(TurnedAtOnce, depth - k);
            for (int i = 0; i < count; i++) source.CopyRow(first + i, k, numbers, rows + (i * TurnedAtOnce));

            // A word is moved as a float would be: nothing is computed with it.
            Transpose.EightRows((float*)rows, TurnedAtOnce / 2, BFloat16Rows.Words(numbers), (float*)target, stride);
            target += (long)stride * BFloat16Rows.Words(numbers);
        }
    }
}
