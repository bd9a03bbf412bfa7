using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels.Cpu;

/// <summary>Rows of floats, rounded to words of two bfloat16, in the layouts that <see cref="BFloat16Kernel"/> reads.</summary>
/// <remarks>An odd depth is filled up with a zero.</remarks>
internal static unsafe class WordPanels
{
    private const int TileRows = MicroKernel.TileRows, TileColumns = MicroKernel.TileColumns;

    /// <summary>[rows][words].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Round(float* source, int rows, int depth, uint* target)
    {
        if (depth % 2 == 0)
        {
            long numbers = (long)rows * depth, generated = MachineCodeSupport.IsThere ? numbers / TileColumns : 0, done = generated * TileColumns;
            if (generated > 0) GeneratedRounding.Round(source, target, generated);
            BFloat16Rows.Round(source + done, (ushort*)target + done, numbers - done);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            ushort* numbers = (ushort*)(target + ((long)row * BFloat16Rows.Words(depth)));
            BFloat16Rows.Round(source + ((long)row * depth), numbers, depth);
            numbers[depth] = 0;
        }
    }

    /// <summary>Strips of eight rows, [rows/8][words][8]; zeros for what fills the last one up.</summary>
    /// <param name="source">[rows][depth].</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="depth">Their length.</param>
    /// <param name="strips">Receives them.</param>
    /// <param name="buffer">Eight rows of words.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Strips(float* source, int rows, int depth, uint* strips, uint* buffer)
    {
        int words = BFloat16Rows.Words(depth);
        for (int row = 0; row < rows; row += TileRows)
        {
            int count = Math.Min(TileRows, rows - row);
            Round(source + ((long)row * depth), count, depth, buffer);
            Pack.Strip((float*)buffer, words, false, 0, count, words, (float*)(strips + ((long)row * words)));
        }
    }

    /// <summary>Panels of 32 rows, [rows/32][words][32]; zeros for what fills the last one up.</summary>
    /// <param name="source">[rows][depth].</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="depth">Their length.</param>
    /// <param name="panels">Receives them.</param>
    /// <param name="buffer">32 rows of words.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panels(float* source, int rows, int depth, uint* panels, uint* buffer)
    {
        int words = BFloat16Rows.Words(depth);
        for (int row = 0; row < rows; row += TileColumns)
        {
            int count = Math.Min(TileColumns, rows - row);
            Round(source + ((long)row * depth), count, depth, buffer);
            Pack.Panel((float*)buffer, words, true, 0, count, words, (float*)(panels + ((long)row * words)));
        }
    }

    /// <summary>
    /// Pairs of rows as what weights multiply, [depth/32][pairs][32]: the even row in the lower halves, zeros to the right and for a row that is not there.
    /// </summary>
    /// <param name="source">[rows][depth].</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="depth">Their length.</param>
    /// <param name="values">Receives them.</param>
    /// <param name="panelWords">Words from one 32 of the depth to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Values(float* source, int rows, int depth, uint* values, long panelWords)
    {
        int first = depth % TileColumns == 0 && MachineCodeSupport.IsThere ? rows / 2 * 2 : 0;
        if (first > 0) GeneratedRounding.RoundPairs(source, first / 2, depth / TileColumns, values, panelWords);
        for (int row = first; row < rows; row += 2)
        {
            float* even = source + ((long)row * depth);
            PairOfValues(even, row + 1 < rows ? even + depth : null, depth, values + ((long)row / 2 * TileColumns), panelWords);
        }
    }

    /// <summary>One pair of rows as words that weights multiply.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PairOfValues(float* even, float* odd, int depth, uint* values, long panelWords)
    {
        for (int d = 0; d < depth; d += TileColumns, values += panelWords)
        {
            int columns = Math.Min(TileColumns, depth - d);
            BFloat16Rows.InterleaveRounded(even + d, odd == null ? null : odd + d, columns, values);
            if (columns < TileColumns) new Span<uint>(values + columns, TileColumns - columns).Clear();
        }
    }
}
