using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    // Columns that a block sums up: 128 bytes of bfloat16, and few enough that the last block of them is soon through with all tiles.
    private const int ColumnsOfTerms = 64;

    /// <inheritdoc/>
    private protected override void BatchNormBackwardCore(
        Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual)
    {
        Tensor output = relu ? y : default;
        Packing packing = Packing.Of(x.Columns, [dy, x, output, dx, dresidual]);
        ColumnTiles tiles = new(x.Rows, x.Columns, packing.Width);
        ColumnTiles summed = new(x.Rows, x.Columns, packing.Width, Math.Max(1, ColumnsOfTerms / packing.Width));
        DeviceSpan partials = scratch.Take(ColumnStatistics.Place, 2L * summed.Tiles * x.Columns);
        DeviceSpan terms = scratch.Take("batch-norm gradient terms", 3L * x.Columns);
        Launch(
            packing.Choose(
                BatchNormGradientSumsKernel<Float32x1>, BatchNormGradientSumsKernel<Float32x4>, BatchNormGradientSumsKernel<BFloat16x1>,
                BatchNormGradientSumsKernel<BFloat16x8>),
            summed.Grid(summed.RowsPerTile), summed.Threads, 0,
            packing.View(dy), packing.View(x), packing.View(output), mean, partials, summed.Rows, summed.Packs, summed.RowsPerTile, relu,
            Collective.Size > 1 ? default : ArrivedBlocks(summed.ColumnBlocks), gamma, inverseDeviation, dgamma, dbeta, terms);
        if (Collective.Size > 1)
            GradientTermsOverRanks(partials, summed.Tiles, x.Rows, x.Columns, gamma, mean, inverseDeviation, dgamma, dbeta, terms);

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

    /// <summary>
    /// A block per tile and run of columns: Σ g and Σ g·(x − μ), [tiles, 2, C]. Reads dy, x and, where there is a ReLU, y once. Of one rank the last block of
    /// the columns adds to dγ and dβ and writes a, b and d of dx = a·g + b·x + d, [3, C].
    /// </summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void BatchNormGradientSumsKernel<TPack>(
        ArrayView<TPack> dy, ArrayView<TPack> x, ArrayView<TPack> y, ArrayView<float> mean, ArrayView<float> partials, int rows, int packs, int rowsPerTile,
        bool relu, ArrayView<int> arrived, ArrayView<float> gamma, ArrayView<float> inverseDeviation, ArrayView<float> dgamma, ArrayView<float> dbeta,
        ArrayView<float> terms)
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
        if (column < packs && Group.IdxY == 0)
        {
            long target = (2L * Grid.IdxX * packs) + column;
            sums.First.Store(partials, target, TPack.Width);
            sums.Second.Store(partials, target + packs, TPack.Width);
        }

        if (arrived.Length == 0 || !LastBlock.Is(arrived, Grid.IdxY, Grid.DimX)) return;
        int columns = packs * TPack.Width, ofBlock = Group.DimX * TPack.Width, from = Grid.IdxY * ofBlock;
        PutGradientTerms(
            partials, Grid.DimX, from, IntrinsicMath.Min(ofBlock, columns - from), rows, columns, gamma, mean, inverseDeviation, dgamma, dbeta, terms);
    }

    /// <summary>The terms of some columns from all tiles, by all threads of a block: so many to a column as there are for all, a power of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutGradientTerms(
        ArrayView<float> partials, int tiles, int first, int count, int rows, int columns, ArrayView<float> gamma, ArrayView<float> mean,
        ArrayView<float> inverseDeviation, ArrayView<float> dgamma, ArrayView<float> dbeta, ArrayView<float> terms)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ColumnTiles.MostThreads);
        int threads = Group.DimX * Group.DimY, at = (Group.IdxY * Group.DimX) + Group.IdxX, together = IntrinsicMath.Min(count, threads), share = 1;
        while (2 * share * together <= threads) share *= 2;
        int row = at / together;
        for (int start = 0; start < count; start += together)
        {
            int column = first + start + at - (row * together);
            bool exists = row < share && column < first + count;
            double sum = 0, product = 0;
            if (exists)
            {
                // Eight loads on the way at a time.
                long stride = 2L * share * columns, place = (2L * row * columns) + column;
                int tile = row;
                for (; tile + (3 * share) < tiles; tile += 4 * share, place += 4 * stride)
                {
                    float a = partials[place], b = partials[place + stride], c = partials[place + (2 * stride)], d = partials[place + (3 * stride)];
                    float e = partials[place + columns], f = partials[place + stride + columns], g = partials[place + (2 * stride) + columns];
                    float h = partials[place + (3 * stride) + columns];
                    sum += ((double)a + b) + ((double)c + d);
                    product += ((double)e + f) + ((double)g + h);
                }

                for (; tile < tiles; tile += share, place += stride)
                {
                    sum += partials[place];
                    product += partials[place + columns];
                }
            }

            sum = SumOfShares(sum, shared, at, together, share);
            product = SumOfShares(product, shared, at, together, share);
            if (!exists || row > 0) continue;
            product *= inverseDeviation[column];
            dbeta[column] += (float)sum;
            dgamma[column] += (float)product;
            PutGradientTerms(column, columns, sum, product, rows, gamma, mean, inverseDeviation, terms);
        }
    }

    /// <summary>The sum over the threads of a column, for the first of them; all threads of the block must call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfShares(double own, ArrayView<double> shared, int at, int together, int share)
    {
        Group.Barrier(); // Another sum may still be read.
        shared[at] = own;
        Group.Barrier();
        for (int half = share / 2; half > 0; half /= 2)
        {
            if (at < half * together) shared[at] += shared[at + (half * together)];
            Group.Barrier();
        }

        return shared[at];
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
