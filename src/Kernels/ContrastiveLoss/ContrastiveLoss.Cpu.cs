using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// Keys are walked in tiles, each of which meets a whole block of rows, so that keys and their gradient cross the memory bus once for a block while the
// block's queries and their gradient stay in the second-level cache. A block is finished, both passes, before the next begins.
public sealed partial class CpuOps
{
    // Floats of a block's queries, and of each partial sum of their gradient: 1024 rows of 128 dimensions, from the third-level cache. Each block walks the keys anew.
    private const int ContrastiveBlockFloats = 128 << 10;

    protected override unsafe void ContrastiveLossCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients)
    {
        ContrastivePairs pairs = new(batch, settings);
        ContrastiveBlock block = new()
        {
            Pairs = pairs, Loss = settings.Loss, Scratch = Scratch, RowLoss = loss.FloatPointer, RowLogSumExp = logSumExp.FloatPointer,
            Dq = gradients.Queries.IsNone ? null : gradients.Queries.FloatPointer,
            Dk = gradients.Keys.IsNone ? null : gradients.Keys.FloatPointer,
            Dp = gradients.Positives.IsNone ? null : gradients.Positives.FloatPointer,
        };
        block.Plan(settings.SpillBytes ?? ContrastiveSettings.AutomaticSpillBytes(pairs.KeyCount, pairs.Depth), Tiling.RoundUp(Math.Clamp(ContrastiveBlockFloats / pairs.Depth, 64, 1024), ContrastiveBlock.PanelRows));
        block.Place(Scratch.Shared(block.SharedFloats));
        for (int first = 0; first < pairs.Rows; first += block.Capacity)
        {
            block.FirstRow = first;
            block.Rows = Math.Min(block.Capacity, pairs.Rows - first);
            Workers.Run(Tiling.Blocks(block.Rows, PackQueries.PerChunk), new PackQueries { Block = block });
            Workers.Run(block.SumPieces, new SumRows { Block = block });
            Workers.Run(Tiling.Blocks(block.Rows, FinishRows.PerChunk), new FinishRows { Block = block });
            if (!block.SecondPass) continue;
            Workers.Run(block.WeighPieces, new WeighRows { Block = block });
            if (block.WeighsQueries) Workers.Run(Tiling.Blocks(block.Rows, AddRuns.PerChunk), new AddRuns { Block = block });
        }
    }

    private unsafe struct PackQueries : IChunks
    {
        public const int PerChunk = 64;
        public ContrastiveBlock Block;

        public void Run(int chunk, int worker)
        {
            int first = chunk * PerChunk, rows = Math.Min(PerChunk, Block.Rows - first), depth = Block.Pairs.Depth;
            float* queries = Block.Pairs.Queries + ((long)(Block.FirstRow + first) * depth);
            Gemm.PackRight(queries, depth, true, 0, rows, depth, Block.QueryPanels + ((long)first * depth));
            if (Block.Dk == null) return;
            for (int d = 0; d < depth; d += MicroKernel.TileColumns)
            {
                float* panel = Block.QueryValues + ((long)d * Block.Capacity) + (first * MicroKernel.TileColumns);
                Pack.Panel(queries, depth, false, d, Math.Min(MicroKernel.TileColumns, depth - d), rows, panel);
            }
        }
    }
}
