using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The second pass: the dot products, cached or computed again, become weights, and a tile of weights meets the keys for dq and the queries for dk.
public sealed partial class CpuOps
{
    private unsafe struct WeighRows : IChunks
    {
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            // What was cached last is nearest: some of it lies in a cache yet.
            if (Block.TileOffsets != null) MultiplyCached(Block.WeighPieces - 1 - chunk, worker);
            else WeighAndMultiply(chunk, worker);
        }

        /// <summary>
        /// dk of cached exponentials, read where they lie: what makes weights of them, a factor of each row and offset, goes into the queries.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MultiplyCached(int piece, int worker)
        {
            const int TileRows = ContrastiveBlock.TileRows, Step = MicroKernel.TileRows;
            int depth = Block.Pairs.Depth, width = Block.Width, tiles = (Block.Rows + TileRows - 1) / TileRows;
            float* values = Block.Scratch.OfWorker(worker, ((long)width * Block.Capacity) + width), beyond = values + ((long)width * Block.Capacity);
            Span<float> offsets = stackalloc float[Block.Rows];
            offsets.Fill(float.NaN); // equal to none
            float** exponentials = stackalloc float*[tiles * Step], dkRows = stackalloc float*[Block.TileKeys];
            int ahead = Step * Math.Min(TileRows, Block.PaddedRows);
            Taps depthSteps = new() { Count = tiles, Depth = TileRows, LastDepth = Block.Rows - ((tiles - 1) * TileRows),
                Rate = Step * MicroKernel.TileColumns / width };
            int lastTile = Math.Min(Block.Tiles, (piece + 1) * Block.TilesPerWeighing);
            for (int t = piece * Block.TilesPerWeighing; t < lastTile; t++)
            {
                (int firstKey, int keys, int whole) = Block.KeysOf(t);
                for (int row = 0; row < Block.Rows; row++) Scale(row, Block.TileOffsets[((long)t * Block.Capacity) + row], values, ref offsets[row]);
                PointAtKeyGradients(firstKey, keys, whole, beyond, dkRows);
                for (int j = 0; j < whole; j += Step)
                {
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        int first = tile * TileRows, stride = Math.Min(TileRows, Block.PaddedRows - first);
                        PointAt(Block.CachedLogitsOf(t, first) + ((long)j * stride), stride, Step, exponentials + (tile * Step));
                    }

                    for (int d = 0; d < depth; d += MicroKernel.TileColumns)
                    {
                        // The exponentials of the next eight keys come from memory while these are multiplied: with each panel of the depth a part of them.
                        depthSteps.Ahead = ahead + (d * ahead / width);
                        MicroKernel.RowsTimesPanel(
                            exponentials, depthSteps, values + ((long)d * Block.Capacity), dkRows + j, d, Math.Min(MicroKernel.TileColumns, depth - d),
                            Block.FirstRow > 0);
                    }
                }

                AddPositives(firstKey, keys);
            }
        }

        /// <summary>
        /// values = queries times what makes weights of their exponentials. An offset soon stands still, and most rows of most tiles need nothing.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Scale(int row, float offset, float* values, ref float present)
        {
            if (offset == present) return;
            present = offset;
            float factor = Block.FactorFrom(offset, row);
            for (int d = 0; d < Block.Width; d += MicroKernel.TileColumns)
            {
                long place = ((long)d * Block.Capacity) + ((long)row * MicroKernel.TileColumns);
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(Block.QueryValues + place, MicroKernel.TileColumns), factor,
                    new Span<float>(values + place, MicroKernel.TileColumns));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void WeighAndMultiply(int chunk, int worker)
        {
            int depth = Block.Pairs.Depth, width = Block.Width, padded = Block.PaddedRows;
            long tileFloats = (long)Block.TileKeys * ContrastiveBlock.TileRows, valueFloats = Block.WeighsQueries ? (long)width * Block.TileKeys : 0;
            float* tile = Block.Scratch.OfWorker(worker, tileFloats + valueFloats + width), values = tile + tileFloats, beyond = values + valueFloats;
            float** keyRows = stackalloc float*[Block.TileKeys], tileRows = stackalloc float*[Block.TileKeys], dkRows = stackalloc float*[Block.TileKeys];
            float* partial = Block.Partial + ((long)chunk * Block.Capacity * width);
            int firstTile = chunk * Block.TilesPerWeighing, lastTile = Math.Min(Block.Tiles, firstTile + Block.TilesPerWeighing);
            SumRows summing = new() { Block = Block };
            if (Block.SumsWhileWeighing) summing.Begin(chunk, 0, padded);
            for (int t = firstTile; t < lastTile; t++)
            {
                (int firstKey, int keys, int whole) = Block.KeysOf(t);
                PointAtKeys(Block.Pairs, firstKey, keys, whole, keyRows);
                PointAtKeyGradients(firstKey, keys, whole, beyond, dkRows);
                if (Block.WeighsQueries) Gemm.PackRight(keyRows[0], depth, false, 0, depth, keys, values);
                for (int first = 0; first < padded; first += ContrastiveBlock.TileRows)
                {
                    int rows = Math.Min(ContrastiveBlock.TileRows, padded - first);
                    float* cached = Block.CachedLogits == null ? null : Block.CachedLogitsOf(t, first);
                    PointAt(tile, rows, whole, tileRows);
                    for (int i = 0; i < rows; i += ContrastiveBlock.PanelRows)
                    {
                        float* queries = Block.QueryPanels + ((long)(first + i) * depth);
                        if (cached == null && Block.CanFuse(first + i, firstKey, keys))
                        {
                            WeighFused(keyRows, whole, queries, tileRows, i, first + i);
                            continue;
                        }

                        if (cached == null) DotTiles.OfRows(keyRows, whole, depth, queries, tileRows, i);
                        if (Block.SumsWhileWeighing)
                        {
                            summing.Add(new() { Dots = tile + i, Stride = rows, Row = first + i, FirstKey = firstKey, Keys = keys, Split = chunk }, 0);
                            continue;
                        }

                        Weigh(tile + i, cached == null ? tile + i : cached + i, rows, first + i, firstKey, keys);
                    }

                    if (Block.WeighsQueries) DotTiles.AddTransposedProducts(tile, rows, values, keys, width, partial + ((long)first * width), t > firstTile);
                    if (Block.Dk == null) continue;
                    for (int d = 0; d < depth; d += MicroKernel.TileColumns)
                    {
                        float* panel = Block.QueryValues + ((long)d * Block.Capacity) + ((long)first * MicroKernel.TileColumns);
                        for (int j = 0; j < whole; j += MicroKernel.TileRows)
                        {
                            MicroKernel.RowsTimesPanel(
                                tileRows + j, 1, 0, Math.Min(rows, Block.Rows - first), panel, dkRows + j, d, Math.Min(MicroKernel.TileColumns, depth - d),
                                first + Block.FirstRow > 0);
                        }
                    }
                }

                if (Block.Dk != null) AddPositives(firstKey, keys);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void WeighFused(float** keyRows, int whole, float* queries, float** tileRows, int column, int row)
        {
            float* sums = stackalloc float[ContrastiveBlock.PanelRows]; // not read
            PanelWeights weighing = new() { Offsets = Block.Factors.Offsets + row, Factors = Block.Factors.BySum + row, Scale = Block.Pairs.Scale };
            for (int j = 0; j < whole; j += MicroKernel.TileRows)
                MicroKernel.Exponentials(keyRows + j, Block.Pairs.Depth, queries, tileRows + j, column, weighing, float.PositiveInfinity, sums, queries, 0);
        }

        /// <summary>A panel of a tile becomes weights: of the dot products that it holds, or of those cached.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Weigh(float* weights, float* dots, int stride, int row, int firstKey, int keys)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int query = Block.FirstRow + row, rows = Math.Min(ContrastiveBlock.PanelRows, Block.Rows - row);
            int* labels = stackalloc int[ContrastiveBlock.PanelRows], counts = stackalloc int[ContrastiveBlock.PanelRows];
            if (Block.CachedLogits == null && pairs.Masks) Block.Mask(dots, stride, row, firstKey, keys, counts);

            if (pairs.IsOfPairs)
            {
                LogisticPanel.Weights(dots, weights, stride, keys, pairs.Logit, Block.Factors.BySum + row);
                return;
            }

            PanelWeights weighing = new()
            {
                Offsets = Block.Factors.Offsets + row, Factors = Block.Factors.BySum + row, Scale = pairs.Scale,
                TiltedFactors = pairs.Concentration == 0 ? null : Block.Factors.ByTiltedSum + row, TiltedScale = pairs.TiltedScale,
            };
            LogitPanel.Weights(dots, weights, stride, keys, weighing);
            if (!pairs.EqualLabelsArePositives) return;
            pairs.CopyLabels(query, rows, labels);
            LabelPanel.Add(weights, stride, keys, pairs.KeyLabels + firstKey, labels, Block.Factors.ByEqualLabel + row);
            for (int i = 0; i < rows; i++)
            {
                int ignored = pairs.IgnoredKey(query + i) - firstKey;
                if (pairs.IgnoredKey(query + i) >= 0 && (uint)ignored < (uint)keys) weights[((long)ignored * stride) + i] = 0;
            }
        }

        /// <summary>The rows of dk that belong to a tile, and one that is not read for what fills it up.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void PointAtKeyGradients(int firstKey, int keys, int whole, float* beyond, float** rows)
        {
            if (Block.Dk == null) return;
            PointAt(Block.Dk + ((long)firstKey * Block.Pairs.Depth), Block.Pairs.Depth, keys, rows);
            for (int j = keys; j < whole; j++) rows[j] = beyond;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void AddPositives(int firstKey, int keys)
        {
            if (!Block.Pairs.HasPositiveKeys) return;
            int depth = Block.Pairs.Depth;
            for (int row = 0; row < Block.Rows; row++)
            {
                // The positive's weight is near 1 and comes last: added first, it would take the digits of all the small ones.
                int query = Block.FirstRow + row, positive = Block.Pairs.PositiveKey(query);
                if (positive < firstKey || positive >= firstKey + keys) continue;
                Span<float> target = Row(Block.Dk, positive, depth);
                TensorPrimitives.MultiplyAdd(Row(Block.Pairs.Queries, query, depth), Block.Factors.ByPositive[row], target, target);
            }
        }
    }

    /// <summary>dq of a row from the splits' parts and its positive.</summary>
    private unsafe struct AddSplits : IChunks
    {
        public const int PerChunk = 16;
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Block.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++) Add(Block, row, weighted: false);
        }

        /// <summary>
        /// The splits' parts in their order, each by its weight where it is a sum of exponentials below the split's own maximum, then the positive.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Add(in ContrastiveBlock block, int row, bool weighted)
        {
            int depth = block.Pairs.Depth, query = block.FirstRow + row;
            Span<float> dq = Row(block.Dq, query, depth);
            dq.Clear();
            for (int split = 0; split < block.Splits; split++)
            {
                long place = ((long)split * block.Capacity) + row;
                ReadOnlySpan<float> part = new(block.Partial + (place * block.Width), depth);
                if (!weighted)
                {
                    TensorPrimitives.Add(dq, part, dq);
                    continue;
                }

                TensorPrimitives.MultiplyAdd(part, block.FactorFrom(block.Offsets[place], row), dq, dq);
            }

            float* positive = block.Pairs.PositiveRow(query);
            if (positive != null) TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(positive, depth), block.Factors.ByPositive[row], dq, dq);
        }
    }

    /// <summary>The tile's keys; the last one fills it up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PointAtKeys(in ContrastivePairs pairs, int firstKey, int keys, int whole, float** rows)
    {
        PointAt(pairs.Keys + ((long)firstKey * pairs.Depth), pairs.Depth, keys, rows);
        for (int j = keys; j < whole; j++) rows[j] = rows[keys - 1];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PointAt(float* first, long stride, int count, float** rows)
    {
        for (int j = 0; j < count; j++) rows[j] = first + (j * stride);
    }
}
