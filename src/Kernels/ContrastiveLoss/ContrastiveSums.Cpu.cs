using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The first pass: a run of key tiles meets all rows of the block and leaves of each a maximum and sums relative to it.
public sealed partial class CpuOps
{
    private unsafe struct SumRows : IChunks
    {
        public ContrastiveBlock Block;

        public void Run(int chunk, int worker)
        {
            int depth = Block.Pairs.Depth, width = Block.Width, stride = Block.Spill == null ? Block.TileStride : Block.Columns;
            long panelFloats = (long)Block.Columns * depth, valueFloats = Block.OnePass ? (long)width * Block.Columns : 0;
            float* panels = Block.Scratch.OfWorker(worker, panelFloats + valueFloats + (ContrastiveTileRows * Block.TileStride));
            float* values = panels + panelFloats, tile = values + valueFloats, partial = Block.Partial + ((long)chunk * Block.Capacity * width);
            RowStream* streams = Block.Streams + ((long)chunk * Block.Capacity);
            for (int i = 0; i < Block.Rows; i++) streams[i] = new RowStream { Maximum = LogitRow.Masked };
            int firstTile = chunk * Block.TilesPerRun, lastTile = Math.Min(Block.Tiles, firstTile + Block.TilesPerRun);
            for (int t = firstTile; t < lastTile; t++)
            {
                (int firstKey, int columns, int whole) = Block.KeysOf(t);
                float* keys = Block.Pairs.Keys + ((long)firstKey * depth);
                Gemm.PackRight(keys, depth, true, 0, columns, depth, panels);
                if (Block.OnePass) Gemm.PackRight(keys, depth, false, 0, depth, columns, values);
                for (int first = 0; first < Block.Rows; first += ContrastiveTileRows)
                {
                    int rows = Math.Min(ContrastiveTileRows, Block.Rows - first), padded = RoundUp(rows, MicroKernel.TileRows);
                    float* dots = Block.Spill == null ? tile : Block.Spill + ((((long)t * Block.Capacity) + first) * Block.Columns);
                    DotTile(Block.Strips + ((long)first * depth), padded, panels, whole, depth, dots, stride);
                    float* next = keys + ((long)Block.Columns * depth) + ((long)first * depth * Block.Columns / Block.Rows);
                    int ahead = t + 1 < lastTile ? (int)((long)depth * Block.Columns / Block.Rows) : 0;
                    for (int i = 0; i < rows; i++)
                    {
                        Prefetch.ToSecondLevel(next + ((long)i * ahead), ahead);
                        float* sums = Block.OnePass && t > firstTile ? partial + ((long)(first + i) * width) : null;
                        float reference = Add(dots + (i * stride), first + i, firstKey, columns, whole, ref streams[first + i], sums);
                        if (Block.References != null) Block.References[((long)t * Block.Capacity) + first + i] = reference;
                    }

                    if (Block.OnePass) AddProducts(dots, stride, padded, values, columns, width, partial + ((long)first * width), t > firstTile);
                }
            }
        }

        /// <summary>Takes a tile's row into the row's sums. In one pass the dot products become exponentials, and the sums of products so far follow the maximum.</summary>
        /// <returns>What the exponentials are relative to, or <see cref="LogitRow.Masked"/> where all are 0.</returns>
        private float Add(float* dots, int row, int firstKey, int columns, int whole, ref RowStream stream, float* products)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int query = Block.FirstRow + row, positive = pairs.PositiveKey(query) - firstKey;
            if (pairs.HasPositiveKeys && (uint)positive < (uint)columns) stream.Positive = dots[positive];
            if (pairs.EqualLabelsArePositives) AddEqualLabels(dots, query, firstKey, columns, ref stream);
            stream.EqualLabels += pairs.Mask(dots, query, firstKey, columns, whole);
            float most = LogitRow.Maximum(dots, whole);
            if (most > stream.Maximum)
            {
                double rise = ((double)stream.Maximum - most) / pairs.Temperature, factor = Math.Exp(rise * pairs.Exponent);
                stream.Sum *= factor;
                if (pairs.Tilt > 0) stream.TiltedSum *= Math.Exp(rise * (1 + pairs.Tilt));
                if (products != null) TensorPrimitives.Multiply(new ReadOnlySpan<float>(products, Block.Width), (float)factor, new Span<float>(products, Block.Width));
                stream.Maximum = most;
            }

            // Where all is masked any finite number serves as the maximum: the terms are 0, or NaN where a row is.
            float reference = stream.Maximum == LogitRow.Masked ? 0 : stream.Maximum;
            if (pairs.Tilt > 0) stream.TiltedSum += LogitRow.SumOfExponentials(dots, whole, reference, pairs.TiltedScale);
            stream.Sum += Block.OnePass ? WeightRow.OfSummed(dots, whole, reference, pairs.Scale) : LogitRow.SumOfExponentials(dots, whole, reference, pairs.Scale);
            return stream.Maximum;
        }

        private void AddEqualLabels(float* dots, int query, int firstKey, int columns, ref RowStream stream)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            (float sum, int count) = LabelRow.Sum(dots, pairs.KeyLabels + firstKey, pairs.Label(query), columns);
            int ignored = pairs.IgnoredKey(query);
            if (ignored >= firstKey && ignored < firstKey + columns && pairs.KeyLabels[ignored] == pairs.Label(query))
            {
                sum -= dots[ignored - firstKey];
                count--;
            }

            stream.EqualLabelSum += sum;
            stream.EqualLabels += count;
        }
    }

    /// <summary>Between the passes: the runs' sums become the row's, the row's loss, and the factors of its weights.</summary>
    private unsafe struct FinishRows : IChunks
    {
        public const int PerChunk = 16;
        public ContrastiveBlock Block;

        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Block.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++) Finish(row);
        }

        private void Finish(int row)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int query = Block.FirstRow + row;
            RowStream* streams = Block.Streams + row;
            float maximum = LogitRow.Masked;
            for (int run = 0; run < Block.Runs; run++) maximum = Math.Max(maximum, streams[(long)run * Block.Capacity].Maximum);
            RowStream all = new();
            for (int run = 0; run < Block.Runs; run++)
            {
                RowStream one = streams[(long)run * Block.Capacity];
                double below = one.Maximum == maximum ? 0 : ((double)one.Maximum - maximum) / pairs.Temperature;
                all.Sum += one.Sum * Math.Exp(below * pairs.Exponent);
                all.TiltedSum += one.TiltedSum * Math.Exp(below * (1 + pairs.Tilt));
                all.EqualLabelSum += one.EqualLabelSum;
                all.EqualLabels += one.EqualLabels;
                all.Positive += one.Positive;
            }

            double t = pairs.Temperature, positive = (pairs.Positives == null ? all.Positive : PositiveDot(query)) / t;
            (int excluded, int equal) = pairs.EqualLabelsArePositives ? (0, all.EqualLabels) : (all.EqualLabels, 0);
            int negatives = pairs.Negatives(query, excluded);
            RowSums sums = new(
                t, positive, maximum == LogitRow.Masked ? positive : maximum / t, all.Sum, all.TiltedSum, negatives, all.EqualLabelSum / t, equal);
            RowResult result = Block.Loss.Of(sums);
            (Block.RowLoss[query], Block.RowLogSumExp[query]) = ((float)result.Loss, (float)result.LogSumExp);
            double scale = 1 / (pairs.Rows * t);
            RowFactors factors = new()
            {
                Maximum = maximum == LogitRow.Masked ? 0 : maximum,
                BySum = negatives == 0 ? 0 : (float)(result.BySum * pairs.Exponent * scale),
                ByTiltedSum = negatives == 0 || pairs.Tilt == 0 ? 0 : (float)(result.ByTiltedSum * (1 + pairs.Tilt) * scale),
                ByEqualLabel = (float)(result.ByEqualLabel * scale),
                ByPositive = (float)(result.ByPositive * scale),
            };
            Block.Factors[row] = factors;
            if (Block.Dp != null)
                TensorPrimitives.Multiply(Row(pairs.Queries, query, pairs.Depth), factors.ByPositive, Row(Block.Dp, query, pairs.Depth));
            if (Block.OnePass) AddRuns.Add(Block, row, weighted: true);
        }

        /// <summary>The positive is no column of a tile, but its sum goes the way of theirs: a key that equals it has the very same logit.</summary>
        private float PositiveDot(int query)
        {
            int depth = Block.Pairs.Depth;
            float* q = Block.Pairs.Queries + ((long)query * depth), p = Block.Pairs.PositiveRow(query);
            bool fused = InstructionSets.Chosen != InstructionSet.Portable;
            float sum = 0;
            for (int d = 0; d < depth; d++) sum = fused ? MathF.FusedMultiplyAdd(q[d], p[d], sum) : sum + (q[d] * p[d]);
            return sum;
        }
    }

    private static unsafe Span<float> Row(float* matrix, int row, int columns) => new(matrix + ((long)row * columns), columns);
}
