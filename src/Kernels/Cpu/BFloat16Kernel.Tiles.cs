using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels.Cpu;

// Many tiles in one call.
internal static unsafe partial class BFloat16Kernel
{
    /// <summary>Of each tile, c[i][column + 0..32) = Σ over k of rows[i][offset + k] · panel[k][0..32).</summary>
    /// <param name="rows">8 pointers for each tile.</param>
    /// <param name="tiles">How many tiles, at least 1.</param>
    /// <param name="offset">Where in each row to begin, in words.</param>
    /// <param name="depth">How many words of each row.</param>
    /// <param name="panel">[depth][32] words.</param>
    /// <param name="c">8 pointers to rows of the result for each tile.</param>
    /// <param name="column">The first column to write.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ManyRowsTimesPanel(uint** rows, int tiles, long offset, int depth, uint* panel, float** c, long column)
    {
        if (MachineCodeSupport.IsThere)
        {
            TileArguments arguments = new()
            {
                Rows = rows, RowsStride = TileRows * sizeof(long), Tiles = tiles, Panel = panel, Results = c, ResultOffset = column * sizeof(float), Taps = 1,
                Offset = offset * sizeof(uint), DepthBytes = (long)depth * sizeof(uint), LastDepthBytes = (long)depth * sizeof(uint),
            };
            GeneratedTiles.ManyRowsTimesPanel(ref arguments);
            return;
        }

        uint** tileRows = stackalloc uint*[TileRows];
        float** results = stackalloc float*[TileRows];
        Taps taps = new() { Count = 1, Depth = depth, LastDepth = depth };
        for (; tiles > 0; tiles--, rows += TileRows, c += TileRows)
        {
            for (int i = 0; i < TileRows; i++)
            {
                tileRows[i] = rows[i] + offset;
                results[i] = c[i] + column;
            }

            RowsTimesPanelPortable(tileRows, taps, panel, results, 0, accumulate: false);
        }
    }

    /// <summary>Of each tile, sums[tile][i] (+)= Σ over taps and k of rows[tap][i][offset + k] · panel[tap·depth + k]: a pass that others follow.</summary>
    /// <param name="rows">Of each tile, 8 pointers for each tap, one behind the other.</param>
    /// <param name="rowsStride">Pointers from one tile's to the next's.</param>
    /// <param name="tiles">How many tiles.</param>
    /// <param name="taps">How many, how long, in words.</param>
    /// <param name="panel">[taps·depth][32] words.</param>
    /// <param name="sums">[tile][8][32].</param>
    /// <param name="accumulate">Whether to add to what they hold.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumTiles(uint** rows, long rowsStride, int tiles, in Taps taps, uint* panel, float* sums, bool accumulate)
    {
        float** ofTile = stackalloc float*[TileRows];
        for (; tiles > 0; tiles--, rows += rowsStride)
        {
            for (int i = 0; i < TileRows; i++, sums += TileColumns) ofTile[i] = sums;
            RowsTimesPanel(rows, taps, panel, ofTile, 0, TileColumns, accumulate);
        }
    }

    /// <summary>
    /// Of each tile, c[i][column + 0..columns) = Σ over taps and k of rows[tap][i][offset + k] · panel[tap·depth + k][0..columns), rounded once.
    /// </summary>
    /// <param name="rows">Of each tile, 8 pointers for each tap, one behind the other.</param>
    /// <param name="rowsStride">Pointers from one tile's to the next's.</param>
    /// <param name="tiles">How many tiles, at least 1.</param>
    /// <param name="taps">How many, how long, in words.</param>
    /// <param name="panel">[taps·depth][32] words.</param>
    /// <param name="sums">[tile][8][32] float32 that are added before; null for none.</param>
    /// <param name="c">8 pointers to rows of the result for each tile.</param>
    /// <param name="column">The first column to write.</param>
    /// <param name="columns">How many columns to write, 1 to 32.</param>
    /// <param name="accumulate">Whether to add what c holds, before the sum is rounded.</param>
    public static void RowsTimesPanelRounded(
        uint** rows, long rowsStride, int tiles, in Taps taps, uint* panel, float* sums, ushort** c, int column, int columns, bool accumulate)
    {
        if (columns == TileColumns && MachineCodeSupport.IsThere)
        {
            TileArguments arguments = new()
            {
                Rows = rows, RowsStride = rowsStride * sizeof(long), Tiles = tiles, Panel = panel, Sums = sums, Results = (float**)c,
                ResultOffset = (long)column * sizeof(ushort), Taps = taps.Count, Offset = (long)taps.Offset * sizeof(uint),
                DepthBytes = (long)taps.Depth * sizeof(uint), LastDepthBytes = (long)taps.LastDepth * sizeof(uint), Ahead = taps.Ahead * sizeof(uint),
                Rate = taps.Rate * sizeof(uint),
            };
            GeneratedTiles.RowsTimesPanelRounded(ref arguments, sums != null, accumulate);
            return;
        }

        RowsTimesPanelRoundedPortable(rows, rowsStride, tiles, taps, panel, sums, c, column, columns, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowsTimesPanelRoundedPortable(
        uint** rows, long rowsStride, int tiles, in Taps taps, uint* panel, float* sums, ushort** c, int column, int columns, bool accumulate)
    {
        float* tile = stackalloc float[TileRows * TileColumns], held = stackalloc float[TileColumns];
        float** tileRows = stackalloc float*[TileRows];
        for (int i = 0; i < TileRows; i++) tileRows[i] = tile + (i * TileColumns);
        for (; tiles > 0; tiles--, rows += rowsStride, c += TileRows)
        {
            if (sums != null)
            {
                new ReadOnlySpan<float>(sums, TileRows * TileColumns).CopyTo(new Span<float>(tile, TileRows * TileColumns));
                sums += TileRows * TileColumns;
            }

            RowsTimesPanel(rows, taps, panel, tileRows, 0, TileColumns, sums != null);
            for (int i = 0; i < TileRows; i++)
            {
                ushort* target = c[i] + column;
                if (accumulate)
                {
                    BFloat16Rows.Widen(target, held, columns);
                    for (int j = 0; j < columns; j++) tileRows[i][j] += held[j];
                }

                BFloat16Rows.Round(tileRows[i], target, columns);
            }
        }
    }
}
