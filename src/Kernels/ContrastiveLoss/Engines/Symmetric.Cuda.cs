using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

// NT-Xent: rows are queries and keys at once, so a pair's dot product serves both its ends, and one sweep gives the whole of dz.
public sealed partial class CudaOps
{
    // From here up e^{(s − 1)/T} of unit rows is a normal float whatever s is, and one exponential serves both ends of a pair.
    private const float LeastCommonTemperature = 0.05f;

    /// <summary>Two towers: the queries of either against the keys of the other, a pass each, whose means are over the rows of both.</summary>
    private void AcrossLoss(in ContrastiveBatch batch, in ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor dz)
    {
        int samples = batch.Queries[0] / 2;
        for (int view = 0; view < 2; view++)
        {
            int first = view * samples, other = samples - first;
            Compute(new()
            {
                Batch = new(batch.Queries.Slice(first, samples), batch.Queries.Slice(other, samples)) { PositiveKeys = batch.Views!.KeysOfSamples },
                Settings = settings, Loss = loss.Slice(first, samples), LogSumExp = logSumExp.Slice(first, samples), AllRows = 2 * samples,
                Dq = Some(dz, first, samples), Dk = Some(dz, other, samples), AddsQueries = view > 0, AddsKeys = view > 0,
            });
        }
    }

    private void SymmetricLoss(in ContrastiveBatch batch, in ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor dz)
    {
        int rows = batch.Queries[0];
        PairPlan plan = PlanPass(batch, settings, rows, rows);
        DeviceSpan operand = pairs.Operand("operands of queries", batch.Queries, plan), parts = pairs.Parts(plan.Splits, rows),
            factors = scratch.Take("factors of rows", 5L * rows);
        PairSide sides = new() { Positive = AddressOf(batch.PositiveKeys), Ignored = AddressOf(batch.IgnoredKeys) };
        pairs.Sum(plan, operand, operand, default, default, sides, default, parts);
        FinishRows(RowFinish.Of(settings, batch, plan.Sweep.Labels, rows, plan.Splits), settings.Loss, parts, sides, default, factors, loss, logSumExp);
        if (dz.IsNone) return;
        bool common = plan.TensorCores && settings.Temperature >= LeastCommonTemperature;
        DeviceSpan symmetric = scratch.Take("factors of symmetric rows", 2L * rows), partial = pairs.PartialProducts(plan);
        Launch(ContrastiveRows.SymmetricFactorsKernel, Tiling.Blocks(rows, 256), 256, 0, batch.PositiveKeys, factors, symmetric, rows, settings.Temperature,
            common);
        (sides.Maximum, sides.BySum) = (factors.Address, symmetric.Address);
        plan.Sweep.CommonMaximum = 1;
        plan.Sweep.Weights = common ? PairWeights.OfBothCommon : PairWeights.OfBoth;
        pairs.Multiply(plan, operand, operand, default, sides, sides, partial);
        RectangularSides ofPairs = new() { Plan = plan, PositiveKeys = new(batch.PositiveKeys.DeviceAddress, rows) };
        AddQueryGradient(batch, ofPairs, partial, default, new DeviceSpan(symmetric.Address + (rows * sizeof(float)), rows), dz, accumulate: false);
    }
}
