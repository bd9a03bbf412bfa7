using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The steps of RectangularLoss one at a time: what one leaves to the next lies in tensors, and nothing is cached between them.
public sealed partial class CpuOps
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override unsafe void ContrastiveSumsCore(ContrastiveBatch batch, ContrastiveSettings settings, ContrastiveState state)
    {
        ContrastiveBlock block = new()
        {
            Pairs = new(batch, settings), Scratch = Scratch, States = (RowState*)state.Rows.IntPointer,
            Dq = state.Products.IsNone ? null : state.Products.FloatPointer, InBFloat16 = LosesLittleInBFloat16(settings),
        };
        if (Gathers(block.Pairs))
        {
            GatheredPart few = new() { Pairs = block.Pairs, Scratch = Scratch, States = block.States, Products = block.Dq };
            Workers.Run(Tiling.Blocks(block.Pairs.Rows, GatheredPart.PerChunk), few);
            return;
        }

        block.Plan(0, ContrastiveBlockRows(block.Pairs), onePass: block.Dq != null);
        block.Place(Scratch.Shared(block.SharedFloats));
        for (int first = 0; first < block.Pairs.Rows; first += block.Capacity)
        {
            block.FirstRow = first;
            block.Rows = Math.Min(block.Capacity, block.Pairs.Rows - first);
            Workers.Run(Tiling.Blocks(block.Rows, PackQueries.PerChunk), new PackQueries { Block = block });
            SumBlock(block);
            Workers.Run(Tiling.Blocks(block.Rows, MergeSplits.PerChunk), new MergeSplits { Block = block });
        }
    }

    /// <inheritdoc/>
    private protected override unsafe void ContrastiveFinishCore(Tensor states, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor factors)
    {
        int rows = factors[0];
        FinishStates finish = new()
        {
            States = (RowState*)states.IntPointer, Settings = settings, Parts = states[0] / rows, Rows = rows, Loss = loss.FloatPointer,
            LogSumExp = logSumExp.FloatPointer, Factors = (RowFactors*)factors.FloatPointer,
        };
        Workers.Run(Tiling.Blocks(rows, FinishStates.PerChunk), finish);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override unsafe void ContrastiveWeightsCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor factors, ContrastiveGradients gradients, ContrastiveState state)
    {
        ContrastiveTargets targets = new(gradients);
        ContrastiveBlock block = new()
        {
            Pairs = new(batch, settings), Scratch = Scratch, Dq = targets.Dq, Dk = targets.Dk, InBFloat16 = LosesLittleInBFloat16(settings),
        };
        RowFactors* ofRows = (RowFactors*)factors.FloatPointer;
        if (!state.Products.IsNone) block.Dq = null;
        if (!state.Products.IsNone || targets.Dp != null)
        {
            Workers.Run(Tiling.Blocks(block.Pairs.Rows, WeighStates.PerChunk), new WeighStates
            {
                Pairs = block.Pairs, Factors = ofRows, States = state.Products.IsNone ? null : (RowState*)state.Rows.IntPointer,
                Products = state.Products.IsNone ? null : state.Products.FloatPointer, Dq = state.Products.IsNone ? null : targets.Dq, Dp = targets.Dp,
            });
        }

        if (block.Dq == null && block.Dk == null) return;
        if (block.Dk == null && Gathers(block.Pairs))
        {
            GatheredPart few = new() { Pairs = block.Pairs, Scratch = Scratch, Factors = ofRows, Dq = block.Dq };
            Workers.Run(Tiling.Blocks(block.Pairs.Rows, GatheredPart.PerChunk), few);
            return;
        }

        block.Plan(0, ContrastiveBlockRows(block.Pairs), onePass: false);
        block.Place(Scratch.Shared(block.SharedFloats));
        for (int first = 0; first < block.Pairs.Rows; first += block.Capacity)
        {
            block.FirstRow = first;
            block.Rows = Math.Min(block.Capacity, block.Pairs.Rows - first);
            Workers.Run(Tiling.Blocks(block.Rows, PackQueries.PerChunk), new PackQueries { Block = block });
            for (int row = 0; row < block.Rows; row++) block.Factors.Set(row, ofRows[first + row]);
            WeighBlock(block);
            if (block.WeighsQueries) Workers.Run(Tiling.Blocks(block.Rows, AddSplits.PerChunk), new AddSplits { Block = block });
        }
    }

    /// <summary>The splits' sums become the part's state, and their products those of the part.</summary>
    private unsafe struct MergeSplits : IChunks
    {
        public const int PerChunk = 16;
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Block.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++)
            {
                RowState state = MergedSplits(Block, row);
                Block.States[Block.FirstRow + row] = state;
                if (Block.OnePass) AddProducts(row, state.Reference);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddProducts(int row, float reference)
        {
            int depth = Block.Pairs.Depth;
            Span<float> products = Row(Block.Dq, Block.FirstRow + row, depth);
            products.Clear();
            for (int split = 0; split < Block.Splits; split++)
            {
                long place = ((long)split * Block.Capacity) + row;
                float factor = (float)Math.Exp(((double)Block.Offsets[place] - reference) / Block.Pairs.Temperature);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(Block.Partial + (place * Block.Width), depth), factor, products, products);
            }
        }
    }

    /// <summary>The parts' states become the losses of some rows and the factors of their weights.</summary>
    private unsafe struct FinishStates : IChunks
    {
        public const int PerChunk = 16;
        public RowState* States;
        public ContrastiveSettings Settings;
        public int Parts, Rows;
        public float* Loss, LogSumExp;
        public RowFactors* Factors;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            double temperature = Settings.Temperature, exponent = Settings.Loss.Exponent, concentration = Settings.Loss.Tilt;
            int last = Math.Min(Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++)
            {
                RowState all = RowState.OfParts(new(States, Parts * Rows), row, Rows, temperature, exponent, concentration, LogitRow.Masked);
                RowResult result = Settings.Loss.Of(all.Sums(temperature, LogitRow.Masked, Settings.Bias));
                (Loss[row], LogSumExp[row]) = ((float)result.Loss, (float)result.LogSumExp);
                Factors[row] = RowFactors.Of(
                    result, all.Negatives, all.Reference == LogitRow.Masked ? 0 : all.Reference, exponent, concentration, 1 / (Rows * temperature));
            }
        }
    }

    /// <summary>What needs no walk over the keys: dq from the products that the first step has left, and dp.</summary>
    private unsafe struct WeighStates : IChunks
    {
        public const int PerChunk = 16;
        public ContrastivePairs Pairs;
        public RowFactors* Factors;
        public RowState* States;
        public float* Products, Dq, Dp;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Pairs.Rows, (chunk + 1) * PerChunk), depth = Pairs.Depth;
            for (int row = chunk * PerChunk; row < last; row++)
            {
                RowFactors factors = Factors[row];
                if (Dp != null) TensorPrimitives.Multiply(Row(Pairs.Queries, row, depth), factors.ByPositive, Row(Dp, row, depth));
                if (Dq == null) continue;
                Span<float> dq = Row(Dq, row, depth);
                float factor = (float)(factors.BySum * Math.Exp(((double)States[row].Reference - factors.Offset) / Pairs.Temperature));
                TensorPrimitives.Multiply(Row(Products, row, depth), factor, dq);
                float* positive = Pairs.PositiveRow(row);
                if (positive != null) TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(positive, depth), factors.ByPositive, dq, dq);
            }
        }
    }
}
