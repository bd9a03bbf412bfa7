using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void ContrastiveSumsCore(ContrastiveBatch batch, ContrastiveSettings settings, ContrastiveState state)
    {
        int rows = batch.Queries[0], perPass = QueriesPerPass(batch);
        for (int first = 0; first < rows; first += perPass)
        {
            int count = Math.Min(perPass, rows - first);
            SumPart(Some(batch, first, count), settings, first, new(state.Rows.Slice(first, count), Some(state.Products, first, count)));
        }
    }

    /// <inheritdoc/>
    private protected override void ContrastiveFinishCore(Tensor states, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor factors)
    {
        int rows = factors[0], parts = states[0] / rows;
        RowFinish finish = RowFinish.Of(settings, rows, rows, parts);
        if (finish.Formula != RowFormula.Host)
        {
            Launch(
                ContrastiveStates.FinishKernel, Tiling.Blocks(rows, 256), 256, 0, StatesOf(states), KernelArgument.Of(finish), factors, loss, logSumExp);
            return;
        }

        // A loss that only the host knows.
        RowState[] all = new RowState[states[0]];
        RowFactors[] ofRows = new RowFactors[rows];
        float[] losses = new float[rows], logarithms = new float[rows];
        device.Download(states.DeviceAddress, MemoryMarshal.AsBytes(all.AsSpan()));
        for (int row = 0; row < rows; row++)
        {
            RowState sum = RowState.OfParts(all, row, rows, finish.Temperature, finish.Exponent, finish.Tilt, PlainPairs.Masked);
            RowResult result = settings.Loss.Of(sum.Sums(finish.Temperature, PlainPairs.Masked, finish.Bias));
            (losses[row], logarithms[row]) = ((float)result.Loss, (float)result.LogSumExp);
            ofRows[row] = finish.Factors(result, sum.Negatives, sum.Reference == PlainPairs.Masked ? 0 : sum.Reference);
        }

        device.Upload(MemoryMarshal.AsBytes(ofRows.AsSpan()), factors.DeviceAddress);
        Upload<float>(losses, loss);
        Upload<float>(logarithms, logSumExp);
    }

    /// <inheritdoc/>
    private protected override void ContrastiveWeightsCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor factors, ContrastiveGradients gradients, ContrastiveState state)
    {
        int rows = batch.Queries[0], perPass = QueriesPerPass(batch);
        for (int first = 0; first < rows; first += perPass)
        {
            int count = Math.Min(perPass, rows - first);
            RectangularPass pass = new()
            {
                Batch = Some(batch, first, count), Settings = settings, First = first, Dq = Some(gradients.Queries, first, count), Dk = gradients.Keys,
                Dp = Some(gradients.Positives, first, count), AddsKeys = first > 0,
            };
            ContrastiveState own = state.Products.IsNone ? state : new(state.Rows.Slice(first, count), state.Products.Slice(first, count));
            WeighPart(pass, factors.Slice(first, count), own);
        }
    }

    private void SumPart(in ContrastiveBatch batch, in ContrastiveSettings settings, int first, in ContrastiveState state)
    {
        RectangularSides sides = SidesOf(batch, settings, first);
        PairPlan plan = sides.Plan;
        int rows = batch.Queries[0], words = batch.Sample.Draws ? plan.Sweep.Words : 0;
        bool onePass = plan.TensorCores && !state.Products.IsNone && batch.KeyLabels.IsNone;
        DeviceSpan partial = state.Products.IsNone ? default : pairs.PartialProducts(plan),
            parts = pairs.Parts(onePass ? 1 + (plan.Slabs * plan.Splits) : plan.Splits, rows), factors = scratch.Take("factors of rows", 5L * rows);
        pairs.Sum(plan, sides.Queries, sides.Keys, sides.Positives, sides.Bits, sides.QuerySide, sides.KeySide, parts, onePass ? partial : default);
        RowFinish finish = RowFinish.Of(settings, batch, plan.Sweep.Labels, rows, onePass ? plan.Splits + 1 : plan.Splits);
        Launch(
            ContrastiveStates.StateKernel, Tiling.Blocks(rows, 256), 256, 0, parts, KernelArgument.Of(finish), KernelArgument.Of(sides.QuerySide),
            KernelArgument.Of(sides.KeySide), sides.Bits, words, StatesOf(state.Rows), factors);
        if (state.Products.IsNone) return;
        DeviceSpan weights = default, ones = new(factors.Address + (rows * sizeof(float)), rows);
        if (onePass) weights = SplitWeights(plan, parts, factors, rows, settings.Temperature);
        else
        {
            PairSide weighing = sides.QuerySide;
            (weighing.Maximum, weighing.BySum) = (factors.Address, ones.Address);
            plan.Sweep.Weights = PairWeights.OfRow;
            pairs.Multiply(plan, sides.Queries, sides.Keys, sides.Bits, weighing, sides.KeySide, partial);
        }

        AddQueryGradient(batch with { Positives = default, PositiveKeys = default }, sides, partial, weights, ones, state.Products, accumulate: false);
    }

    private void WeighPart(in RectangularPass pass, Tensor ofRows, in ContrastiveState state)
    {
        ContrastiveBatch batch = pass.Batch;
        int rows = batch.Queries[0], depth = batch.Queries[1], slabs = Tiling.Blocks(depth, PairSweep.SlabDepth);
        DeviceSpan factors = scratch.Take("factors of rows", 5L * rows);
        Launch(ContrastiveStates.FactorsKernel, Tiling.Blocks(rows, 256), 256, 0, ofRows, factors, rows);
        RectangularSides sides = SidesOf(batch, pass.Settings, pass.First);
        bool fromProducts = !state.Products.IsNone && !pass.Dq.IsNone;
        WeighPairs(fromProducts ? pass with { Dq = default } : pass, sides, factors);
        if (!fromProducts) return;
        DeviceSpan weights = scratch.Take("weights of splits", (long)slabs * rows), byPositive = new(factors.Address + (4 * rows * sizeof(float)), rows);
        Launch(
            ContrastiveStates.ProductWeightsKernel, Tiling.Blocks(rows, 256), 256, 0, StatesOf(state.Rows), factors, weights, rows, slabs,
            pass.Settings.Temperature);
        Launch(
            PairMerge.QueryGradientKernel, PairMerge.Grid(rows), PairMerge.Threads, 0, state.Products, weights,
            batch.Positives.IsNone ? batch.PositiveKeys.IsNone ? default : batch.Keys : batch.Positives, sides.PositiveKeys, byPositive, pass.Dq, rows, depth,
            depth, 1, false);
    }

    /// <summary>The address of indices among the batch's own keys, which may be a part.</summary>
    private long IndicesOfPart(string name, long indices, in ContrastiveBatch batch)
    {
        if (indices == 0 || batch.Part == default) return indices;
        int rows = batch.Queries[0];
        DeviceSpan ofPart = scratch.Take(name, rows);
        Launch(
            ContrastiveStates.PartIndicesKernel, Tiling.Blocks(rows, 256), 256, 0, new DeviceSpan((nint)indices, rows), ofPart, rows, batch.Part.First,
            batch.Keys[0]);
        return ofPart.Address;
    }

    /// <summary>The bits of the batch's own keys among those of all.</summary>
    private DeviceSpan BitsOfPart(DeviceSpan bits, in ContrastiveBatch batch)
    {
        if (batch.Part == default) return bits;
        int rows = batch.Queries[0], words = NegativeDraw.Words(batch.Part.All), wordsOfPart = NegativeDraw.Words(batch.Keys[0]);
        DeviceSpan ofPart = scratch.Take("sampled negatives of a part", (long)rows * wordsOfPart);
        Launch(
            ContrastiveStates.PartBitsKernel, Tiling.Blocks(rows * wordsOfPart, 256), 256, 0, bits, ofPart, rows, words, wordsOfPart, batch.Part.First,
            batch.Keys[0]);
        return ofPart;
    }

    /// <summary>States as the kernels read them, one element a query.</summary>
    private static DeviceSpan StatesOf(Tensor rows) => new(rows.DeviceAddress, rows[0]);
}
