using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

// K sampled negatives: all products in float32, of which one bit per anchor and key says what counts; some anchors at a time, so that the bits stay small.
public sealed partial class CudaOps
{
    private const long SampleBytes = 32L << 20;

    private void SampledForward(Tensor z, in KNegativesSettings settings, in KNegativesShape shape, in PairSide anchors, Tensor loss, Tensor logSumExp)
    {
        int perChunk = AnchorsPerChunk(shape);
        for (int first = 0; first < shape.Anchors; first += perChunk)
        {
            int count = Math.Min(perChunk, shape.Anchors - first);
            PairPlan plan = SampledPlan(shape, settings, count, shape.Keys);
            DeviceSpan bits = DrawNegatives(settings, shape, first, count), parts = pairs.Parts(plan.Splits, count), rows = new(z.DeviceAddress, z.Count);
            pairs.Sum(plan, PairLauncher.FromRow(rows, first, plan), PairLauncher.FromRow(rows, shape.FirstKey, plan), default, bits, From(anchors, first), default, parts);
            nint offset = first * sizeof(float);
            FinishAnchors(
                settings, parts, plan.Splits, count, loss.DeviceAddress + offset, logSumExp.DeviceAddress + offset, logSumExp.DeviceAddress + offset + (shape.Anchors * sizeof(float)));
        }
    }

    private void SampledBackward(
        Tensor z, in KNegativesSettings settings, in KNegativesShape shape, in PairSide anchors, Tensor logSumExp, Tensor dz, DeviceSpan probabilities)
    {
        PairSide weighing = Weighing(settings, shape, anchors, logSumExp, common: false);
        int perChunk = AnchorsPerChunk(shape);
        Zero(dz);
        for (int first = 0; first < shape.Anchors; first += perChunk)
        {
            int count = Math.Min(perChunk, shape.Anchors - first);
            PairSide some = From(weighing, first);
            DeviceSpan bits = DrawNegatives(settings, shape, first, count), rows = new(z.DeviceAddress, z.Count);
            PairPlan plan = SampledPlan(shape, settings, count, shape.Keys);
            DeviceSpan partial = pairs.PartialProducts(plan), shares = scratch.Take("shares of rows", (long)plan.Splits * count);
            plan.Sweep.Weights = PairWeights.OfRow;
            pairs.Multiply(plan, PairLauncher.FromRow(rows, first, plan), PairLauncher.FromRow(rows, shape.FirstKey, plan), bits, some, default, partial, shares);
            pairs.AddSplits(plan, partial, dz.Slice(first, count), accumulate: true);
            AddShares(shares, new DeviceSpan(probabilities.Address + (first * sizeof(float)), count), count, plan.Splits);

            plan = SampledPlan(shape, settings, shape.Keys, count);
            partial = pairs.PartialProducts(plan);
            plan.Sweep.Weights = PairWeights.OfColumn;
            pairs.Multiply(plan, PairLauncher.FromRow(rows, shape.FirstKey, plan), PairLauncher.FromRow(rows, first, plan), bits, default, some, partial);
            pairs.AddSplits(plan, partial, dz.Slice(shape.FirstKey, shape.Keys), accumulate: true);
        }
    }

    private static int AnchorsPerChunk(in KNegativesShape shape) =>
        (int)Math.Max(PlainPairs.TileRows, SampleBytes / ((long)NegativeSample.Words(shape.Keys) * sizeof(uint)) / PlainPairs.TileRows * PlainPairs.TileRows);

    private static PairPlan SampledPlan(in KNegativesShape shape, in KNegativesSettings settings, int rows, int columns)
    {
        PairPlan plan = PairPlan.Of(rows, columns, shape.Depth, Precision.Float32);
        plan.Sweep.Scale = PairLauncher.Scale(1, settings.Temperature);
        plan.Sweep.Words = NegativeSample.Words(shape.Keys);
        return plan;
    }

    private DeviceSpan DrawNegatives(in KNegativesSettings settings, in KNegativesShape shape, int first, int count)
    {
        DeviceSpan bits = scratch.Take("sampled negatives", (long)count * NegativeSample.Words(shape.Keys));
        Launch(
            KNegativesRows.DrawKernel, (count + 63) / 64, 64, 0, bits, first, count, shape.Anchors, shape.FirstKey, shape.Keys, shape.Available, shape.Sampled, settings.Seed,
            settings.Step);
        return bits;
    }

    private static PairSide From(PairSide side, int first)
    {
        long offset = (long)first * sizeof(float);
        side.Positive += offset;
        side.Ignored += offset;
        if (side.Maximum != 0) side.Maximum += offset;
        if (side.BySum != 0) side.BySum += offset;
        return side;
    }
}
