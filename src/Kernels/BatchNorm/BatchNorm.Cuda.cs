using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private DeviceSpan arrivedBlocks;

    /// <inheritdoc/>
    private protected override void BatchNormForwardCore(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor residual, bool relu,
        Tensor y,
        Tensor columnStatistics)
    {
        ColumnPartials known = columnStatistics.IsNone ? Statistics(x)
            : new(new(columnStatistics.DeviceAddress, columnStatistics.Count), columnStatistics[0], ColumnStatisticsRows);
        const int Most = ColumnStatistics.MostTiles;
        ColumnPartials partials = MergeTiles(known, x.Rows, x.Columns, Collective.Size > 1 ? Most : Most * ColumnStatistics.TilesPerGroup);
        DeviceSpan scale = scratch.Take("batch-norm factor and shift", 2L * x.Columns);
        if (Collective.Size > 1)
        {
            StatisticsOverRanks(partials, x.Rows, x.Columns, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, scale);
        }
        else if (partials.Tiles > Most)
        {
            int groups = Tiling.Blocks(partials.Tiles, ColumnStatistics.TilesPerGroup), blocks = Tiling.Blocks(x.Columns, ColumnStatistics.MergeColumns);
            DeviceSpan merged = scratch.Take("batch-norm last groups", 2L * groups * x.Columns);
            Launch(
                BatchNormGroupsKernel, (blocks, groups), (ColumnStatistics.MergeColumns, ColumnStatistics.MergeRows), 0, partials.Partials, merged,
                partials.Tiles, ColumnStatistics.TilesPerGroup, partials.RowsPerTile, x.Rows, x.Columns, ArrivedBlocks(blocks), gamma, beta, runningMean,
                runningVariance, mean, inverseDeviation, scale);
        }
        else
        {
            LaunchMerge(
                BatchNormStatisticsKernel, x.Columns, partials.Partials, partials.Tiles, partials.RowsPerTile, x.Rows, x.Columns, gamma, beta, runningMean,
                runningVariance, mean, inverseDeviation, scale);
        }

        NormalizeColumns(x, scale, residual, relu, y);
    }

    /// <inheritdoc/>
    private protected override void BatchNormInferenceCore(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor residual, bool relu, Tensor y)
    {
        DeviceSpan scale = scratch.Take("batch-norm factor and shift", 2L * x.Columns);
        Launch(BatchNormRunningKernel, Tiling.Blocks(x.Columns, 128), 128, 0, gamma, beta, runningMean, runningVariance, scale, x.Columns);
        NormalizeColumns(x, scale, residual, relu, y);
    }

    /// <summary>One pass over x: reads 4 or 2 bytes per element and writes 8 per tile and column.</summary>
    private ColumnPartials Statistics(Tensor x)
    {
        Packing packing = Packing.Of(x.Columns, [x]);
        ColumnTiles tiles = new(x.Rows, x.Columns, packing.Width);
        DeviceSpan partials = scratch.Take(ColumnStatistics.Place, 2L * tiles.Tiles * x.Columns);
        Launch(
            packing.Choose(
                ColumnStatistics.ColumnStatisticsKernel<Float32x1>, ColumnStatistics.ColumnStatisticsKernel<Float32x4>,
                ColumnStatistics.ColumnStatisticsKernel<BFloat16x1>,
                ColumnStatistics.ColumnStatisticsKernel<BFloat16x8>),
            tiles.Grid(tiles.RowsPerTile), tiles.Threads, 0, packing.View(x), partials, tiles.Rows, tiles.Packs, tiles.RowsPerTile);
        return new(partials, tiles.Tiles, tiles.RowsPerTile);
    }

    /// <summary>Joins tiles in groups until no more than some are left.</summary>
    private ColumnPartials MergeTiles(ColumnPartials partials, int rows, int columns, int most)
    {
        for (int step = 0; partials.Tiles > most; step++)
        {
            int groups = Tiling.Blocks(partials.Tiles, ColumnStatistics.TilesPerGroup);
            DeviceSpan merged = scratch.Take(step % 2 == 0 ? "batch-norm groups of tiles" : "batch-norm groups of groups", 2L * groups * columns);
            Launch(
                ColumnStatistics.ColumnStatisticsMergeKernel, (Tiling.Blocks(columns, ColumnStatistics.MergeColumns), groups),
                (ColumnStatistics.MergeColumns, ColumnStatistics.MergeRows), 0,
                partials.Partials, merged, partials.Tiles, ColumnStatistics.TilesPerGroup, partials.RowsPerTile, rows, columns);
            partials = new(merged, groups, partials.RowsPerTile * ColumnStatistics.TilesPerGroup);
        }

        return partials;
    }

    /// <summary>Counters for <see cref="LastBlock"/>, which leaves them at 0.</summary>
    private DeviceSpan ArrivedBlocks(int count)
    {
        if (arrivedBlocks.Count >= count) return new(arrivedBlocks.Address, count);
        arrivedBlocks = scratch.Take("blocks that have arrived", Math.Max(256, count));
        device.Clear(arrivedBlocks.Address, arrivedBlocks.Count * sizeof(int));
        return new(arrivedBlocks.Address, count);
    }

    private void LaunchMerge(Delegate kernel, int columns, params ReadOnlySpan<KernelArgument> arguments) => Launch(
        kernel, Tiling.Blocks(columns, ColumnStatistics.MergeColumns), (ColumnStatistics.MergeColumns, ColumnStatistics.MergeRows), 0, arguments);

    private void NormalizeColumns(Tensor x, DeviceSpan scale, Tensor residual, bool relu, Tensor y)
    {
        Packing packing = Packing.Of(x.Columns, [x, residual, y]);
        ColumnTiles tiles = new(x.Rows, x.Columns, packing.Width);
        int rowsPerBlock = tiles.RowsPerBlock(device.Multiprocessors);
        Launch(
            packing.Choose(
                BatchNormApplyKernel<Float32x1>, BatchNormApplyKernel<Float32x4>, BatchNormApplyKernel<BFloat16x1>, BatchNormApplyKernel<BFloat16x8>),
            tiles.Grid(rowsPerBlock), tiles.Threads, 0,
            packing.View(x), packing.View(residual), KernelArgument.Address(y), scale, tiles.Rows, tiles.Packs, rowsPerBlock, !residual.IsNone, relu);
    }

    /// <summary>A block per 32 columns merges their tiles; the first row of threads writes what forward and backward need of each column.</summary>
    [LaunchBounds(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows)]
    internal static void BatchNormStatisticsKernel(
        ArrayView<float> partials, int tiles, int rowsPerTile, int rows, int columns, ArrayView<float> gamma, ArrayView<float> beta,
        ArrayView<float> runningMean,
        ArrayView<float> runningVariance, ArrayView<float> mean, ArrayView<float> inverseDeviation, ArrayView<float> scale)
    {
        PutMergedStatistics(
            partials, tiles, rowsPerTile, rows, columns, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, scale);
    }

    /// <summary>A block per group of tiles and 32 columns writes the group as one tile, and the last block of the columns merges these.</summary>
    [LaunchBounds(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows)]
    internal static void BatchNormGroupsKernel(
        ArrayView<float> partials, ArrayView<float> merged, int tiles, int tilesPerGroup, int rowsPerTile, int rows, int columns, ArrayView<int> arrived,
        ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> runningMean, ArrayView<float> runningVariance, ArrayView<float> mean,
        ArrayView<float> inverseDeviation, ArrayView<float> scale)
    {
        ColumnStatistics.MergeGroup(partials, merged, tiles, tilesPerGroup, rowsPerTile, rows, columns);
        if (!LastBlock.Is(arrived, Grid.IdxX, Grid.DimY)) return;
        PutMergedStatistics(
            merged, Grid.DimY, rowsPerTile * tilesPerGroup, rows, columns, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, scale);
    }

    /// <summary>What a block makes of the tiles of its 32 columns; all threads must call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutMergedStatistics(
        ArrayView<float> partials, int tiles, int rowsPerTile, int rows, int columns, ArrayView<float> gamma, ArrayView<float> beta,
        ArrayView<float> runningMean, ArrayView<float> runningVariance, ArrayView<float> mean, ArrayView<float> inverseDeviation, ArrayView<float> scale)
    {
        int column = (Grid.IdxX * ColumnStatistics.MergeColumns) + Group.IdxX;
        MergedColumn of = ColumnStatistics.Merge(partials, 0, tiles, rowsPerTile, rows, column, columns);
        if (column >= columns || Group.IdxY > 0) return;
        PutStatistics(column, columns, of.Mean, of.Squares, rows, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, scale);
    }

    /// <summary>What forward and backward need of a column with a mean, the squares about it and so many rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutStatistics(
        int column, int columns, double centre, double squares, double rows, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> runningMean,
        ArrayView<float> runningVariance, ArrayView<float> mean, ArrayView<float> inverseDeviation, ArrayView<float> scale)
    {
        float inverse = (float)(1 / XMath.Sqrt((squares / rows) + BatchNormEpsilon));
        mean[column] = (float)centre;
        inverseDeviation[column] = inverse;
        runningMean[column] += BatchNormMomentum * ((float)centre - runningMean[column]);
        runningVariance[column] += BatchNormMomentum * ((float)(squares / (rows - 1)) - runningVariance[column]);
        float factor = gamma[column] * inverse;
        scale[column] = factor;
        scale[column + columns] = (float)(beta[column] - (centre * factor));
    }

    /// <summary>A thread per column.</summary>
    private static void BatchNormRunningKernel(
        ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> runningMean, ArrayView<float> runningVariance, ArrayView<float> scale, int columns)
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (column >= columns) return;
        float factor = (float)(gamma[column] / XMath.Sqrt((double)runningVariance[column] + BatchNormEpsilon));
        scale[column] = factor;
        scale[column + columns] = beta[column] - (runningMean[column] * factor);
    }

    /// <summary>A thread owns one pack of columns, keeps their factor and shift in registers and has two of its rows on the way at a time; a warp reads whole
    /// rows one behind the other. Reads x and the residual once and writes y once.</summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void BatchNormApplyKernel<TPack>(
        ArrayView<TPack> x, ArrayView<TPack> residual, PackTarget<TPack> y, ArrayView<float> scale, int rows, int packs, int rowsPerBlock, bool hasResidual,
        bool relu)
        where TPack : unmanaged, IPack<TPack>
    {
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, first = Grid.IdxX * rowsPerBlock, last = IntrinsicMath.Min(rows, first + rowsPerBlock);
        if (column >= packs) return;
        Lanes factor = Lanes.Load(scale, column, TPack.Width), shift = Lanes.Load(scale, (long)column + packs, TPack.Width);
        int step = Group.DimY, row = first + Group.IdxY;
        for (; row + step < last; row += 2 * step)
        {
            long at = ((long)row * packs) + column, next = at + ((long)step * packs);
            TPack input = x[at], nextInput = x[next], added = default, nextAdded = default;
            if (hasResidual)
            {
                added = residual[at]; // Before anything waits for the input.
                nextAdded = residual[next];
            }

            y[at] = Normalized(input, added, factor, shift, hasResidual, relu);
            y[next] = Normalized(nextInput, nextAdded, factor, shift, hasResidual, relu);
        }

        if (row < last)
        {
            long at = ((long)row * packs) + column;
            TPack input = x[at], added = default;
            if (hasResidual) added = residual[at];
            y[at] = Normalized(input, added, factor, shift, hasResidual, relu);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Normalized<TPack>(TPack input, TPack added, Lanes factor, Lanes shift, bool hasResidual, bool relu)
        where TPack : unmanaged, IPack<TPack>
    {
        Lanes value = (TPack.ToLanes(input) * factor) + shift;
        if (hasResidual) value += TPack.ToLanes(added);
        return relu ? value.Rectified() : value;
    }
}
