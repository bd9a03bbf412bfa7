using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

// Pass 1 sweeps the keys for each row's sums; small kernels turn them into the loss and the weights' factors; pass 2 sweeps keys for dq and queries for dk.
// Pass 1 on tensor cores, where neither labels nor a second sum ask for more, sums up the exponentials times the keys as it goes.
public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void ContrastiveLossCore(ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients)
    {
        int rows = batch.Queries[0], keys = batch.Keys[0], depth = batch.Queries[1];
        PairPlan plan = pairs.Plan(rows, keys, depth);
        SetWeights(ref plan.Sweep, batch, settings);
        DeviceSpan queries = pairs.Operand("operands of queries", batch.Queries, plan);
        DeviceSpan ofKeys = IsSame(batch.Queries, batch.Keys) ? queries : pairs.Operand("operands of keys", batch.Keys, plan);
        DeviceSpan positives = batch.Positives.IsNone ? default : pairs.Operand("operands of positives", batch.Positives, plan);
        PairSide anchors = new() { Positive = AddressOf(batch.PositiveKeys), Ignored = IgnoredKeys(batch), Label = AddressOf(batch.QueryLabels) };
        PairSide others = new() { Label = AddressOf(batch.KeyLabels) };
        bool onePass = plan.TensorCores && !gradients.Queries.IsNone && settings.Loss.Exponent == 1 && settings.Loss.Tilt == 0
            && batch.KeyLabels.IsNone;
        DeviceSpan partial = onePass || !gradients.Queries.IsNone ? pairs.PartialProducts(plan) : default, parts = pairs.Parts(onePass ? 1 + (plan.Slabs * plan.Splits) : plan.Splits, rows);
        pairs.Sum(plan, queries, ofKeys, positives, default, anchors, others, parts, onePass ? partial : default);
        DeviceSpan factors = scratch.Take("factors of rows", 5L * rows);
        FinishRows(batch, settings, plan, onePass ? plan.Splits + 1 : plan.Splits, parts, anchors, others, factors, loss, logSumExp);
        DeviceSpan byPositive = new(factors.Address + (4 * rows * sizeof(float)), rows);
        if (!gradients.Positives.IsNone)
            Launch(PairMerge.ScaleRowsKernel, PairMerge.Grid(rows), PairMerge.Threads, 0, batch.Queries, byPositive, gradients.Positives, rows, depth);
        PairSide weighing = anchors;
        (weighing.Maximum, weighing.BySum) = (factors.Address, factors.Address + (rows * sizeof(float)));
        if (settings.Loss.Tilt > 0) weighing.ByTilted = factors.Address + (2L * rows * sizeof(float));
        if (settings.Loss.EqualLabelsArePositives) weighing.ByEqual = factors.Address + (3L * rows * sizeof(float));
        if (!gradients.Queries.IsNone)
        {
            DeviceSpan weights = default;
            if (onePass)
            {
                weights = scratch.Take("weights of splits", (long)plan.Slabs * plan.Splits * rows);
                Launch(
                    ContrastiveRows.SplitWeightsKernel, Tiling.Blocks(rows, 256), 256, 0, PairLauncher.FromPart(parts, 1, rows), factors, weights, rows, plan.Slabs * plan.Splits, settings.Temperature);
            }
            else
            {
                plan.Sweep.Weights = PairWeights.OfRow;
                pairs.Multiply(plan, queries, ofKeys, default, weighing, others, partial);
            }

            Launch(
                PairMerge.QueryGradientKernel, PairMerge.Grid(rows), PairMerge.Threads, 0, partial, weights,
                batch.Positives.IsNone ? batch.PositiveKeys.IsNone ? default : batch.Keys : batch.Positives, batch.PositiveKeys, byPositive, gradients.Queries, rows, depth,
                plan.Width, plan.Splits);
        }

        if (gradients.Keys.IsNone) return;
        PairPlan ofColumns = pairs.Plan(keys, rows, depth);
        SetWeights(ref ofColumns.Sweep, batch, settings);
        ofColumns.Sweep.Weights = PairWeights.OfColumn;
        partial = pairs.PartialProducts(ofColumns);
        pairs.Multiply(ofColumns, ofKeys, queries, default, others, weighing, partial);
        pairs.AddSplits(ofColumns, partial, gradients.Keys, accumulate: false);
        if (batch.PositiveKeys.IsNone) return;

        // The positive's weight is near 1 and comes last: added first, it would take the digits of all the small ones.
        Launch(
            ContrastiveRows.PositiveKeysKernel, (keys + ContrastiveRows.KeysPerBlock - 1) / ContrastiveRows.KeysPerBlock, 256, 0, batch.PositiveKeys, batch.Queries, byPositive,
            gradients.Keys, rows, keys, depth);
    }

    private static void SetWeights(ref PairSweep sweep, in ContrastiveBatch batch, in ContrastiveSettings settings)
    {
        sweep.Scale = PairLauncher.Scale(settings.Loss.Exponent, settings.Temperature);
        sweep.TiltedScale = settings.Loss.Tilt > 0 ? PairLauncher.Scale(1 + settings.Loss.Tilt, settings.Temperature) : 0;
        sweep.Labels = batch.KeyLabels.IsNone ? LabelRule.None : settings.Loss.EqualLabelsArePositives ? LabelRule.Positives : LabelRule.Excluded;
    }

    private static bool IsSame(Tensor a, Tensor b) => a.DeviceAddress == b.DeviceAddress && a[0] == b[0];

    private static nint AddressOf(Tensor tensor) => tensor.IsNone ? 0 : tensor.DeviceAddress;

    /// <summary>The ignored keys without those that are the row's positive: a positive counts.</summary>
    private long IgnoredKeys(in ContrastiveBatch batch)
    {
        if (batch.IgnoredKeys.IsNone || batch.PositiveKeys.IsNone) return AddressOf(batch.IgnoredKeys);
        int rows = batch.Queries[0];
        DeviceSpan ignored = scratch.Take("ignored keys", rows);
        Launch(ContrastiveRows.IgnoredKeysKernel, Tiling.Blocks(rows, 256), 256, 0, batch.IgnoredKeys, batch.PositiveKeys, ignored, rows);
        return ignored.Address;
    }

    /// <summary>The parts of the splits become the row's loss and the factors of its weights, [5][rows]: maximum, then by sum, tilted sum, equal label and positive.</summary>
    private unsafe void FinishRows(
        in ContrastiveBatch batch, in ContrastiveSettings settings, in PairPlan plan, int splits, DeviceSpan parts, in PairSide anchors, in PairSide others, DeviceSpan factors, Tensor loss,
        Tensor logSumExp)
    {
        int rows = batch.Queries[0];
        RowFinish finish = RowFinish.Of(settings, plan, batch);
        finish.Splits = splits;
        if (finish.Formula != RowFormula.Host)
        {
            Launch(
                ContrastiveRows.FinishKernel, Tiling.Blocks(rows, 256), 256, 0, parts, KernelArgument.Of(finish), KernelArgument.Of(anchors), KernelArgument.Of(others), factors, loss,
                logSumExp);
            return;
        }

        // A loss that only the host knows: one wait for the rows' sums, and its own formula.
        DeviceSpan sums = scratch.Take("sums of rows", rows, sizeof(RowSums));
        Launch(ContrastiveRows.SumsKernel, Tiling.Blocks(rows, 256), 256, 0, parts, KernelArgument.Of(finish), KernelArgument.Of(anchors), KernelArgument.Of(others), sums, factors);
        RowSums[] ofRows = new RowSums[rows];
        float[] host = new float[5 * rows], losses = new float[rows], logarithms = new float[rows];
        device.Download(sums.Address, MemoryMarshal.AsBytes(ofRows.AsSpan()));
        device.Download(factors.Address, MemoryMarshal.AsBytes(host.AsSpan()));
        for (int row = 0; row < rows; row++)
        {
            RowResult result = settings.Loss.Of(ofRows[row]);
            (losses[row], logarithms[row]) = ((float)result.Loss, (float)result.LogSumExp);
            RowFactors factor = finish.Factors(result, ofRows[row].Negatives, host[row]);
            (host[rows + row], host[(2 * rows) + row], host[(3 * rows) + row], host[(4 * rows) + row]) = (factor.BySum, factor.ByTiltedSum, factor.ByEqualLabel, factor.ByPositive);
        }

        device.Upload(MemoryMarshal.AsBytes(host.AsSpan()), factors.Address);
        Upload<float>(losses, loss);
        Upload<float>(logarithms, logSumExp);
    }
}
