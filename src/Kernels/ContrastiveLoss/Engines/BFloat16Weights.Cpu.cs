using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

// The second pass with products of bfloat16, as WeighRows has it of float32. A weight is rounded as it is stored; the sums of products stay float32.
public sealed partial class CpuOps
{
    private unsafe struct WeighRowsInBFloat16 : IChunks
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
        /// dk of cached exponentials, read where they lie, unnormalised: what makes weights of them, a factor of each row and offset, goes into the queries.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MultiplyCached(int piece, int worker)
        {
            const int TileRows = ContrastiveBlock.TileRows, Step = MicroKernel.TileRows;
            int depth = Block.Pairs.Depth, width = Block.Width, tiles = (Block.Rows + TileRows - 1) / TileRows, pairs = Block.Capacity / 2;
            float* beyond = Block.Scratch.OfWorker(worker, ((long)width * pairs) + (3L * width)), scaled = beyond + width;
            uint* values = (uint*)(scaled + (2 * width));
            Span<float> offsets = stackalloc float[Block.Rows];
            offsets.Fill(float.NaN); // equal to none
            uint** exponentials = stackalloc uint*[tiles * Step];
            float** dkRows = stackalloc float*[Block.TileKeys];
            int ahead = Step * Math.Min(TileRows, Block.PaddedRows) / 2;
            Taps depthSteps = new() { Count = tiles, Depth = TileRows / 2, LastDepth = (Block.Rows - ((tiles - 1) * TileRows) + 1) / 2,
                Rate = Step * MicroKernel.TileColumns / width };
            int lastTile = Math.Min(Block.Tiles, (piece + 1) * Block.TilesPerWeighing);
            WeighRows weighing = new() { Block = Block };
            for (int t = piece * Block.TilesPerWeighing; t < lastTile; t++)
            {
                (int firstKey, int keys, int whole) = Block.KeysOf(t);
                for (int row = 0; row < Block.Rows; row += 2) Scale(row, t, values, scaled, offsets);
                weighing.PointAtKeyGradients(firstKey, keys, whole, beyond, dkRows);
                for (int j = 0; j < whole; j += Step)
                {
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        int first = tile * TileRows, stride = Math.Min(TileRows, Block.PaddedRows - first);
                        PointAtWords(Block.CachedExponentialsOf(t, first) + ((long)j * stride), stride, Step, exponentials + (tile * Step));
                    }

                    for (int d = 0; d < depth; d += MicroKernel.TileColumns)
                    {
                        // The exponentials of the next eight keys come from memory while these are multiplied: with each panel of the depth a part of them.
                        depthSteps.Ahead = ahead + (d * ahead / width);
                        BFloat16Kernel.RowsTimesPanel(
                            exponentials, depthSteps, values + ((long)d * pairs), dkRows + j, d, Math.Min(MicroKernel.TileColumns, depth - d),
                            Block.FirstRow > 0);
                    }
                }

                weighing.AddPositives(firstKey, keys);
            }
        }

        /// <summary>
        /// values = a pair of queries times what makes weights of their exponentials. An offset soon stands still, and most rows of most tiles need nothing.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Scale(int row, int tile, uint* values, float* scaled, Span<float> present)
        {
            float* offsets = Block.TileOffsets + ((long)tile * Block.Capacity) + row;
            int depth = Block.Pairs.Depth, count = Math.Min(2, Block.Rows - row);
            if (offsets[0] == present[row] && (count == 1 || offsets[1] == present[row + 1])) return;
            for (int i = 0; i < count; i++)
            {
                present[row + i] = offsets[i];
                Span<float> query = Row(Block.Pairs.Queries, Block.FirstRow + row + i, depth);
                TensorPrimitives.Multiply(query, Block.FactorFrom(offsets[i], row + i), new Span<float>(scaled + (i * depth), depth));
            }

            WordPanels.PairOfValues(
                scaled, count == 1 ? null : scaled + depth, depth, values + ((long)row / 2 * MicroKernel.TileColumns),
                (long)Block.Capacity / 2 * MicroKernel.TileColumns);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void WeighAndMultiply(int chunk, int worker)
        {
            int width = Block.Width, padded = Block.PaddedRows, words = BFloat16Rows.Words(Block.Pairs.Depth);
            WordTile memory = new(Block, worker);
            float** dkRows = stackalloc float*[Block.TileKeys];
            float* partial = Block.Partial + ((long)chunk * Block.Capacity * width);
            int firstTile = chunk * Block.TilesPerWeighing, lastTile = Math.Min(Block.Tiles, firstTile + Block.TilesPerWeighing);
            SumRows summing = new() { Block = Block };
            WeighRows weighing = new() { Block = Block };
            if (Block.SumsWhileWeighing) summing.Begin(chunk, 0, padded);
            for (int t = firstTile; t < lastTile; t++)
            {
                (int firstKey, int keys, int whole) = Block.KeysOf(t);
                float* ofTile = Block.Pairs.Keys + ((long)firstKey * Block.Pairs.Depth);
                weighing.PointAtKeyGradients(firstKey, keys, whole, memory.Beyond, dkRows);
                if (Block.CachedLogits == null) memory.PackStrips(ofTile, keys);
                if (Block.WeighsQueries) memory.PackValues(ofTile, keys);
                for (int first = 0; first < padded; first += ContrastiveBlock.TileRows)
                {
                    int rows = Math.Min(ContrastiveBlock.TileRows, padded - first);
                    for (int i = 0; i < rows; i += ContrastiveBlock.PanelRows)
                    {
                        uint* queries = (uint*)Block.QueryPanels + ((long)(first + i) * words);
                        ushort* byRows = Block.Dk == null ? null : memory.ByRows + i;
                        uint* byPairs = Block.WeighsQueries ? memory.ByPairs + i : null;
                        if (Block.CachedLogits == null && Block.CanFuse(first + i, firstKey, keys))
                        {
                            WeighFused(memory, queries, keys, first + i, byRows, byPairs, rows);
                            continue;
                        }

                        float* cached = Block.CachedLogits == null ? memory.Panel : Block.CachedLogitsOf(t, first + i);
                        if (Block.CachedLogits == null) memory.Dots(queries, whole, memory.Panel);
                        if (Block.SumsWhileWeighing)
                        {
                            PanelOfKeys panel = new() { Dots = memory.Panel, Stride = ContrastiveBlock.PanelRows, Row = first + i, FirstKey = firstKey,
                                Keys = keys, Split = chunk };
                            summing.Add(panel, 0);
                        }
                        else
                        {
                            weighing.Weigh(memory.Panel, cached, ContrastiveBlock.PanelRows, first + i, firstKey, keys);
                        }

                        BFloat16Kernel.StoreWeights(
                            memory.Panel, ContrastiveBlock.PanelRows, keys, byRows, (long)rows * sizeof(ushort), byPairs, (long)rows * sizeof(uint));
                    }

                    if (Block.WeighsQueries)
                    {
                        DotTiles.AddTransposedProducts(
                            memory.ByPairs, rows, rows, (keys + 1) / 2, memory.Values, memory.PanelWords, width, partial + ((long)first * width),
                            t > firstTile);
                    }

                    if (Block.Dk != null) AddKeyProducts(memory, first, rows, whole, dkRows);
                }

                if (Block.Dk != null) weighing.AddPositives(firstKey, keys);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void WeighFused(in WordTile memory, uint* queries, int keys, int row, ushort* byRows, uint* byPairs, int rows)
        {
            float* sums = stackalloc float[ContrastiveBlock.PanelRows], shifts = stackalloc float[ContrastiveBlock.PanelRows]; // the sums are not read
            new Span<float>(sums, ContrastiveBlock.PanelRows).Clear();
            ExponentialArguments weighing = memory.Weighing(queries, keys, Block.Factors.Offsets + row, shifts, Block.Pairs.Scale) with
            {
                Factors = Block.Factors.BySum + row, Sums = sums, Limit = float.PositiveInfinity, ByRows = byRows, RowStride = (long)rows * sizeof(ushort),
                ByPairs = byPairs, PairStride = (long)rows * sizeof(uint),
            };
            BFloat16Kernel.Exponentials(ref weighing, FormOf(byRows, byPairs));
        }

        /// <summary>dk (+)= weights · queries: a key's weights of two neighbouring rows are a word as they lie.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddKeyProducts(in WordTile memory, int first, int rows, int whole, float** dkRows)
        {
            int depth = Block.Pairs.Depth, words = (Math.Min(rows, Block.Rows - first) + 1) / 2;
            uint** weights = stackalloc uint*[MicroKernel.TileRows];
            Taps depthSteps = new() { Count = 1, Depth = words, LastDepth = words };
            for (int d = 0; d < depth; d += MicroKernel.TileColumns)
            {
                uint* panel = (uint*)Block.QueryValues + ((long)d * (Block.Capacity / 2)) + ((long)first / 2 * MicroKernel.TileColumns);
                for (int j = 0; j < whole; j += MicroKernel.TileRows)
                {
                    PointAtWords(memory.ByRows + ((long)j * rows), rows, MicroKernel.TileRows, weights);
                    BFloat16Kernel.RowsTimesPanel(
                        weights, depthSteps, panel, dkRows + j, d, Math.Min(MicroKernel.TileColumns, depth - d), first + Block.FirstRow > 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void PointAtWords(ushort* first, long stride, int count, uint** rows)
    {
        for (int j = 0; j < count; j++) rows[j] = (uint*)(first + (j * stride));
    }
}
