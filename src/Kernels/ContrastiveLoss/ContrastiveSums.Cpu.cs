using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The first pass: a split of key tiles meets all rows of the block and leaves of each an offset and sums relative to it.
public sealed partial class CpuOps
{
    private unsafe struct SumRows : IChunks
    {
        // A sum of 8 exponentials above this moves the offset, and so does a dot product that is this many factors of two above it. An exponent's rounding
        // grows with its size: much more would cost digits where the plain formula has them.
        public const float MostOfEight = 4096;
        private const float MostAbove = 8;

        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int depth = Block.Pairs.Depth, width = Block.Width;
            (int split, int firstRow, int lastRow) = Block.SumPiece(chunk);
            if (firstRow == lastRow) return;
            long tileFloats = (long)Block.TileKeys * ContrastiveBlock.TileRows, valueFloats = Block.OnePass ? (long)width * Block.TileKeys : 0,
                place = (long)split * Block.Capacity;
            float* tile = Block.Scratch.OfWorker(worker, tileFloats + valueFloats), values = tile + tileFloats, partial = Block.Partial + (place * width);
            float** keyRows = stackalloc float*[Block.TileKeys], dotRows = stackalloc float*[Block.TileKeys];
            Begin(split, firstRow, lastRow);
            int firstTile = split * Block.TilesPerSplit, lastTile = Math.Min(Block.Tiles, firstTile + Block.TilesPerSplit);
            for (int t = firstTile; t < lastTile; t++)
            {
                (int firstKey, int keys, int whole) = Block.KeysOf(t);
                PointAtKeys(Block.Pairs, firstKey, keys, whole, keyRows);
                if (Block.OnePass) Gemm.PackRight(keyRows[0], depth, false, 0, depth, keys, values);
                float* nextKeys = keyRows[0] + ((long)Block.TileKeys * depth);
                int ahead = t + 1 < lastTile ? depth * MicroKernel.TileRows * ContrastiveBlock.PanelRows / (lastRow - firstRow) : 0;
                for (int first = firstRow; first < lastRow; first += ContrastiveBlock.TileRows)
                {
                    int rows = Math.Min(ContrastiveBlock.TileRows, lastRow - first);
                    float* dots = Block.CachedLogits == null ? tile : Block.CachedLogitsOf(t, first);
                    PointAt(dots, rows, whole, dotRows);
                    for (int i = 0; i < rows; i += ContrastiveBlock.PanelRows)
                    {
                        PanelOfKeys panel = new() { NextKeys = nextKeys, Ahead = ahead, Dots = dots + i, Stride = rows, Row = first + i, FirstKey = firstKey,
                            Keys = keys, Split = split };
                        if (Block.OnePass && t > firstTile) panel.Products = partial + ((long)(first + i) * width);
                        float* queries = Block.QueryPanels + ((long)(first + i) * depth);
                        if (CanFuse(panel)) AddFused(ref panel, keyRows, queries, dotRows, i);
                        else
                        {
                            DotTiles.OfRows(keyRows, whole, depth, queries, dotRows, i);
                            Add(panel, 0);
                        }

                        nextKeys += ahead * (Block.TileKeys / MicroKernel.TileRows);

                        if (Block.TileOffsets == null) continue;
                        Span<float> offsets = new(Block.Offsets + place + first + i, ContrastiveBlock.PanelRows);
                        offsets.CopyTo(new(Block.TileOffsets + ((long)t * Block.Capacity) + first + i, offsets.Length));
                    }

                    if (Block.OnePass) DotTiles.AddTransposedProducts(dots, rows, values, keys, width, partial + ((long)first * width), t > firstTile);
                }
            }
        }

        /// <summary>No sums yet. Those of a loss of pairs are relative to nothing.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Begin(int split, int firstRow, int lastRow)
        {
            long place = ((long)split * Block.Capacity) + firstRow;
            int rows = lastRow - firstRow;
            new Span<float>(Block.Offsets + place, rows).Fill(Block.Pairs.IsOfPairs ? 0 : LogitRow.Masked);
            new Span<double>(Block.Sums + place, rows).Clear();
            new Span<RowPartial>(Block.RowPartials + place, rows).Clear();
        }

        /// <summary>
        /// Whether the micro-kernel may turn the panel into exponentials: the dot products are not asked for, all pairs count and every row has an offset.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool CanFuse(in PanelOfKeys panel)
        {
            if ((Block.CachedLogits != null && !Block.OnePass) || !Block.CanFuse(panel.Row, panel.FirstKey, panel.Keys)) return false;
            return !new ReadOnlySpan<float>(Block.Offsets + ((long)panel.Split * Block.Capacity) + panel.Row, ContrastiveBlock.PanelRows)
                .Contains(LogitRow.Masked);
        }

        /// <summary>Eight keys at a time become exponentials in the micro-kernel, relative to the rows' offsets as they stand. Where these prove too low,
        /// and for the keys that fill no eight, the dot products are made once more and take the slow path.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddFused(ref PanelOfKeys panel, float** keyRows, float* queries, float** dotRows, int column)
        {
            const int Rows = ContrastiveBlock.PanelRows, Step = MicroKernel.TileRows;
            long place = ((long)panel.Split * Block.Capacity) + panel.Row;
            float* sums = stackalloc float[Rows], ones = stackalloc float[Rows];
            new Span<float>(ones, Rows).Fill(1);
            PanelWeights weighing = new() { Offsets = Block.Offsets + place, Factors = ones, Scale = Block.Pairs.Scale };
            int firstKey = panel.FirstKey, keys = panel.Keys;
            float* dots = panel.Dots;
            nint rate = (panel.Ahead + Block.Pairs.Depth - 1) / Block.Pairs.Depth;
            new Span<float>(sums, Rows).Clear();
            for (int j = 0; j < keys; j += Step)
            {
                bool taken = keys - j >= Step
                    && MicroKernel.Exponentials(keyRows + j, Block.Pairs.Depth, queries, dotRows + j, column, weighing, MostOfEight, sums,
                        panel.NextKeys + (j / Step * panel.Ahead), rate);
                if (taken) continue;
                AddTo(Block.Sums + place, sums);
                new Span<float>(sums, Rows).Clear();
                DotTiles.OfRows(keyRows + j, Step, Block.Pairs.Depth, queries, dotRows + j, column);
                panel.FirstKey = firstKey + j;
                panel.Keys = Math.Min(Step, keys - j);
                panel.Dots = dots + (j * panel.Stride);
                Add(panel, j);
            }

            AddTo(Block.Sums + place, sums);
        }

        /// <summary>
        /// Takes a panel into its rows' sums. In one pass the dot products become exponentials, and the sums of products so far follow the offset.
        /// </summary>
        /// <param name="panel">Keys and their dot products.</param>
        /// <param name="before">Keys of the tile that lie before them as exponentials already.</param>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Add(in PanelOfKeys panel, int before)
        {
            const int Rows = ContrastiveBlock.PanelRows;
            ref ContrastivePairs pairs = ref Block.Pairs;
            float* maxima = stackalloc float[Rows], finite = stackalloc float[Rows], sums = stackalloc float[Rows];
            long place = ((long)panel.Split * Block.Capacity) + panel.Row;
            float* offsets = Block.Offsets + place;
            float above = Block.OnePass ? MostAbove / pairs.Scale : 0;
            if (pairs.Masks) MaskPanel(panel);
            if (pairs.IsOfPairs)
            {
                AddPairs(panel);
                return;
            }

            LogitPanel.Maxima(panel.Dots, panel.Stride, panel.Keys, maxima);
            for (int i = 0; i < Rows; i++)
            {
                if (maxima[i] > offsets[i] + above) MoveOffset(panel, before, i, maxima[i]);
            }

            // Where all is masked any finite number serves as the offset: the terms are 0, or NaN where a row is.
            for (int i = 0; i < Rows; i++) finite[i] = offsets[i] == LogitRow.Masked ? 0 : offsets[i];
            if (pairs.Concentration > 0)
            {
                LogitPanel.Exponentials(panel.Dots, panel.Stride, panel.Keys, finite, pairs.TiltedScale, sums, replace: false);
                for (int i = 0; i < Rows; i++) Block.RowPartials[place + i].TiltedSum += sums[i];
            }

            LogitPanel.Exponentials(panel.Dots, panel.Stride, panel.Keys, finite, pairs.Scale, sums, replace: Block.OnePass);
            AddTo(Block.Sums + place, sums);
        }

        /// <summary>Takes a panel into the sums of a loss of pairs. Where products are made of it its dot products become weights.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddPairs(in PanelOfKeys panel)
        {
            const int Rows = ContrastiveBlock.PanelRows;
            float* sums = stackalloc float[Rows], slopes = stackalloc float[Rows];
            long place = ((long)panel.Split * Block.Capacity) + panel.Row;
            PairLogit logit = Block.Pairs.Logit;
            if (Block.SumsWhileWeighing) logit.Factor = (float)(1 / (Block.Pairs.Rows * Block.Pairs.Temperature));
            LogisticPanel.Sums(panel.Dots, panel.Stride, panel.Keys, logit, sums, slopes, replace: Block.OnePass || Block.SumsWhileWeighing);
            AddTo(Block.Sums + place, sums);
            for (int i = 0; i < Rows; i++) Block.RowPartials[place + i].TiltedSum += slopes[i];
        }

        /// <summary>Moves a row's offset, and rescales all that is relative to it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MoveOffset(in PanelOfKeys panel, int before, int column, float offset)
        {
            long place = ((long)panel.Split * Block.Capacity) + panel.Row + column;
            double update = ((double)Block.Offsets[place] - offset) / Block.Pairs.Temperature, rescale = Math.Exp(update * Block.Pairs.Exponent);
            Block.Offsets[place] = offset;
            Block.Sums[place] *= rescale;
            if (Block.Pairs.Concentration > 0) Block.RowPartials[place].TiltedSum *= Math.Exp(update * (1 + Block.Pairs.Concentration));
            for (int j = 1; j <= before; j++) panel.Dots[column - (j * panel.Stride)] *= (float)rescale;
            if (panel.Products == null) return;
            float* products = panel.Products + ((long)column * Block.Width);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(products, Block.Width), (float)rescale, new Span<float>(products, Block.Width));
        }

        /// <summary>Takes down what the positives and the keys of the own label have, then masks what is no negative.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void MaskPanel(in PanelOfKeys panel)
        {
            const int Rows = ContrastiveBlock.PanelRows;
            ref ContrastivePairs pairs = ref Block.Pairs;
            RowPartial* partials = Block.RowPartials + ((long)panel.Split * Block.Capacity) + panel.Row;
            int query = Block.FirstRow + panel.Row, rows = Math.Min(Rows, Block.Rows - panel.Row);
            for (int i = 0; i < rows && pairs.HasPositiveKeys; i++)
            {
                int positive = pairs.PositiveKey(query + i) - panel.FirstKey;
                if ((uint)positive >= (uint)panel.Keys) continue;

                // A positive's dot product has the weight of all negatives, and is cheap: it is made of operands that are not rounded.
                partials[i].Positive = Block.InBFloat16
                    ? DotInOrder(pairs, query + i, pairs.PositiveRow(query + i)) : panel.Dots[(positive * panel.Stride) + i];
            }

            int* counts = stackalloc int[Rows];
            if (pairs.EqualLabelsArePositives)
            {
                int* labels = stackalloc int[Rows];
                float* sums = stackalloc float[Rows];
                pairs.CopyLabels(query, rows, labels);
                LabelPanel.Sum(panel.Dots, panel.Stride, panel.Keys, pairs.KeyLabels + panel.FirstKey, labels, sums, counts);
                for (int i = 0; i < rows; i++) AddEqualLabels(panel, i, sums[i], counts[i], ref partials[i]);
                new Span<int>(counts, Rows).Clear();
            }

            Block.Mask(panel.Dots, panel.Stride, panel.Row, panel.FirstKey, panel.Keys, counts);
            for (int i = 0; i < rows; i++) partials[i].EqualLabels += counts[i];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddEqualLabels(in PanelOfKeys panel, int column, float sum, int count, ref RowPartial partial)
        {
            int query = Block.FirstRow + panel.Row + column, ignored = Block.Pairs.IgnoredKey(query);
            if (ignored >= panel.FirstKey && ignored < panel.FirstKey + panel.Keys && Block.Pairs.KeyLabels[ignored] == Block.Pairs.Label(query))
            {
                sum -= panel.Dots[((ignored - panel.FirstKey) * panel.Stride) + column];
                count--;
            }

            partial.EqualLabelSum += sum;
            partial.EqualLabels += count;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddTo(double* totals, float* sums)
        {
            for (int i = 0; i < ContrastiveBlock.PanelRows; i++) totals[i] += sums[i];
        }
    }

    /// <summary>A panel of dot products, [key][row], with its place among the keys and the block's rows.</summary>
    private unsafe struct PanelOfKeys
    {
        public float* Dots;
        public long Stride;
        public int Row, FirstKey, Keys, Split;

        /// <summary>The rows' sums of products so far, or null where there are none.</summary>
        public float* Products;

        /// <summary>Keys of the next tile, so many floats of which are asked for with each eight keys of this one.</summary>
        public float* NextKeys;
        public int Ahead;
    }

    /// <summary>Between the passes: the splits' sums become the row's, the row's loss, and the factors of its weights.</summary>
    private unsafe struct FinishRows : IChunks
    {
        public const int PerChunk = 16;
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Block.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++) Finish(row);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Finish(int row)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int query = Block.FirstRow + row;
            RowState all = MergedSplits(Block, row);
            double t = pairs.Temperature;
            RowResult result = Block.Loss.Of(all.Sums(t, LogitRow.Masked, pairs.Bias));
            (Block.RowLoss[query], Block.RowLogSumExp[query]) = ((float)result.Loss, (float)result.LogSumExp);
            RowFactors factors = RowFactors.Of(
                result, all.Negatives, all.Reference == LogitRow.Masked ? 0 : all.Reference, pairs.Exponent, pairs.Concentration, 1 / (pairs.Rows * t));
            Block.Factors.Set(row, factors);
            if (Block.Dp != null)
                TensorPrimitives.Multiply(Row(pairs.Queries, query, pairs.Depth), factors.ByPositive, Row(Block.Dp, query, pairs.Depth));
            if (Block.OnePass) AddSplits.Add(Block, row, weighted: true);
        }
    }

    /// <summary>What all splits together leave of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe RowState MergedSplits(in ContrastiveBlock block, int row)
    {
        ContrastivePairs pairs = block.Pairs;
        RowState all = new() { Reference = LogitRow.Masked };
        for (int split = 0; split < block.Splits; split++) all.Reference = Math.Max(all.Reference, block.Offsets[((long)split * block.Capacity) + row]);
        for (int split = 0; split < block.Splits; split++)
        {
            long place = ((long)split * block.Capacity) + row;
            RowPartial one = block.RowPartials[place];
            RowState state = new()
            {
                Reference = block.Offsets[place], Sum = block.Sums[place], TiltedSum = one.TiltedSum, EqualLabelSum = one.EqualLabelSum,
                EqualLabels = one.EqualLabels, Positive = one.Positive,
            };
            all.Add<HostMath>(state, pairs.Temperature, pairs.Exponent, pairs.Concentration);
        }

        // The positive is no column of a tile, but its sum goes the way of theirs: a key that equals it has the very same logit.
        if (pairs.Positives != null) all.Positive = DotInOrder(pairs, block.FirstRow + row, pairs.PositiveRow(block.FirstRow + row));
        (int excluded, int equal) = pairs.EqualLabelsArePositives ? (0, all.EqualLabels) : (all.EqualLabels, 0);
        (all.Negatives, all.EqualLabels) = (block.Negatives(row, excluded), equal);
        return all;
    }

    /// <summary>The dot product that a tile of float32 has of a query and a key, to the bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float DotInOrder(in ContrastivePairs pairs, int query, float* key)
    {
        int depth = pairs.Depth;
        float* q = pairs.Queries + ((long)query * depth);
        bool fused = InstructionSets.Chosen != InstructionSet.Portable;
        float sum = 0;
        for (int d = 0; d < depth; d++) sum = fused ? MathF.FusedMultiplyAdd(q[d], key[d], sum) : sum + (q[d] * key[d]);
        return sum;
    }

    private static unsafe Span<float> Row(float* matrix, int row, int columns) => new(matrix + ((long)row * columns), columns);
}
