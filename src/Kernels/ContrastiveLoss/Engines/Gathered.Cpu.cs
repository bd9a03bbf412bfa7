using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// Few drawn negatives: only their dot products, from rows gathered by lists. 2·N·(K+1)·D FLOPs for the loss, three times that with both gradients. Float32 in
// either precision: it waits for rows that lie anywhere, and rounding them would read them once more.
public sealed partial class CpuOps
{
    // A dot product of two rows that lie anywhere costs about 16 times one inside a tile, so up to this part of all negatives it is cheaper to gather.
    private const int GatherBelow = 16;

    // Drawn pairs of a block of queries: 16 bytes each.
    private const int MostGatheredPairs = 4 << 20;

    private static bool Gathers(in ContrastivePairs pairs) =>
        pairs.Sample.Draws && !pairs.EqualLabelsArePositives && !pairs.IsOfPairs && ((long)pairs.Sample.Negatives + 2) * GatherBelow <= pairs.AllKeys;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void GatheredLoss(ContrastivePairs pairs, RowLoss formula, Tensor loss, Tensor logSumExp, ContrastiveTargets targets)
    {
        int capacity = Math.Min(pairs.Rows, Math.Max(64, MostGatheredPairs / pairs.Sample.Negatives));
        long entries = (long)capacity * pairs.Sample.Negatives;
        float* shared = Scratch.Shared((4 * entries) + (2L * pairs.KeyCount) + 2 + (2L * capacity));
        GatheredBlock block = new()
        {
            Pairs = pairs, Loss = formula, Scratch = Scratch, Targets = targets, RowLoss = loss.FloatPointer, RowLogSumExp = logSumExp.FloatPointer,
            Starts = (long*)shared, Counts = (int*)(shared + (2L * pairs.KeyCount) + 2), ByPositive = shared + (2L * pairs.KeyCount) + 2 + capacity,
        };
        block.Lists = (int*)(block.ByPositive + capacity);
        block.Weights = (float*)(block.Lists + entries);
        block.Queries = (int*)(block.Weights + entries);
        block.QueryWeights = (float*)(block.Queries + entries);
        targets.Clear(pairs);
        for (block.First = 0; block.First < pairs.Rows; block.First += capacity)
        {
            block.Count = Math.Min(capacity, pairs.Rows - block.First);
            Workers.Run(Tiling.Blocks(block.Count, GatheredQueries.PerChunk), new GatheredQueries { Block = block });
            if (targets.Dk == null) continue;
            block.SortByKey();
            Workers.Run(Tiling.Blocks(pairs.KeyCount, GatheredKeys.PerChunk), new GatheredKeys { Block = block });
        }
    }

    /// <summary>A block of queries, the lists of their drawn keys, and the same pairs sorted by key.</summary>
    private unsafe struct GatheredBlock
    {
        public ContrastivePairs Pairs;
        public RowLoss Loss;
        public Scratch Scratch;
        public ContrastiveTargets Targets;
        public float* RowLoss, RowLogSumExp;
        public int First, Count;

        /// <summary>Drawn keys of each query, how many, their weights, and the positive's.</summary>
        public int* Lists, Counts;
        public float* Weights, ByPositive;

        /// <summary>Where each key's pairs begin, and their queries and weights.</summary>
        public long* Starts;
        public int* Queries;
        public float* QueryWeights;

        /// <summary>A counting sort in the order of the queries.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void SortByKey()
        {
            int keys = Pairs.KeyCount, perQuery = Pairs.Sample.Negatives;
            new Span<long>(Starts, keys + 1).Clear();
            for (int i = 0; i < Count; i++)
            {
                for (int k = 0; k < Counts[i]; k++) Starts[Lists[((long)i * perQuery) + k] + 1]++;
            }

            for (int key = 0; key < keys; key++) Starts[key + 1] += Starts[key];
            for (int i = 0; i < Count; i++)
            {
                for (long at = (long)i * perQuery; at < ((long)i * perQuery) + Counts[i]; at++)
                {
                    long place = Starts[Lists[at]]++;
                    (Queries[place], QueryWeights[place]) = (First + i, Weights[at]);
                }
            }

            // Each start has moved to its end, which is the next one's start.
            for (int key = keys; key > 0; key--) Starts[key] = Starts[key - 1];
            Starts[0] = 0;
        }
    }

    /// <summary>The losses of some queries, the weights of their drawn keys, and dq.</summary>
    private unsafe struct GatheredQueries : IChunks
    {
        public const int PerChunk = 16;
        public GatheredBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int words = NegativeDraw.Words(Block.Pairs.KeyCount), perQuery = Block.Pairs.Sample.Negatives,
                padded = Tiling.RoundUp(perQuery, MicroKernel.TileColumns);
            float* dots = Block.Scratch.OfWorker(worker, padded + words);
            uint* bits = (uint*)(dots + padded);
            int last = Math.Min(Block.Count, (chunk + 1) * PerChunk);
            for (int i = chunk * PerChunk; i < last; i++)
            {
                int* keys = Block.Lists + ((long)i * perQuery);
                Block.Counts[i] = Block.Pairs.DrawNegatives(Block.First + i, bits);
                NegativeDraw.List(bits, words, keys);
                Compute(i, keys, Block.Counts[i], dots);
                new ReadOnlySpan<float>(dots, Block.Counts[i]).CopyTo(new Span<float>(Block.Weights + ((long)i * perQuery), Block.Counts[i]));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Compute(int i, int* keys, int count, float* dots)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int row = Block.First + i, depth = pairs.Depth, padded = Tiling.RoundUp(count, MicroKernel.TileColumns);
            Span<float> query = Row(pairs.Queries, row, depth);
            float* positiveRow = pairs.PositiveRow(row);
            double t = pairs.Temperature, positive = positiveRow == null ? 0 : TensorPrimitives.Dot(query, new ReadOnlySpan<float>(positiveRow, depth)) / t;
            for (int k = 0; k < count; k++) dots[k] = TensorPrimitives.Dot(query, Row(pairs.Keys, keys[k], depth));
            for (int k = count; k < padded; k++) dots[k] = LogitRow.Masked;
            float maximum = count == 0 ? LogitRow.Masked : LogitRow.Maximum(dots, padded), offset = maximum == LogitRow.Masked ? 0 : maximum;
            double sum = LogitRow.SumOfExponentials(dots, padded, offset, pairs.Scale),
                tilted = pairs.Concentration == 0 ? 0 : LogitRow.SumOfExponentials(dots, padded, offset, pairs.TiltedScale);
            RowResult result = Block.Loss.Of(new RowSums(t, positive, maximum == LogitRow.Masked ? positive : maximum / t, sum, tilted, count, 0, 0));
            (Block.RowLoss[row], Block.RowLogSumExp[row]) = ((float)result.Loss, (float)result.LogSumExp);
            RowFactors factors = RowFactors.Of(result, count, offset, pairs.Exponent, pairs.Concentration, 1 / (pairs.Rows * t));
            Block.ByPositive[i] = factors.ByPositive;
            if (Block.Targets.Dp != null) TensorPrimitives.Multiply(query, factors.ByPositive, Row(Block.Targets.Dp, row, depth));
            if (Block.Targets.Dq == null && Block.Targets.Dk == null) return;
            LogitRow.Weights(dots, padded, new RowWeights
            {
                Offset = offset, Factor = factors.BySum, TiltedFactor = factors.ByTiltedSum, Scale = pairs.Scale,
                TiltedScale = pairs.Concentration == 0 ? 0 : pairs.TiltedScale,
            });
            if (Block.Targets.Dq == null) return;
            Span<float> dq = Row(Block.Targets.Dq, row, depth);
            for (int k = 0; k < count; k++) TensorPrimitives.MultiplyAdd(Row(pairs.Keys, keys[k], depth), dots[k], dq, dq);
            if (positiveRow != null) TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(positiveRow, depth), factors.ByPositive, dq, dq);
        }
    }

    /// <summary>dk of some keys: the queries that drew them, in their order, then those whose positive they are.</summary>
    private unsafe struct GatheredKeys : IChunks
    {
        public const int PerChunk = 64;
        public GatheredBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int depth = pairs.Depth, first = chunk * PerChunk, last = Math.Min(pairs.KeyCount, first + PerChunk);
            for (int key = first; key < last; key++)
            {
                Span<float> dk = Row(Block.Targets.Dk, key, depth);
                for (long at = Block.Starts[key]; at < Block.Starts[key + 1]; at++)
                    TensorPrimitives.MultiplyAdd(Row(pairs.Queries, Block.Queries[at], depth), Block.QueryWeights[at], dk, dk);
            }

            // The positive's weight is near 1 and comes last: added first, it would take the digits of all the small ones.
            for (int i = 0; i < Block.Count && pairs.HasPositiveKeys; i++)
            {
                int key = pairs.PositiveKey(Block.First + i);
                if (key < first || key >= last) continue;
                Span<float> dk = Row(Block.Targets.Dk, key, depth);
                TensorPrimitives.MultiplyAdd(Row(pairs.Queries, Block.First + i, depth), Block.ByPositive[i], dk, dk);
            }
        }
    }
}
