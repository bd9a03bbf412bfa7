using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void BatchNormBackwardCore(
        Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual)
    {
        Tensor output = relu ? y : default;
        Packing packing = Packing.Of(x.Columns, [dy, x, output, dx, dresidual]);
        ColumnTiles tiles = new(x.Rows, x.Columns, packing.Width);
        DeviceSpan partials = scratch.Take(ColumnStatistics.Place, 2L * tiles.Tiles * x.Columns);
        DeviceSpan terms = scratch.Take("batch-norm gradient terms", 3L * x.Columns);
        Launch(
            packing.Choose(
                BatchNormGradientSumsKernel<Float32x1>, BatchNormGradientSumsKernel<Float32x4>, BatchNormGradientSumsKernel<BFloat16x1>,
                BatchNormGradientSumsKernel<BFloat16x8>),
            tiles.Grid(tiles.RowsPerTile), tiles.Threads, 0,
            packing.View(dy), packing.View(x), packing.View(output), mean, partials, tiles.Rows, tiles.Packs, tiles.RowsPerTile, relu);
        if (Collective.Size > 1)
        {
            GradientTermsOverRanks(partials, tiles.Tiles, x.Rows, x.Columns, gamma, mean, inverseDeviation, dgamma, dbeta, terms);
        }
        else
        {
            LaunchMerge(
                BatchNormGradientTermsKernel, x.Columns, partials, tiles.Tiles, x.Rows, x.Columns, gamma, mean, inverseDeviation, dgamma, dbeta, terms);
        }

        int rowsPerBlock = tiles.RowsPerBlock(device.Multiprocessors);
        Launch(
            packing.Choose(
                BatchNormGradientKernel<Float32x1>, BatchNormGradientKernel<Float32x4>, BatchNormGradientKernel<BFloat16x1>,
                BatchNormGradientKernel<BFloat16x8>),
            tiles.Grid(rowsPerBlock), tiles.Threads, 0,
            packing.View(dy), packing.View(x), packing.View(output), KernelArgument.Address(dx), KernelArgument.Address(dresidual), terms, tiles.Rows,
            tiles.Packs, rowsPerBlock, relu,
            !dresidual.IsNone);
    }

    /// <summary>A block per tile and run of columns: Σ g and Σ g·(x − μ), [tiles, 2, C]. Reads dy, x and, where there is a ReLU, y once.</summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void BatchNormGradientSumsKernel<TPack>(
        ArrayView<TPack> dy, ArrayView<TPack> x, ArrayView<TPack> y, ArrayView<float> mean, ArrayView<float> partials, int rows, int packs, int rowsPerTile,
        bool relu)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> first = SharedMemory.Allocate<float>(ColumnReduction.SharedFloats);
        ArrayView<float> second = SharedMemory.Allocate<float>(ColumnReduction.SharedFloats);
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, start = Grid.IdxX * rowsPerTile, last = IntrinsicMath.Min(rows, start + rowsPerTile);
        TwoLanes sums = default;
        if (column < packs)
        {
            Lanes centre = Lanes.Load(mean, column, TPack.Width);
            for (int row = start + Group.IdxY; row < last; row += Group.DimY)
            {
                long at = ((long)row * packs) + column;
                TPack gradient = dy[at], input = x[at], output = default;
                if (relu) output = y[at]; // Before anything waits for the gradient.
                Lanes g = TPack.ToLanes(gradient);
                if (relu) g = g.Where(TPack.ToLanes(output));
                sums.First += g;
                sums.Second += g * (TPack.ToLanes(input) - centre);
            }
        }

        sums = ColumnReduction.Sum(sums, first, second, TPack.Width);
        if (column >= packs || Group.IdxY > 0) return;
        long target = (2L * Grid.IdxX * packs) + column;
        sums.First.Store(partials, target, TPack.Width);
        sums.Second.Store(partials, target + packs, TPack.Width);
    }

    /// <summary>
    /// A block per 32 columns sums their tiles; the first row of threads adds to dγ and dβ and writes a, b and d of dx = a·g + b·x + d, [3, C].
    /// </summary>
    [LaunchBounds(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows)]
    private static void BatchNormGradientTermsKernel(
        ArrayView<float> partials, int tiles, int rows, int columns, ArrayView<float> gamma, ArrayView<float> mean, ArrayView<float> inverseDeviation,
        ArrayView<float> dgamma,
        ArrayView<float> dbeta, ArrayView<float> terms)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ColumnStatistics.MergeColumns * ColumnStatistics.MergeRows);
        int column = (Grid.IdxX * ColumnStatistics.MergeColumns) + Group.IdxX;
        double sum = ColumnStatistics.Sum(partials, tiles, 0, column, columns, shared);
        double product = ColumnStatistics.Sum(partials, tiles, 1, column, columns, shared);
        if (column >= columns || Group.IdxY > 0) return;
        product *= inverseDeviation[column];
        dbeta[column] += (float)sum;
        dgamma[column] += (float)product;
        PutGradientTerms(column, columns, sum, product, rows, gamma, mean, inverseDeviation, terms);
    }

    /// <summary>a, b and d of a column from Σ g, Σ g·x̂ and the rows that they are over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutGradientTerms(
        int column, int columns, double sum, double product, double rows, ArrayView<float> gamma, ArrayView<float> mean, ArrayView<float> inverseDeviation,
        ArrayView<float> terms)
    {
        double inverse = inverseDeviation[column], scale = gamma[column] * inverse;
        double slope = -scale * inverse * product / rows;
        terms[column] = (float)scale;
        terms[column + columns] = (float)slope;
        terms[column + (2 * columns)] = (float)((-scale * sum / rows) - (slope * mean[column]));
    }

    /// <summary>
    /// A thread owns one pack of columns and keeps their terms in registers. Reads dy, x and, where there is a ReLU, y once; writes dx and dresidual once.
    /// </summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void BatchNormGradientKernel<TPack>(
        ArrayView<TPack> dy, ArrayView<TPack> x, ArrayView<TPack> y, PackTarget<TPack> dx, PackTarget<TPack> dresidual, ArrayView<float> terms, int rows,
        int packs,
        int rowsPerBlock, bool relu, bool hasResidual)
        where TPack : unmanaged, IPack<TPack>
    {
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, first = Grid.IdxX * rowsPerBlock, last = IntrinsicMath.Min(rows, first + rowsPerBlock);
        if (column >= packs) return;
        Lanes a = Lanes.Load(terms, column, TPack.Width), b = Lanes.Load(terms, (long)column + packs, TPack.Width);
        Lanes d = Lanes.Load(terms, column + (2L * packs), TPack.Width);
        for (int row = first + Group.IdxY; row < last; row += Group.DimY)
        {
            long at = ((long)row * packs) + column;
            TPack gradient = dy[at], input = x[at], output = default;
            if (relu) output = y[at]; // Before anything waits for the gradient.
            Lanes g = TPack.ToLanes(gradient);
            if (relu) g = g.Where(TPack.ToLanes(output));
            if (hasResidual) dresidual[at] = g;
            dx[at] = (a * g) + ((b * TPack.ToLanes(input)) + d);
        }
    }
}
