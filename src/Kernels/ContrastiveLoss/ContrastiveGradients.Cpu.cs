using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The second pass: the dot products, spilled or computed again, become weights, and a tile of weights meets the keys for dq and the queries for dk.
public sealed partial class CpuOps
{
    private unsafe struct WeighRows : IChunks
    {
        public ContrastiveBlock Block;

        public void Run(int chunk, int worker)
        {
            int depth = Block.Pairs.Depth, width = Block.Width, stride = Block.TileStride;
            long panelFloats = Block.Spill == null ? (long)Block.Columns * depth : 0, valueFloats = (long)width * Block.Columns;
            float* panels = Block.Scratch.OfWorker(worker, panelFloats + (2 * valueFloats) + ((long)ContrastiveTileRows * stride));
            float* values = panels + panelFloats, dkTile = values + valueFloats, weights = dkTile + valueFloats;
            Span<RowScale> scales = Block.References == null ? default : stackalloc RowScale[Block.Rows];
            float* partial = Block.Partial + ((long)chunk * Block.Capacity * width);
            int firstTile = chunk * Block.TilesPerWeighing, lastTile = Math.Min(Block.Tiles, firstTile + Block.TilesPerWeighing);
            for (int t = firstTile; t < lastTile; t++)
            {
                (int firstKey, int columns, int whole) = Block.KeysOf(t);
                float* keys = Block.Pairs.Keys + ((long)firstKey * depth);
                if (Block.Spill == null) Gemm.PackRight(keys, depth, true, 0, columns, depth, panels);
                if (Block.WeighsQueries) Gemm.PackRight(keys, depth, false, 0, depth, columns, values);
                for (int first = 0; first < Block.Rows; first += ContrastiveTileRows)
                {
                    int rows = Math.Min(ContrastiveTileRows, Block.Rows - first), padded = RoundUp(rows, MicroKernel.TileRows);
                    float* dots = Block.Spill == null ? weights : Block.Spill + ((((long)t * Block.Capacity) + first) * Block.Columns);
                    int dotStride = Block.Spill == null ? stride : Block.Columns;
                    if (Block.Spill == null) DotTile(Block.Strips + ((long)first * depth), padded, panels, whole, depth, dots, stride);
                    for (int i = 0; i < rows; i++)
                    {
                        if (Block.References == null) Weigh(dots + (i * dotStride), weights + (i * stride), first + i, firstKey, columns, whole);
                        else Scale(dots + (i * dotStride), weights + (i * stride), first + i, t, whole, ref scales[first + i]);
                    }

                    if (Block.WeighsQueries) AddProducts(weights, stride, padded, values, columns, width, partial + ((long)first * width), t > firstTile);
                    float* next = Block.Spill == null ? null : Block.Spill + ((((long)t * Block.Capacity) + first + rows) * Block.Columns);
                    if (Block.Dk != null) AddKeyGradients(weights, rows, whole, first, dkTile, next);
                }

                if (Block.Dk != null) StoreKeyGradients(firstKey, columns, dkTile);
            }
        }

        /// <summary>weights = spilled exponentials, relative now to the row's maximum, times the row's factor.</summary>
        private void Scale(float* exponentials, float* weights, int row, int tile, int whole, ref RowScale scale)
        {
            // A running maximum soon stands still: an exponential for each row and tile would cost as much as for all of its keys.
            float reference = Block.References[((long)tile * Block.Capacity) + row];
            if (scale.Factor == 0 || reference != scale.Reference)
            {
                RowFactors factors = Block.Factors[row];
                scale = new(reference, (float)(factors.BySum * Math.Exp(((double)reference - factors.Maximum) / Block.Pairs.Temperature)));
            }

            TensorPrimitives.Multiply(new ReadOnlySpan<float>(exponentials, whole), scale.Factor, new Span<float>(weights, whole));
        }

        private void Weigh(float* dots, float* weights, int row, int firstKey, int columns, int whole)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            RowFactors factors = Block.Factors[row];
            int query = Block.FirstRow + row;
            if (Block.Spill == null) pairs.Mask(dots, query, firstKey, columns, whole);
            if (pairs.Tilt == 0) WeightRow.Of(dots, weights, whole, factors.Maximum, pairs.Scale, factors.BySum);
            else WeightRow.OfTwo(dots, weights, whole, factors.Maximum, pairs.Scale, factors.BySum, pairs.TiltedScale, factors.ByTiltedSum);
            if (!pairs.EqualLabelsArePositives) return;
            LabelRow.Add(weights, pairs.KeyLabels + firstKey, pairs.Label(query), columns, factors.ByEqualLabel);
            int ignored = pairs.IgnoredKey(query);
            if (ignored >= firstKey && ignored < firstKey + columns) weights[ignored - firstKey] = 0;
        }

        /// <summary>dkTile [whole, width] (+)= weightsᵀ · queries: eight columns of the weights, read where they lie, are a strip.</summary>
        /// <remarks>Meanwhile the next rows of the spill, which come from memory, find their way into the second-level cache.</remarks>
        private void AddKeyGradients(float* weights, int rows, int whole, int first, float* dkTile, float* next)
        {
            int width = Block.Width, ahead = next == null ? 0 : rows * Block.Columns / (width / MicroKernel.TileColumns * (whole / MicroKernel.TileRows));
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                float* panel = Block.Panels + ((long)d * Block.Capacity) + ((long)first * MicroKernel.TileColumns);
                for (int j = 0; j < whole; j += MicroKernel.TileRows)
                {
                    Prefetch.ToSecondLevel(next, ahead);
                    next += ahead;
                    MicroKernel.StripTimesPanel(
                        weights + j, Block.TileStride, rows, panel, dkTile + ((long)j * width) + d, width, MicroKernel.TileRows, MicroKernel.TileColumns, first > 0);
                }
            }
        }

        private void StoreKeyGradients(int firstKey, int columns, float* dkTile)
        {
            int depth = Block.Pairs.Depth;
            for (int j = 0; j < columns; j++)
            {
                Span<float> target = Row(Block.Dk, firstKey + j, depth);
                ReadOnlySpan<float> sums = new(dkTile + ((long)j * Block.Width), depth);
                if (Block.FirstRow == 0) sums.CopyTo(target);
                else TensorPrimitives.Add(target, sums, target);
            }

            if (!Block.Pairs.HasPositiveKeys) return;
            for (int row = 0; row < Block.Rows; row++)
            {
                // The positive's weight is near 1 and comes last: added first, it would take the digits of all the small ones.
                int query = Block.FirstRow + row, positive = Block.Pairs.PositiveKey(query);
                if (positive < firstKey || positive >= firstKey + columns) continue;
                Span<float> target = Row(Block.Dk, positive, depth);
                TensorPrimitives.MultiplyAdd(Row(Block.Pairs.Queries, query, depth), Block.Factors[row].ByPositive, target, target);
            }
        }
    }

    private readonly record struct RowScale(float Reference, float Factor);

    /// <summary>dq of a row from the runs' parts and its positive.</summary>
    private unsafe struct AddRuns : IChunks
    {
        public const int PerChunk = 16;
        public ContrastiveBlock Block;

        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Block.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++) Add(Block, row, weighted: false);
        }

        /// <summary>The runs' parts in their order, each by its weight where it is a sum of exponentials below the run's own maximum, then the positive.</summary>
        public static void Add(in ContrastiveBlock block, int row, bool weighted)
        {
            int depth = block.Pairs.Depth, query = block.FirstRow + row;
            RowFactors factors = block.Factors[row];
            Span<float> dq = Row(block.Dq, query, depth);
            dq.Clear();
            for (int run = 0; run < block.Runs; run++)
            {
                long place = ((long)run * block.Capacity) + row;
                ReadOnlySpan<float> part = new(block.Partial + (place * block.Width), depth);
                if (!weighted)
                {
                    TensorPrimitives.Add(dq, part, dq);
                    continue;
                }

                float weight = (float)(factors.BySum * Math.Exp(((double)block.Streams[place].Maximum - factors.Maximum) / block.Pairs.Temperature));
                TensorPrimitives.MultiplyAdd(part, weight, dq, dq);
            }

            float* positive = block.Pairs.PositiveRow(query);
            if (positive != null) TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(positive, depth), factors.ByPositive, dq, dq);
        }
    }

    /// <summary>sums [padded, width] (+)= weights [padded, columns] · values [columns, width], 8 rows and 32 columns at a time; the weights are read where they lie.</summary>
    private static unsafe void AddProducts(float* weights, int stride, int padded, float* values, int columns, int width, float* sums, bool accumulate)
    {
        float** shares = stackalloc float*[MicroKernel.TileRows], targets = stackalloc float*[MicroKernel.TileRows];
        for (int d = 0; d < width; d += MicroKernel.TileColumns)
        {
            float* panel = values + ((long)d * columns);
            for (int i = 0; i < padded; i += MicroKernel.TileRows)
            {
                for (int k = 0; k < MicroKernel.TileRows; k++)
                {
                    shares[k] = weights + ((i + k) * stride);
                    targets[k] = sums + ((long)(i + k) * width);
                }

                MicroKernel.RowsTimesPanel(shares, 1, 0, columns, panel, targets, d, MicroKernel.TileColumns, accumulate);
            }
        }
    }
}
