using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <remarks>
/// Over several ranks a batch norm gathers a record of each, in float64: two numbers of every column, [2, C], and the rank's rows. So ranks may have other
/// numbers of rows, and all of them merge the records in the order of the ranks.
/// </remarks>
public sealed partial class CudaOps
{
    private const int ColumnThreads = 128;

    /// <summary>Statistics over all ranks' rows from the own tiles, and what <see cref="BatchNormStatisticsKernel"/> leaves of them.</summary>
    private void StatisticsOverRanks(
        ColumnPartials partials, int rows, int columns, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean,
        Tensor inverseDeviation, DeviceSpan scale)
    {
        DeviceSpan all = RankRecords(columns);
        LaunchMerge(BatchNormRankMomentsKernel, columns, partials.Partials, partials.Tiles, partials.RowsPerTile, rows, columns, OwnRecord(all, columns));
        Exchange.AllGather(all.Address, RecordLength(columns) * sizeof(double));
        Launch(
            BatchNormMomentsOfRanksKernel, Tiling.Blocks(columns, ColumnThreads), ColumnThreads, 0, all, Collective.Size, columns, gamma, beta, runningMean,
            runningVariance, mean, inverseDeviation, scale);
    }

    /// <summary>dγ and dβ from the own tiles, and the terms of dx from all ranks' sums.</summary>
    private void GradientTermsOverRanks(
        DeviceSpan partials, int tiles, int rows, int columns, Tensor gamma, Tensor mean, Tensor inverseDeviation, Tensor dgamma, Tensor dbeta,
        DeviceSpan terms)
    {
        DeviceSpan all = RankRecords(columns);
        LaunchMerge(BatchNormRankGradientsKernel, columns, partials, tiles, rows, columns, inverseDeviation, dgamma, dbeta, OwnRecord(all, columns));
        Exchange.AllGather(all.Address, RecordLength(columns) * sizeof(double));
        Launch(
            BatchNormTermsOfRanksKernel, Tiling.Blocks(columns, ColumnThreads), ColumnThreads, 0, all, Collective.Size, columns, gamma, mean,
            inverseDeviation, terms);
    }

    private DeviceSpan RankRecords(int columns) => scratch.Take("batch-norm sums of ranks", Collective.Size * RecordLength(columns), sizeof(double));

    private DeviceSpan OwnRecord(DeviceSpan all, int columns)
    {
        long length = RecordLength(columns);
        return new(all.Address + (nint)(Collective.Rank * length * sizeof(double)), length);
    }

    private static long RecordLength(int columns) => (2L * columns) + 1;

    /// <summary>A block per 32 columns merges the own tiles to mean and squares about it.</summary>
    [LaunchBounds(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows)]
    private static void BatchNormRankMomentsKernel(ArrayView<float> partials, int tiles, int rowsPerTile, int rows, int columns, ArrayView<double> record)
    {
        int column = (Grid.IdxX * ColumnStatistics.MergeColumns) + Group.IdxX;
        MergedColumn of = ColumnStatistics.Merge(partials, 0, tiles, rowsPerTile, rows, column, columns);
        if (column >= columns || Group.IdxY > 0) return;
        PutRecord(record, column, columns, rows, of.Mean, of.Squares);
    }

    /// <summary>A thread per column merges the ranks in their order (Chan, Golub and LeVeque 1983).</summary>
    private static void BatchNormMomentsOfRanksKernel(
        ArrayView<double> all, int ranks, int columns, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> runningMean,
        ArrayView<float> runningVariance, ArrayView<float> mean, ArrayView<float> inverseDeviation, ArrayView<float> scale)
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (column >= columns) return;
        long length = (2L * columns) + 1;
        double centre = all[column], squares = all[column + columns], count = all[2L * columns];
        for (int rank = 1; rank < ranks; rank++)
        {
            long at = (rank * length) + column;
            double difference = all[at] - centre, n = all[((rank + 1) * length) - 1], total = count + n;
            squares += all[at + columns] + (difference * difference * count * n / total);
            centre += difference * n / total;
            count = total;
        }

        PutStatistics(column, columns, centre, squares, count, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, scale);
    }

    /// <summary>A block per 32 columns sums the own tiles; the first row of threads adds to dγ and dβ.</summary>
    [LaunchBounds(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows)]
    private static void BatchNormRankGradientsKernel(
        ArrayView<float> partials, int tiles, int rows, int columns, ArrayView<float> inverseDeviation, ArrayView<float> dgamma, ArrayView<float> dbeta,
        ArrayView<double> record)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows);
        int column = (Grid.IdxX * ColumnStatistics.MergeColumns) + Group.IdxX;
        double sum = ColumnStatistics.Sum(partials, tiles, 0, column, columns, shared);
        double product = ColumnStatistics.Sum(partials, tiles, 1, column, columns, shared);
        if (column >= columns || Group.IdxY > 0) return;
        product *= inverseDeviation[column];
        dbeta[column] += (float)sum;
        dgamma[column] += (float)product;
        PutRecord(record, column, columns, rows, sum, product);
    }

    /// <summary>A thread per column adds the ranks up in their order.</summary>
    private static void BatchNormTermsOfRanksKernel(
        ArrayView<double> all, int ranks, int columns, ArrayView<float> gamma, ArrayView<float> mean, ArrayView<float> inverseDeviation, ArrayView<float> terms)
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (column >= columns) return;
        long length = (2L * columns) + 1;
        double sum = 0, product = 0, count = 0;
        for (int rank = 0; rank < ranks; rank++)
        {
            long at = (rank * length) + column;
            sum += all[at];
            product += all[at + columns];
            count += all[((rank + 1) * length) - 1];
        }

        PutGradientTerms(column, columns, sum, product, count, gamma, mean, inverseDeviation, terms);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutRecord(ArrayView<double> record, int column, int columns, int rows, double first, double second)
    {
        record[column] = first;
        record[column + columns] = second;
        if (column == 0) record[2L * columns] = rows;
    }
}
