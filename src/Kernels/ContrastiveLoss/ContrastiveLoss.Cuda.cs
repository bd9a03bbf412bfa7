using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>
    /// The engine is chosen from the batch: each pair of rows multiplied once, or all queries, some at a time where negatives are drawn, against all keys.
    /// </summary>
    private protected override void ContrastiveLossCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients)
    {
        if (batch.IsSymmetric(settings, gradients))
        {
            if (batch.IsAcross) AcrossLoss(batch, settings, loss, logSumExp, gradients.Rows);
            else SymmetricLoss(batch, settings, loss, logSumExp, gradients.Rows);
            return;
        }

        int rows = batch.Queries[0], perPass = QueriesPerPass(batch);
        if (perPass < rows && !gradients.Rows.IsNone) Zero(gradients.Rows);
        for (int first = 0; first < rows; first += perPass)
        {
            int count = Math.Min(perPass, rows - first);
            Tensor dq = gradients.Rows.IsNone ? gradients.Queries : gradients.Rows;
            RectangularPass pass = new()
            {
                Batch = Some(batch, first, count), Settings = settings, Loss = loss.Slice(first, count), LogSumExp = logSumExp.Slice(first, count),
                First = first, AllRows = rows,
                Dq = Some(dq, first, count), Dk = gradients.Rows.IsNone ? gradients.Keys : gradients.Rows, Dp = Some(gradients.Positives, first, count),
                AddsQueries = perPass < rows && !gradients.Rows.IsNone, AddsKeys = first > 0 || !gradients.Rows.IsNone,
            };
            Compute(pass);
        }
    }

    // Pass 1 sweeps the keys for each row's sums; small kernels turn them into the loss and the weights' factors; pass 2 sweeps keys for dq and queries for dk.
    // Pass 1 on tensor cores, where neither labels nor a second sum ask for more, sums up the exponentials times the keys as it goes.
    private void Compute(in RectangularPass pass)
    {
        ContrastiveBatch batch = pass.Batch;
        ContrastiveSettings settings = pass.Settings;
        int rows = batch.Queries[0];
        RectangularSides sides = SidesOf(batch, settings, pass.First);
        PairPlan plan = sides.Plan;
        bool onePass = plan.TensorCores && !pass.Dq.IsNone && settings.Loss.Exponent == 1 && settings.Loss.Tilt == 0 && batch.KeyLabels.IsNone;
        DeviceSpan partial = pass.Dq.IsNone ? default : pairs.PartialProducts(plan),
            parts = pairs.Parts(onePass ? 1 + (plan.Slabs * plan.Splits) : plan.Splits, rows);
        pairs.Sum(plan, sides.Queries, sides.Keys, sides.Positives, sides.Bits, sides.QuerySide, sides.KeySide, parts, onePass ? partial : default);
        DeviceSpan factors = scratch.Take("factors of rows", 5L * rows);
        RowFinish finish = RowFinish.Of(settings, batch, plan.Sweep.Labels, pass.AllRows, onePass ? plan.Splits + 1 : plan.Splits);
        FinishRows(finish, settings.Loss, parts, sides.QuerySide, sides.KeySide, factors, pass.Loss, pass.LogSumExp);
        if (onePass)
        {
            DeviceSpan byPositive = new(factors.Address + (4 * rows * sizeof(float)), rows);
            AddQueryGradient(batch, sides, partial, SplitWeights(plan, parts, factors, rows, settings.Temperature), byPositive, pass.Dq, pass.AddsQueries);
        }

        WeighPairs(onePass ? pass with { Dq = default } : pass, sides, factors);
    }

    /// <summary>What is walked: operands of the sweeps, and what is known of their rows. Indices and bits are those of the batch's own keys.</summary>
    private RectangularSides SidesOf(in ContrastiveBatch batch, in ContrastiveSettings settings, int first)
    {
        RectangularSides sides = new() { Plan = PlanPass(batch, settings, batch.Queries[0], batch.Keys[0]) };
        sides.Queries = pairs.Operand("operands of queries", batch.Queries, sides.Plan);
        sides.Keys = batch.QueriesAreKeys ? sides.Queries : pairs.Operand("operands of keys", batch.Keys, sides.Plan);
        if (!batch.Positives.IsNone) sides.Positives = pairs.Operand("operands of positives", batch.Positives, sides.Plan);
        sides.QuerySide = new() { Positive = AddressOf(batch.PositiveKeys), Ignored = IgnoredKeys(batch), Label = AddressOf(batch.QueryLabels) };
        sides.KeySide = new() { Label = AddressOf(batch.KeyLabels) };
        if (batch.Sample.Draws) sides.Bits = BitsOfPart(DrawNegatives(batch, first, sides.QuerySide, sides.KeySide, sides.Plan.Sweep.Labels), batch);
        sides.QuerySide.Positive = IndicesOfPart("positive keys of a part", sides.QuerySide.Positive, batch);
        sides.QuerySide.Ignored = IndicesOfPart("ignored keys of a part", sides.QuerySide.Ignored, batch);
        if (!batch.PositiveKeys.IsNone) sides.PositiveKeys = new((nint)sides.QuerySide.Positive, batch.Queries[0]);
        return sides;
    }

    private DeviceSpan SplitWeights(in PairPlan plan, DeviceSpan parts, DeviceSpan factors, int rows, float temperature)
    {
        DeviceSpan weights = scratch.Take("weights of splits", (long)plan.Slabs * plan.Splits * rows);
        Launch(
            ContrastiveRows.SplitWeightsKernel, Tiling.Blocks(rows, 256), 256, 0, PairLauncher.FromPart(parts, 1, rows), factors, weights, rows,
            plan.Slabs * plan.Splits, temperature);
        return weights;
    }

    /// <summary>The second pass: dp, and dq and dk by sweeps of their own.</summary>
    private void WeighPairs(in RectangularPass pass, in RectangularSides sides, DeviceSpan factors)
    {
        ContrastiveBatch batch = pass.Batch;
        ContrastiveSettings settings = pass.Settings;
        PairPlan plan = sides.Plan;
        int rows = batch.Queries[0], keys = batch.Keys[0], depth = batch.Queries[1];
        DeviceSpan byPositive = new(factors.Address + (4 * rows * sizeof(float)), rows);
        if (!pass.Dp.IsNone) Launch(PairMerge.ScaleRowsKernel, PairMerge.Grid(rows), PairMerge.Threads, 0, batch.Queries, byPositive, pass.Dp, rows, depth);
        PairSide weighing = sides.QuerySide;
        (weighing.Maximum, weighing.BySum) = (factors.Address, factors.Address + (rows * sizeof(float)));
        if (settings.Loss.Tilt > 0) weighing.ByTilted = factors.Address + (2L * rows * sizeof(float));
        if (settings.Loss.EqualLabelsArePositives) weighing.ByEqual = factors.Address + (3L * rows * sizeof(float));
        if (!pass.Dq.IsNone)
        {
            DeviceSpan products = pairs.PartialProducts(plan);
            plan.Sweep.Weights = PairWeights.OfRow;
            pairs.Multiply(plan, sides.Queries, sides.Keys, sides.Bits, weighing, sides.KeySide, products);
            AddQueryGradient(batch, sides, products, default, byPositive, pass.Dq, pass.AddsQueries);
        }

        if (pass.Dk.IsNone) return;
        PairPlan ofColumns = PlanPass(batch, settings, keys, rows);
        ofColumns.Sweep.Weights = PairWeights.OfColumn;
        DeviceSpan partial = pairs.PartialProducts(ofColumns);
        pairs.Multiply(ofColumns, sides.Keys, sides.Queries, sides.Bits, sides.KeySide, weighing, partial);
        pairs.AddSplits(ofColumns, partial, pass.Dk, pass.AddsKeys);
        if (batch.PositiveKeys.IsNone) return;

        // The positive's weight is near 1 and comes last: added first, it would take the digits of all the small ones.
        Launch(
            ContrastiveRows.PositiveKeysKernel, Tiling.Blocks(keys, ContrastiveRows.KeysPerBlock), 256, 0, sides.PositiveKeys, batch.Queries, byPositive,
            pass.Dk, rows, keys, depth);
    }

    /// <summary>dq [rows, depth] = or += the splits' partial products, each by its weight, plus the positive's row by its factor.</summary>
    private void AddQueryGradient(
        in ContrastiveBatch batch, in RectangularSides sides, DeviceSpan partial, DeviceSpan weights, DeviceSpan byPositive, Tensor dq,
        bool accumulate) => Launch(
        PairMerge.QueryGradientKernel, PairMerge.Grid(batch.Queries[0]), PairMerge.Threads, 0, partial, weights,
        batch.Positives.IsNone ? batch.PositiveKeys.IsNone ? default : batch.Keys : batch.Positives, sides.PositiveKeys, byPositive, dq, batch.Queries[0],
        batch.Queries[1], sides.Plan.Width, sides.Plan.Splits, accumulate);

    private PairPlan PlanPass(in ContrastiveBatch batch, in ContrastiveSettings settings, int rows, int columns)
    {
        PairPlan plan = pairs.Plan(rows, columns, batch.Queries[1], PrecisionOf(batch, settings));
        SetWeights(ref plan.Sweep, batch, settings);
        if (batch.Sample.Draws) plan.Sweep.Words = NegativeDraw.Words(batch.Keys[0]);
        return plan;
    }

    private static void SetWeights(ref PairSweep sweep, in ContrastiveBatch batch, in ContrastiveSettings settings)
    {
        sweep.Scale = PairLauncher.Scale(settings.Loss.Exponent, settings.Temperature);
        if (settings.Loss.IsOfPairs) (sweep.Terms, sweep.Scale, sweep.Bias) = (PairTerms.Logistic, 1 / settings.Temperature, settings.Bias);
        sweep.TiltedScale = settings.Loss.Tilt > 0 ? PairLauncher.Scale(1 + settings.Loss.Tilt, settings.Temperature) : 0;
        sweep.Labels = batch.KeyLabels.IsNone ? LabelRule.None : settings.Loss.EqualLabelsArePositives ? LabelRule.Positives : LabelRule.Excluded;
    }

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

    /// <summary>
    /// The parts of the splits become the row's loss and the factors of its weights, [5][rows]: maximum, then by sum, tilted sum, equal label and positive.
    /// </summary>
    private unsafe void FinishRows(
        in RowFinish finish, RowLoss formula, DeviceSpan parts, in PairSide querySide, in PairSide keySide, DeviceSpan factors, Tensor loss, Tensor logSumExp)
    {
        int rows = finish.Rows;
        if (finish.Formula != RowFormula.Host)
        {
            Launch(
                ContrastiveRows.FinishKernel, Tiling.Blocks(rows, 256), 256, 0, parts, KernelArgument.Of(finish), KernelArgument.Of(querySide),
                KernelArgument.Of(keySide), factors, loss,
                logSumExp);
            return;
        }

        // A loss that only the host knows: one wait for the rows' sums, and its own formula.
        DeviceSpan sums = scratch.Take("sums of rows", rows, sizeof(RowSums));
        Launch(ContrastiveRows.SumsKernel, Tiling.Blocks(rows, 256), 256, 0, parts, KernelArgument.Of(finish), KernelArgument.Of(querySide),
            KernelArgument.Of(keySide), sums, factors);
        RowSums[] ofRows = new RowSums[rows];
        float[] host = new float[5 * rows], losses = new float[rows], logarithms = new float[rows];
        device.Download(sums.Address, MemoryMarshal.AsBytes(ofRows.AsSpan()));
        device.Download(factors.Address, MemoryMarshal.AsBytes(host.AsSpan()));
        for (int row = 0; row < rows; row++)
        {
            RowResult result = formula.Of(ofRows[row]);
            (losses[row], logarithms[row]) = ((float)result.Loss, (float)result.LogSumExp);
            RowFactors factor = finish.Factors(result, ofRows[row].Negatives, host[row]);
            (host[rows + row], host[(2 * rows) + row], host[(3 * rows) + row], host[(4 * rows) + row]) = (
                factor.BySum, factor.ByTiltedSum, factor.ByEqualLabel, factor.ByPositive);
        }

        device.Upload(MemoryMarshal.AsBytes(host.AsSpan()), factors.Address);
        Upload<float>(losses, loss);
        Upload<float>(logarithms, logSumExp);
    }

    private static Tensor Some(Tensor rows, int first, int count) => rows.IsNone ? rows : rows.Slice(first, count);

    private static ContrastiveBatch Some(in ContrastiveBatch batch, int first, int count) => count == batch.Queries[0] ? batch : batch with
    {
        Queries = Some(batch.Queries, first, count), Positives = Some(batch.Positives, first, count), PositiveKeys = Some(batch.PositiveKeys, first, count),
        IgnoredKeys = Some(batch.IgnoredKeys, first, count), QueryLabels = Some(batch.QueryLabels, first, count),
    };

    /// <summary>Queries and keys as the sweeps read them.</summary>
    private struct RectangularSides
    {
        public PairPlan Plan;
        public DeviceSpan Queries, Keys, Positives, Bits;
        public PairSide QuerySide, KeySide;

        /// <summary>The positives among the batch's own keys, −1 for what is not there; empty where no keys are.</summary>
        public DeviceSpan PositiveKeys;
    }

    /// <summary>Some queries against all keys, and where their results go.</summary>
    private struct RectangularPass
    {
        public ContrastiveBatch Batch;
        public ContrastiveSettings Settings;
        public Tensor Loss, LogSumExp, Dq, Dk, Dp;

        /// <summary>The first query of all, and how many all are.</summary>
        public int First, AllRows;

        /// <summary>Whether the gradients add to what stands in their places.</summary>
        public bool AddsQueries, AddsKeys;
    }
}
