using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels;

/// <summary>The kernels of the sigmoid loss in the PTX interpreter. They are float32 whatever the precision of the other losses.</summary>
public class CudaSigmoidTests
{
    [Theory]
    [InlineData(1, 1, 1, Precision.Float32)]
    [InlineData(5, 1, 33, Precision.BFloat16)]
    [InlineData(33, 200, 130, Precision.BFloat16)]
    [InlineData(70, 130, 20, Precision.TensorFloat32)]
    public void LossAndGradientsErrNoMoreThanFloatsMust(int rows, int keys, int depth, Precision precision)
    {
        float[] q = Units(rows, depth, 1), k = Units(keys, depth, 2), own = Units(rows, depth, 3);
        using CudaRig rig = new(precision);
        ContrastiveBatch plain = new(Unit(rig, q, rows, depth), Unit(rig, k, keys, depth));
        int PositiveOf(int i) => i * 7 % keys;
        Pairing queue = Pairing.Queue(rows, keys), among = queue with { PositiveKey = PositiveOf, Counts = (i, j) => j != PositiveOf(i) && j != (i % 3) - 1 };
        ContrastiveBatch positives = plain with
        {
            PositiveKeys = rig.Of([.. Enumerable.Range(0, rows).Select(PositiveOf)], rows), IgnoredKeys = rig.Of([.. Enumerable.Range(0, rows).Select(i => (i % 3) - 1)], rows),
        };
        foreach ((float temperature, float bias) in new[] { (0.1f, -10f), (1, 3.5f), (1e-3f, 0) })
        {
            ContrastiveSettings settings = new(temperature, new Sigmoid()) { Bias = bias };
            CudaContrastiveLossTests.FamilyNear(
                rig, plain with { Positives = Unit(rig, own, rows, depth) }, settings, queue, q, k, own, Precision.Float32);
            if (keys == 1) continue;
            CudaContrastiveLossTests.FamilyNear(rig, positives, settings, among, q, k, [], Precision.Float32);
            NegativeSample few = new(9, 7, 2);
            if (keys > 20) CudaContrastiveLossTests.FamilyNear(rig, positives with { Sample = few }, settings, among.Drawn(few), q, k, [], Precision.Float32);
        }
    }

    [Fact]
    public void PartsAreTheWholeAndTheCpuAgrees()
    {
        const int rows = 33, keys = 130, depth = 33;
        float[] q = Units(rows, depth, 1), k = Units(keys, depth, 2);
        int[] positives = [.. Enumerable.Range(0, rows).Select(i => 3 * i)];
        ContrastiveSettings settings = new(0.1f, new Sigmoid()) { Bias = -10 };
        using CudaRig rig = new(Precision.BFloat16);
        using Rig host = new(40L * (rows + keys) * depth);
        ContrastiveBatch batch = new(Unit(rig, q, rows, depth), Unit(rig, k, keys, depth)) { PositiveKeys = rig.Of(positives, rows) };
        ContrastiveBatch onHost = new(host.Take(rows, depth), host.Take(keys, depth)) { PositiveKeys = host.Arena.Take(ElementType.Int32, rows) };
        q.CopyTo(onHost.Queries.Floats);
        k.CopyTo(onHost.Keys.Floats);
        positives.CopyTo(onHost.PositiveKeys.Ints);
        PartsRun expected = PartsRun.Of(host.Ops, onHost, settings, [0, keys], products: false);
        foreach (bool products in new[] { false, true })
        {
            PartsRun found = PartsRun.Of(rig.Ops, batch, settings, [0, 45, keys], products);
            Near(expected.Loss, found.Loss);
            Near(expected.LogSumExp, found.LogSumExp);
            Near(expected.Dq, found.Dq);
            Near(expected.Dk, found.Dk);
        }

        // Each term is good to 2e-6 of itself: the hardware's power of two, and the rounding of a logit of up to 20.
        static void Near(float[] of, float[] found) => Assert.InRange(Rig.MaxError(found, [.. of.Select(value => (double)value)]), 0, 3e-6 * of.Max(Math.Abs));
    }

    [Fact]
    public void ANaNIsNotLostAndExtremesAreFinite()
    {
        const int rows = 34, keys = 70, depth = 9;
        float[] k = Units(keys, depth, 2);
        using CudaRig rig = new(Precision.Float32);
        ContrastiveBatch batch = new(Unit(rig, Units(rows, depth, 1), rows, depth), Unit(rig, k, keys, depth)) { PositiveKeys = rig.Of([.. Enumerable.Range(0, rows)], rows) };
        Tensor loss = rig.Unwritten(rows), slope = rig.Unwritten(rows), dq = rig.Unwritten(rows, depth), dk = rig.Unwritten(keys, depth);
        foreach (float bias in new[] { -1e6f, -1000, 1000, 1e6f })
        {
            rig.Ops.ContrastiveLoss(batch, new ContrastiveSettings(1e-3f, new Sigmoid()) { Bias = bias }, loss, slope, new(dq, dk));
            foreach (Tensor tensor in new[] { loss, slope, dq, dk }) Assert.All(rig.Floats(tensor), value => Assert.True(float.IsFinite(value)));
        }

        k[50 * depth] = float.NaN;
        rig.Ops.Upload<float>(k, batch.Keys);
        rig.Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.1f, new Sigmoid()) { Bias = -10 }, loss, slope, new(dq, dk));
        foreach (Tensor tensor in new[] { loss, slope }) Assert.All(rig.Floats(tensor), value => Assert.True(float.IsNaN(value)));
        float[] ofKeys = rig.Floats(dk);
        for (int j = 0; j < keys; j++) Assert.Equal(j == 50, ofKeys.AsSpan(j * depth, depth).ToArray().Any(float.IsNaN));
    }
}
