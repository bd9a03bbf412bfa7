using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    // Floats of a block's queries, and of each partial sum of their gradient: 1024 rows of 128 dimensions, from the third-level cache. Each block walks the
    // keys anew.
    private const int ContrastiveBlockFloats = 128 << 10;

    /// <summary>The engine is chosen from the batch: each pair of rows multiplied once, few drawn pairs gathered, or all queries against all keys.</summary>
    private protected override unsafe void ContrastiveLossCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients)
    {
        ContrastivePairs pairs = new(batch, settings);
        ContrastiveTargets targets = new(gradients);
        if (batch.IsSymmetric(settings, gradients)) SymmetricLoss(batch.Queries, batch.IsAcross, settings, loss, logSumExp, gradients.Rows);
        else if (Gathers(pairs)) GatheredLoss(pairs, settings.Loss, loss, logSumExp, targets);
        else RectangularLoss(pairs, settings, loss, logSumExp, targets);
    }

    // Keys are walked in tiles, each of which meets a whole block of rows, so that keys and their gradient cross the memory bus once for a block while the
    // block's queries and their gradient stay in the second-level cache. A block is finished, both passes, before the next begins.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void RectangularLoss(ContrastivePairs pairs, in ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveTargets targets)
    {
        ContrastiveBlock block = new()
        {
            Pairs = pairs, Loss = settings.Loss, Scratch = Scratch, RowLoss = loss.FloatPointer, RowLogSumExp = logSumExp.FloatPointer,
            Dq = targets.Dq, Dk = targets.Dk, Dp = targets.Dp, InBFloat16 = LosesLittleInBFloat16(settings),
        };
        block.SumsWhileWeighing = pairs.IsOfPairs && targets.Dk != null;
        long spill = block.SumsWhileWeighing ? 0 : settings.SpillBytes ?? ContrastiveSettings.AutomaticSpillBytes(pairs.KeyCount, pairs.Depth);
        block.Plan(spill, ContrastiveBlockRows(pairs), onePass: targets.Dq != null && settings.HasProducts && !block.SumsWhileWeighing);
        bool isOneMatrix = targets.Dq != null && targets.Dq == targets.Dk;
        float* shared = Scratch.Shared(block.SharedFloats + (isOneMatrix ? (long)pairs.KeyCount * pairs.Depth : 0));
        if (isOneMatrix) block.Dk = shared + block.SharedFloats;
        block.Place(shared);
        for (int first = 0; first < pairs.Rows; first += block.Capacity)
        {
            block.FirstRow = first;
            block.Rows = Math.Min(block.Capacity, pairs.Rows - first);
            Workers.Run(Tiling.Blocks(block.Rows, PackQueries.PerChunk), new PackQueries { Block = block });
            if (block.SumsWhileWeighing)
            {
                Workers.Run(Tiling.Blocks(block.Rows, PairFactors.PerChunk), new PairFactors { Block = block });
                WeighBlock(block);
                Workers.Run(Tiling.Blocks(block.Rows, FinishRows.PerChunk), new FinishRows { Block = block });
            }
            else
            {
                SumBlock(block);
                Workers.Run(Tiling.Blocks(block.Rows, FinishRows.PerChunk), new FinishRows { Block = block });
                if (!block.SecondPass) continue;
                WeighBlock(block);
            }

            if (block.WeighsQueries) Workers.Run(Tiling.Blocks(block.Rows, AddSplits.PerChunk), new AddSplits { Block = block });
        }

        if (isOneMatrix) Workers.Run(Tiling.Blocks(pairs.Rows, AddKeyGradients.PerChunk), new AddKeyGradients { Block = block });
    }

    private void SumBlock(in ContrastiveBlock block)
    {
        if (block.InBFloat16) Workers.Run(block.SumPieces, new SumRowsInBFloat16 { Block = block });
        else Workers.Run(block.SumPieces, new SumRows { Block = block });
    }

    private void WeighBlock(in ContrastiveBlock block)
    {
        if (block.InBFloat16) Workers.Run(block.WeighPieces, new WeighRowsInBFloat16 { Block = block });
        else Workers.Run(block.WeighPieces, new WeighRows { Block = block });
    }

    private static int ContrastiveBlockRows(in ContrastivePairs pairs) =>
        Tiling.RoundUp(Math.Clamp(ContrastiveBlockFloats / pairs.Depth, 64, 1024), ContrastiveBlock.PanelRows);

    /// <summary>dz = dq + dk of rows that are queries and keys at once.</summary>
    private unsafe struct AddKeyGradients : IChunks
    {
        public const int PerChunk = 64;
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Block.Pairs.Rows, (chunk + 1) * PerChunk), depth = Block.Pairs.Depth;
            for (int row = chunk * PerChunk; row < last; row++)
                TensorPrimitives.Add(Row(Block.Dq, row, depth), Row(Block.Dk, row, depth), Row(Block.Dq, row, depth));
        }
    }

    /// <summary>The factors of a loss of pairs, which need the positive's dot product alone.</summary>
    private unsafe struct PairFactors : IChunks
    {
        public const int PerChunk = 16;
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            ref ContrastivePairs pairs = ref Block.Pairs;
            int last = Math.Min(Block.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++)
            {
                float* positive = pairs.PositiveRow(Block.FirstRow + row);
                RowState state = new() { Positive = positive == null ? 0 : DotInOrder(pairs, Block.FirstRow + row, positive) };
                RowResult result = Block.Loss.Of(state.Sums(pairs.Temperature, LogitRow.Masked, pairs.Bias));
                Block.Factors.Set(row, RowFactors.Of(result, 1, 0, pairs.Exponent, pairs.Concentration, 1 / (pairs.Rows * pairs.Temperature)));
            }
        }
    }

    private unsafe struct PackQueries : IChunks
    {
        public const int PerChunk = 64;
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int first = chunk * PerChunk, rows = Math.Min(PerChunk, Block.Rows - first), depth = Block.Pairs.Depth;
            float* queries = Block.Pairs.Queries + ((long)(Block.FirstRow + first) * depth);
            if (Block.InBFloat16)
            {
                PackWords(queries, first, rows, worker);
                return;
            }

            Gemm.PackRight(queries, depth, true, 0, rows, depth, Block.QueryPanels + ((long)first * depth));
            DrawAll(first, rows, worker);
            if (Block.Dk == null) return;
            for (int d = 0; d < depth; d += MicroKernel.TileColumns)
            {
                float* panel = Block.QueryValues + ((long)d * Block.Capacity) + (first * MicroKernel.TileColumns);
                Pack.Panel(queries, depth, false, d, Math.Min(MicroKernel.TileColumns, depth - d), rows, panel);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void PackWords(float* queries, int first, int rows, int worker)
        {
            int depth = Block.Pairs.Depth, words = BFloat16Rows.Words(depth);
            uint* buffer = (uint*)Block.Scratch.OfWorker(worker, (long)ContrastiveBlock.PanelRows * words);
            WordPanels.Panels(queries, rows, depth, (uint*)Block.QueryPanels + ((long)first * words), buffer);
            DrawAll(first, rows, worker);
            if (Block.Dk == null) return;
            long panelWords = (long)Block.Capacity / 2 * MicroKernel.TileColumns;
            WordPanels.Values(queries, rows, depth, (uint*)Block.QueryValues + ((long)first / 2 * MicroKernel.TileColumns), panelWords);

            // The last row may be paired with one that is not there, whose weights are to be numbers.
            for (int row = first + rows; row < Tiling.RoundUp(first + rows, ContrastiveBlock.PanelRows); row++) Block.Factors.Set(row, default);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void DrawAll(int first, int rows, int worker)
        {
            for (int panel = first; panel < first + rows && Block.SampleBits != null; panel += ContrastiveBlock.PanelRows) Draw(panel, worker);
        }

        /// <summary>The drawn negatives of a panel's rows, one word for each key.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Draw(int firstRow, int worker)
        {
            int rows = Math.Min(ContrastiveBlock.PanelRows, Block.Rows - firstRow), keys = Block.Pairs.KeyCount;
            int words = NegativeDraw.Words(Block.Pairs.AllKeys);
            uint* bits = (uint*)Block.Scratch.OfWorker(worker, (long)rows * words), square = stackalloc uint[32];
            for (int i = 0; i < rows; i++)
            {
                uint* ofRow = bits + ((long)i * words);
                Block.SampleCounts[firstRow + i] = Block.Pairs.DrawNegatives(Block.FirstRow + firstRow + i, ofRow);
                if (keys < Block.Pairs.AllKeys) Block.SampleCounts[firstRow + i] = NegativeDraw.Keep(ofRow, Block.Pairs.FirstKey, keys);
            }

            uint* ofKeys = Block.SampleBits + ((long)firstRow / ContrastiveBlock.PanelRows * keys);
            for (int word = 0; word < NegativeDraw.Words(keys); word++)
            {
                for (int i = 0; i < 32; i++) square[i] = i < rows ? bits[((long)i * words) + word] : 0;
                NegativeDraw.Transpose(square);
                new ReadOnlySpan<uint>(square, Math.Min(32, keys - (word * 32))).CopyTo(new Span<uint>(ofKeys + (word * 32), 32));
            }
        }
    }
}
