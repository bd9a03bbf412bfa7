using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Copies parts of a matrix into the layouts that <see cref="MicroKernel"/> reads.</summary>
internal static unsafe class Pack
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    /// <summary>One panel of the right-hand side: columns [first, first + count) of b for k in [0, depth), as [depth][32], zeros to the right.</summary>
    /// <param name="b">[depth, n], or [n, depth] when transposed.</param>
    /// <param name="stride">Floats from one stored row of b to the next.</param>
    /// <param name="transposed">Whether b is stored as [n, depth].</param>
    /// <param name="first">The panel's first column.</param>
    /// <param name="count">Its real columns, 1 to 32.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="panel">Receives depth·32 floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel(float* b, long stride, bool transposed, int first, int count, int depth, float* panel)
    {
        if (transposed)
        {
            for (int j = 0; j < Columns; j += 8)
            {
                if (j + 8 <= count) Transpose.EightRows(b + ((first + j) * stride), stride, depth, panel + j, Columns);
                else PartOfPanel(b + ((first + j) * stride), stride, 1, Math.Max(0, count - j), depth, panel + j);
            }

            return;
        }

        b += first;
        if (count < Columns)
        {
            for (int j = 0; j < Columns; j += 8) PartOfPanel(b + j, 1, stride, Math.Clamp(count - j, 0, 8), depth, panel + j);
            return;
        }

        for (int k = 0; k < depth; k++)
        {
            new ReadOnlySpan<float>(b, Columns).CopyTo(new Span<float>(panel, Columns));
            b += stride;
            panel += Columns;
        }
    }

    /// <summary>One strip of the left-hand side: rows [first, first + count) of a for k in [0, depth), as [depth][8], zeros to the right.</summary>
    /// <param name="a">[m, depth], or [depth, m] when transposed.</param>
    /// <param name="stride">Floats from one stored row of a to the next.</param>
    /// <param name="transposed">Whether a is stored as [depth, m].</param>
    /// <param name="first">The strip's first row.</param>
    /// <param name="count">Its real rows, 1 to 8.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="strip">Receives depth·8 floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strip(float* a, long stride, bool transposed, int first, int count, int depth, float* strip)
    {
        if (!transposed && count == Rows)
        {
            Transpose.EightRows(a + (first * stride), stride, depth, strip, Rows);
            return;
        }

        long ofRow = transposed ? 1 : stride, ofK = transposed ? stride : 1;
        a += first * ofRow;
        for (int k = 0; k < depth; k++)
        {
            for (int i = 0; i < count; i++) strip[i] = a[i * ofRow];
            for (int i = count; i < Rows; i++) strip[i] = 0;
            strip += Rows;
            a += ofK;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PartOfPanel(float* b, long ofColumn, long ofK, int count, int depth, float* panel)
    {
        for (int k = 0; k < depth; k++)
        {
            for (int j = 0; j < count; j++) panel[j] = b[(j * ofColumn) + (k * ofK)];
            for (int j = count; j < 8; j++) panel[j] = 0;
            panel += Columns;
        }
    }
}
