using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>Statistics of the columns of a matrix, tile by tile of its rows: what one pass over the matrix leaves for batch norm.</summary>
/// <remarks>
/// Workspace "batch-norm partials", float32 [tiles, 2, C]: of tile t, which holds the rows from t·rowsPerTile on (the last tile may hold fewer), plane 0 is the
/// sum
/// of each column and plane 1 the sum of squares about the tile's own mean. Any pass that has the rows at hand may write it. Merged in float64 in the
/// order of the tiles, so that neither a mean far above the deviation nor the number of tiles costs digits.
/// </remarks>
internal static class ColumnStatistics
{
    /// <summary>The name of the workspace.</summary>
    public const string Place = "batch-norm partials";

    /// <summary>Columns and tile rows of the threads that merge.</summary>
    public const int MergeColumns = 32, MergeRows = 32;

    /// <summary>More tiles than this are first merged in groups, which more than one block per 32 columns can do at a time.</summary>
    public const int MostTiles = 1024;

    /// <summary>Tiles of such a group.</summary>
    public const int TilesPerGroup = 64;

    /// <summary>
    /// A block per tile and run of columns. A warp reads whole rows one behind the other; a thread has four of its rows on the way at a time.
    /// </summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    internal static void ColumnStatisticsKernel<TPack>(ArrayView<TPack> x, ArrayView<float> partials, int rows, int packs, int rowsPerTile)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> means = SharedMemory.Allocate<float>(ColumnReduction.SharedFloats),
        squares = SharedMemory.Allocate<float>(ColumnReduction.SharedFloats);
        ArrayView<float> counts = SharedMemory.Allocate<float>(ColumnTiles.MostThreads);
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, first = Grid.IdxX * rowsPerTile, last = IntrinsicMath.Min(rows, first + rowsPerTile);
        int step = Group.DimY, row = first + Group.IdxY;
        long stride = (long)step * packs;
        ColumnMoments moments = default;
        if (column < packs)
        {
            for (; row + (3 * step) < last; row += 4 * step)
            {
                long at = ((long)row * packs) + column;
                TPack a = x[at], b = x[at + stride], c = x[at + (2 * stride)], d = x[at + (3 * stride)];
                moments = moments.With(TPack.ToLanes(a), TPack.ToLanes(b), TPack.ToLanes(c), TPack.ToLanes(d));
            }

            for (; row < last; row += step) moments = moments.With(TPack.ToLanes(x[((long)row * packs) + column]));
        }

        moments = ColumnReduction.Merge(moments, means, squares, counts, TPack.Width);
        if (column >= packs || Group.IdxY > 0) return;
        long target = (2L * Grid.IdxX * packs) + column;
        (moments.Mean * moments.Count).Store(partials, target, TPack.Width);
        moments.Squares.Store(partials, target + packs, TPack.Width);
    }

    /// <summary>A block per group of tiles and 32 columns: writes the group as one tile.</summary>
    [LaunchBounds(MergeColumns * MergeRows)]
    internal static void ColumnStatisticsMergeKernel(
        ArrayView<float> partials, ArrayView<float> merged, int tiles, int tilesPerGroup, int rowsPerTile, int rows, int columns) =>
        MergeGroup(partials, merged, tiles, tilesPerGroup, rowsPerTile, rows, columns);

    /// <summary>What a block does in it; all threads must call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MergeGroup(
        ArrayView<float> partials, ArrayView<float> merged, int tiles, int tilesPerGroup, int rowsPerTile, int rows, int columns)
    {
        int first = Grid.IdxY * tilesPerGroup, last = IntrinsicMath.Min(tiles, first + tilesPerGroup), column = (Grid.IdxX * MergeColumns) + Group.IdxX;
        MergedColumn of = Merge(partials, first, last, rowsPerTile, rows, column, columns);
        if (column >= columns || Group.IdxY > 0) return;
        long target = (2L * Grid.IdxY * columns) + column;
        merged[target] = (float)of.Sum;
        merged[target + columns] = (float)of.Squares;
    }

    /// <summary>
    /// Sum and squares about the mean of one column over a run of tiles; all threads of a column get them, and all threads of the block must call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MergedColumn Merge(ArrayView<float> partials, int firstTile, int lastTile, int rowsPerTile, int rows, int column, int columns)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(MergeColumns * MergeRows);
        double sum = SumOfTiles(SumOwn(partials, firstTile, lastTile, 0, column, columns), shared);
        long end = IntrinsicMath.Min((long)lastTile * rowsPerTile, rows);
        double mean = sum / (end - ((long)firstTile * rowsPerTile)), inverse = 1.0 / rowsPerTile, squares = 0;
        if (column < columns)
        {
            for (int tile = firstTile + Group.IdxY; tile < lastTile; tile += MergeRows)
            {
                long at = (2L * tile * columns) + column;
                float ofTile = partials[at], aboutMean = partials[at + columns];
                long left = rows - ((long)tile * rowsPerTile);
                double count = left < rowsPerTile ? left : rowsPerTile, difference = ofTile - (count * mean);
                squares += aboutMean + (difference * difference * (left < rowsPerTile ? 1.0 / left : inverse));
            }
        }

        return new() { Sum = sum, Mean = mean, Squares = SumOfTiles(squares, shared) };
    }

    /// <summary>The sum of one plane of a column over all tiles, for all threads of the column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(ArrayView<float> partials, int tiles, int plane, int column, int columns, ArrayView<double> shared) =>
        SumOfTiles(SumOwn(partials, 0, tiles, plane, column, columns), shared);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOwn(ArrayView<float> partials, int firstTile, int lastTile, int plane, int column, int columns)
    {
        double sum = 0;
        if (column >= columns) return sum;
        long stride = 2L * MergeRows * columns, at = ((((long)firstTile + Group.IdxY) * 2) + plane) * columns + column;
        int tile = firstTile + Group.IdxY;

        // Four loads on the way at a time: the sum waits for memory, not for additions.
        for (; tile + (3 * MergeRows) < lastTile; tile += 4 * MergeRows, at += 4 * stride)
        {
            float a = partials[at], b = partials[at + stride], c = partials[at + (2 * stride)], d = partials[at + (3 * stride)];
            sum += ((double)a + b) + ((double)c + d);
        }

        for (; tile < lastTile; tile += MergeRows, at += stride) sum += partials[at];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfTiles(double own, ArrayView<double> shared)
    {
        int at = (Group.IdxY * MergeColumns) + Group.IdxX;
        Group.Barrier(); // Another sum may still be read.
        shared[at] = own;
        Group.Barrier();
        for (int half = MergeRows / 2; half > 0; half /= 2)
        {
            if (Group.IdxY < half) shared[at] += shared[at + (half * MergeColumns)];
            Group.Barrier();
        }

        return shared[Group.IdxX];
    }
}

/// <summary>A column's statistics over a run of tiles.</summary>
internal struct MergedColumn
{
    public double Sum, Mean, Squares;
}

/// <summary>Statistics in the layout of <see cref="ColumnStatistics"/>.</summary>
/// <param name="Partials">[tiles, 2, C].</param>
/// <param name="Tiles">How many tiles.</param>
/// <param name="RowsPerTile">Rows of each but the last.</param>
internal readonly record struct ColumnPartials(DeviceSpan Partials, int Tiles, int RowsPerTile);
