using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Products over tiles of dot products: rows against columns, and weights in their place times either. Whole tiles of 8 x 32 throughout.</summary>
internal static unsafe class DotTiles
{
    /// <summary>tile [rows, columns] = rows · columnsᵀ, both packed as panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfPanels(
        float* rowPanels, int firstRow, int rows, float* columnPanels, int firstColumn, int columns, int depth, float* tile, int stride)
    {
        for (int j = 0; j < columns; j += MicroKernel.TileColumns)
        {
            float* panel = columnPanels + ((long)(firstColumn + j) * depth);
            for (int i = 0; i < rows; i += MicroKernel.TileRows)
            {
                int within = (firstRow + i) % MicroKernel.TileColumns;
                MicroKernel.StripTimesPanel(
                    rowPanels + ((long)(firstRow + i - within) * depth) + within, MicroKernel.TileColumns, depth, panel, tile + ((long)i * stride) + j, stride,
                    MicroKernel.TileRows, MicroKernel.TileColumns, false);
            }
        }
    }

    /// <summary>Dot products of keys, read where they lie, and a panel of queries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfRows(float** keyRows, int whole, int depth, float* queries, float** dotRows, int column)
    {
        for (int j = 0; j < whole; j += MicroKernel.TileRows)
            MicroKernel.RowsTimesPanel(keyRows + j, 1, 0, depth, queries, dotRows + j, column, MicroKernel.TileColumns, false);
    }

    /// <summary>sums [rows, width] (+)= tileᵀ · values [keys, width]: eight rows of the tile, read where they lie, are a strip.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTransposedProducts(float* tile, int rows, float* values, int keys, int width, float* sums, bool accumulate)
    {
        for (int d = 0; d < width; d += MicroKernel.TileColumns)
        {
            for (int i = 0; i < rows; i += MicroKernel.TileRows)
            {
                MicroKernel.StripTimesPanel(
                    tile + i, rows, keys, values + ((long)d * keys), sums + ((long)i * width) + d, width, MicroKernel.TileRows, MicroKernel.TileColumns,
                    accumulate);
            }
        }
    }

    /// <summary>tile [rows, columns] = rows · columnsᵀ in bfloat16, the rows packed as strips and the columns as panels of words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfStrips(uint* strips, int rows, uint* panels, int columns, int words, float* tile, int stride)
    {
        for (int j = 0; j < columns; j += MicroKernel.TileColumns)
        {
            for (int i = 0; i < rows; i += MicroKernel.TileRows)
            {
                BFloat16Kernel.StripTimesPanel(
                    strips + ((long)i * words), MicroKernel.TileRows, words, panels + ((long)j * words), tile + ((long)i * stride) + j, stride,
                    MicroKernel.TileRows, MicroKernel.TileColumns, false);
            }
        }
    }

    /// <summary>sums [rows, width] (+)= pairsᵀ · values in bfloat16: eight words of each pair of keys, read where they lie, are a strip.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTransposedProducts(
        uint* pairs, int stride, int rows, int count, uint* values, long panelWords, int width, float* sums, bool accumulate)
    {
        for (int d = 0; d < width; d += MicroKernel.TileColumns)
        {
            uint* panel = values + (d / MicroKernel.TileColumns * panelWords);
            for (int i = 0; i < rows; i += MicroKernel.TileRows)
            {
                BFloat16Kernel.StripTimesPanel(
                    pairs + i, stride, count, panel, sums + ((long)i * width) + d, width, MicroKernel.TileRows, MicroKernel.TileColumns, accumulate);
            }
        }
    }
}
