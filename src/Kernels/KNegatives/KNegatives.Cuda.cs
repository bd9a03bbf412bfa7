using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    // From here up e^{(s − 1)/T} of unit rows is a normal float whatever s is, and one exponential serves both ends of a pair.
    private const float LeastCommonTemperature = 0.05f;

    /// <inheritdoc/>
    protected override void KNegativesForwardCore(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp)
    {
        KNegativesShape shape = new(z, settings);
        PairSide pairs = Exclude(shape);
        if (settings.Method == KNegativesMethod.Materialised) MaterialisedForward(z, settings, shape, pairs, loss, logSumExp);
        else if (shape.Sampled > 0) SampledForward(z, settings, shape, pairs, loss, logSumExp);
        else StreamingForward(z, settings, shape, pairs, loss, logSumExp);
    }

    /// <inheritdoc/>
    protected override void KNegativesBackwardCore(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz)
    {
        KNegativesShape shape = new(z, settings);
        PairSide anchors = Exclude(shape);
        DeviceSpan probabilities = scratch.Take("probabilities of negatives", shape.Anchors);
        if (settings.Method == KNegativesMethod.Materialised) MaterialisedBackward(z, settings, shape, anchors, logSumExp, dz, probabilities);
        else if (shape.Sampled > 0) SampledBackward(z, settings, shape, anchors, logSumExp, dz, probabilities);
        else StreamingBackward(z, settings, shape, anchors, logSumExp, dz, probabilities);
        Launch(
            KNegativesRows.PositiveRowsKernel, PairMerge.Grid(shape.Rows), PairMerge.Threads, 0, z, probabilities, dz, shape.Rows, shape.Depth, shape.Anchors,
            (float)(1 / (shape.Anchors * (double)settings.Temperature)));
    }

    private void StreamingForward(Tensor z, in KNegativesSettings settings, in KNegativesShape shape, in PairSide anchors, Tensor loss, Tensor logSumExp)
    {
        PairPlan plan = pairs.Plan(shape.Anchors, shape.Keys, shape.Depth);
        plan.Sweep.Scale = PairLauncher.Scale(1, settings.Temperature);
        DeviceSpan operand = pairs.Operand("operands of pairs", z, plan), parts = pairs.Parts(plan.Splits, shape.Anchors);
        pairs.Sum(plan, operand, PairLauncher.FromRow(operand, shape.FirstKey, plan), default, default, anchors, default, parts);
        FinishAnchors(settings, parts, plan.Splits, shape.Anchors, loss.DeviceAddress, logSumExp.DeviceAddress, logSumExp.DeviceAddress + (shape.Anchors * sizeof(float)));
    }

    private void StreamingBackward(
        Tensor z, in KNegativesSettings settings, in KNegativesShape shape, PairSide anchors, Tensor logSumExp, Tensor dz, DeviceSpan probabilities)
    {
        PairPlan plan = pairs.Plan(shape.Anchors, shape.Keys, shape.Depth);
        bool common = shape.FirstKey == 0 && plan.TensorCores && settings.Temperature >= LeastCommonTemperature;
        anchors = Weighing(settings, shape, anchors, logSumExp, common);
        plan.Sweep.Scale = PairLauncher.Scale(1, settings.Temperature);
        plan.Sweep.CommonMaximum = 1;
        plan.Sweep.Weights = common ? PairWeights.OfBothCommon : shape.FirstKey == 0 ? PairWeights.OfBoth : PairWeights.OfRow;
        DeviceSpan operand = pairs.Operand("operands of pairs", z, plan), partial = pairs.PartialProducts(plan), shares = scratch.Take("shares of rows", (long)plan.Splits * shape.Anchors);
        pairs.Multiply(plan, operand, PairLauncher.FromRow(operand, shape.FirstKey, plan), default, anchors, shape.FirstKey == 0 ? anchors : default, partial, shares);
        pairs.AddSplits(plan, partial, dz.Slice(0, shape.Anchors), accumulate: false);
        AddShares(shares, probabilities, shape.Anchors, plan.Splits);
        if (shape.FirstKey == 0) return;

        // The keys are other rows than the anchors, and as many: the same plan serves.
        plan.Sweep.Weights = PairWeights.OfColumn;
        pairs.Multiply(plan, PairLauncher.FromRow(operand, shape.FirstKey, plan), operand, default, default, anchors, partial);
        pairs.AddSplits(plan, partial, dz.Slice(shape.FirstKey, shape.Keys), accumulate: false);
    }

    /// <summary>Per anchor the key that is its positive and the one that is itself.</summary>
    private PairSide Exclude(in KNegativesShape shape)
    {
        DeviceSpan positive = scratch.Take("positive of each anchor", shape.Anchors), self = scratch.Take("key that an anchor is", shape.Anchors);
        Launch(KNegativesRows.ExcludedKernel, Tiling.Blocks(shape.Anchors, 256), 256, 0, positive, self, shape.Anchors, shape.FirstKey);
        return new PairSide { Positive = positive.Address, Ignored = self.Address };
    }

    /// <summary>With what a weight is made of: the maximum, and <c>e^{−ln Σ}</c> or, of one maximum for all, <c>e^{(1 − m)/T − ln Σ}</c>.</summary>
    private PairSide Weighing(in KNegativesSettings settings, in KNegativesShape shape, in PairSide anchors, Tensor logSumExp, bool common)
    {
        DeviceSpan factors = scratch.Take("factors of anchors", shape.Anchors);
        Launch(KNegativesRows.FactorsKernel, Tiling.Blocks(shape.Anchors, 256), 256, 0, logSumExp, factors, shape.Anchors, settings.Temperature, common);
        PairSide weighing = anchors;
        (weighing.Maximum, weighing.BySum) = (logSumExp.DeviceAddress, factors.Address);
        return weighing;
    }

    private void FinishAnchors(in KNegativesSettings settings, DeviceSpan parts, int splits, int rows, nint loss, nint maxima, nint logarithms) => Launch(
        KNegativesRows.FinishKernel, Tiling.Blocks(rows, 256), 256, 0, parts, new DeviceSpan(loss, rows), new DeviceSpan(maxima, rows), new DeviceSpan(logarithms, rows), rows, splits,
        settings.Temperature);

    private void AddShares(DeviceSpan shares, DeviceSpan sums, int rows, int splits) => Launch(PairMerge.AddSharesKernel, Tiling.Blocks(rows, 256), 256, 0, shares, sums, rows, splits);

    /// <summary>The sizes of a batch: anchors are rows 0 to Anchors − 1 of z, keys rows FirstKey and on.</summary>
    private readonly struct KNegativesShape(Tensor z, in KNegativesSettings settings)
    {
        public readonly int Rows = z[0], Depth = z[1], Anchors = settings.Anchors(z[0]), FirstKey = settings.Source == NegativeSource.BothViews ? 0 : z[0] / 2;
        public readonly int Available = settings.Available(z[0]), Sampled = settings.Negatives == settings.Available(z[0]) ? 0 : settings.Negatives;

        public int Keys => Rows - FirstKey;
    }
}
