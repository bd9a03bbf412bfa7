using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels.Cpu;

/// <summary>The innermost products of bfloat16 with sums of float32, on the tiles of <see cref="MicroKernel"/>: 8 rows and 32 columns.</summary>
/// <remarks>
/// Everything counts in words, two neighbours in k, the first in the lower half: what <see cref="MicroKernel"/> does to a float, this does to a word, so that
/// pointers, panels and strips are the same for both at half the depth. The portable twin has the same products, exact in float32, and float32 sums; the
/// instruction takes numbers below the normal ones for 0.
/// </remarks>
internal static unsafe partial class BFloat16Kernel
{
    private const int TileRows = MicroKernel.TileRows, TileColumns = MicroKernel.TileColumns;

    /// <summary>c[i][column + 0..columns) (+)= Σ over taps and k of rows[tap][i][offset + k] · panel[tap·depth + k][0..columns).</summary>
    /// <param name="rows">8 pointers for each tap, one behind the other.</param>
    /// <param name="taps">How many, how long, in words.</param>
    /// <param name="panel">[taps·depth][32] words.</param>
    /// <param name="c">8 pointers to rows of the result.</param>
    /// <param name="column">The first column to write.</param>
    /// <param name="columns">How many columns to write, 1 to 32.</param>
    /// <param name="accumulate">Whether to add to what c holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowsTimesPanel(uint** rows, in Taps taps, uint* panel, float** c, int column, int columns, bool accumulate)
    {
        if (columns == TileColumns)
        {
            if (MachineCodeSupport.IsThere)
            {
                GeneratedTiles.RowsTimesPanel(
                    new TileArguments
                    {
                        Rows = rows, Panel = panel, Results = c, ResultOffset = (long)column * sizeof(float), Taps = taps.Count,
                        Offset = (long)taps.Offset * sizeof(uint), DepthBytes = (long)taps.Depth * sizeof(uint),
                        LastDepthBytes = (long)taps.LastDepth * sizeof(uint), Ahead = taps.Ahead * sizeof(uint), Rate = taps.Rate * sizeof(uint),
                    },
                    accumulate);
            }
            else
            {
                RowsTimesPanelPortable(rows, taps, panel, c, column, accumulate);
            }

            return;
        }

        float* tile = stackalloc float[TileRows * TileColumns];
        float** tileRows = stackalloc float*[TileRows];
        for (int i = 0; i < TileRows; i++) tileRows[i] = tile + (i * TileColumns);
        RowsTimesPanel(rows, taps, panel, tileRows, 0, TileColumns, false);
        for (int i = 0; i < TileRows; i++) MicroKernel.StoreRow(tileRows[i], c[i] + column, columns, accumulate);
    }

    /// <summary>c[i][0..columns) (+)= Σ over k of strip[k·stride + i] · panel[k][0..columns), i below 8.</summary>
    /// <param name="strip">k-major, 8 words for each k.</param>
    /// <param name="stride">Words from one k to the next in the strip.</param>
    /// <param name="depth">How many k, in words.</param>
    /// <param name="panel">[depth][32] words.</param>
    /// <param name="c">The result's first element.</param>
    /// <param name="cStride">Floats from one row of the result to the next.</param>
    /// <param name="rows">How many rows to write, 1 to 8.</param>
    /// <param name="columns">How many columns to write, 1 to 32.</param>
    /// <param name="accumulate">Whether to add to what c holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StripTimesPanel(uint* strip, long stride, int depth, uint* panel, float* c, long cStride, int rows, int columns, bool accumulate)
    {
        if (columns == TileColumns && rows == TileRows)
        {
            SegmentsTimesPanel(strip, stride, 1, depth, 0, panel, c, cStride, accumulate);
            return;
        }

        float* tile = stackalloc float[TileRows * TileColumns];
        StripTimesPanel(strip, stride, depth, panel, tile, TileColumns, TileRows, TileColumns, false);
        for (int i = 0; i < rows; i++) MicroKernel.StoreRow(tile + (i * TileColumns), c + (i * cStride), columns, accumulate);
    }

    /// <summary>The same of a whole tile, whose strip is cut into segments that lie apart.</summary>
    /// <param name="strip">The first segment.</param>
    /// <param name="stride">Words from one k to the next in a segment.</param>
    /// <param name="segments">How many, at least 1.</param>
    /// <param name="depth">How many k, in words, of each segment, at least 1.</param>
    /// <param name="segmentStride">Words from one segment to the next.</param>
    /// <param name="panel">[segments·depth][32] words.</param>
    /// <param name="c">The result's first element; 8 rows and 32 columns are written.</param>
    /// <param name="cStride">Floats from one row of the result to the next.</param>
    /// <param name="accumulate">Whether to add to what c holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SegmentsTimesPanel(
        uint* strip, long stride, int segments, int depth, long segmentStride, uint* panel, float* c, long cStride, bool accumulate)
    {
        if (!MachineCodeSupport.IsThere)
        {
            for (int segment = 0; segment < segments; segment++, strip += segmentStride, panel += (long)depth * TileColumns)
                StripTimesPanelPortable(strip, stride, depth, panel, c, cStride, accumulate || segment > 0);
            return;
        }

        GeneratedTiles.StripTimesPanel(
            new TileArguments
            {
                Strip = strip, StripStride = stride * sizeof(uint), DepthBytes = (long)depth * sizeof(uint), Taps = segments,
                SegmentGap = (segmentStride - (depth * stride)) * sizeof(uint), Panel = panel, Results = (float**)c, ResultStride = cStride * sizeof(float),
            },
            accumulate);
    }

    /// <summary>A whole tile, plus sums of earlier passes, rounded once to bfloat16: target[i] = round(Σ over k of strip[k·8 + i] · panel[k] + sums[i]).</summary>
    /// <param name="strip">[depth][8] words.</param>
    /// <param name="depth">How many k, in words.</param>
    /// <param name="panel">[depth][32] words.</param>
    /// <param name="sums">[8][32], or null where there was no earlier pass.</param>
    /// <param name="target">The result's first element; 8 rows and 32 columns are written.</param>
    /// <param name="stride">Numbers from one row of the result to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StripTimesPanelRounded(uint* strip, int depth, uint* panel, float* sums, ushort* target, long stride)
    {
        if (MachineCodeSupport.IsThere)
        {
            GeneratedTiles.StripTimesPanelRounded(
                new TileArguments
                {
                    Strip = strip, StripStride = TileRows * sizeof(uint), DepthBytes = (long)depth * sizeof(uint), Taps = 1, Panel = panel,
                    Results = (float**)target, ResultStride = stride * sizeof(ushort), Sums = sums,
                },
                sums != null);
            return;
        }

        float* tile = stackalloc float[TileRows * TileColumns];
        if (sums != null) new ReadOnlySpan<float>(sums, TileRows * TileColumns).CopyTo(new Span<float>(tile, TileRows * TileColumns));
        StripTimesPanelPortable(strip, TileRows, depth, panel, tile, TileColumns, sums != null);
        for (int i = 0; i < TileRows; i++) BFloat16Rows.Round(tile + (i * TileColumns), target + (i * stride), TileColumns);
    }
}
