using NegSamples.Kernels;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels;

public class CudaKNegativesTests
{
    /// <summary>One sample; few; ragged against tiles of 64 and 128 rows; more tiles than a split has; depths around 64, 128 and beyond two slabs.</summary>
    private static readonly (int Rows, int Depth)[] Shapes = [(2, 7), (10, 1), (66, 20), (140, 64), (70, 130), (34, 300), (270, 33)];

    private static readonly float[] Temperatures = [1e-3f, 0.07f, 0.5f];

    public static TheoryData<int, int, NegativeSource, Precision> Cases
    {
        get
        {
            TheoryData<int, int, NegativeSource, Precision> cases = [];
            foreach ((int rows, int depth) in Shapes)
            foreach (NegativeSource source in Enum.GetValues<NegativeSource>())
            foreach (Precision precision in Enum.GetValues<Precision>()) cases.Add(rows, depth, source, precision);
            return cases;
        }
    }

    /// <summary>
    /// Against the truth of the rows as the products see them, rounded once: what is left are float32 sums, which twice the naive error bounds, and in the
    /// gradient the rounding of each weight, and of the positive's row that stays as it is.
    /// </summary>
    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientErrNoMoreThanTheRoundingOfTheirOperands(int rows, int depth, NegativeSource source, Precision precision)
    {
        float[] z = Units(rows, depth), operands = Operands(z, precision);
        foreach (float temperature in rows * rows * depth < 100_000 ? Temperatures : [0.07f])
        {
            KNegativesSettings settings = new(source, temperature);
            KNegativesReference truth = new KNegativesReference(rows, depth, settings).Compute(operands);
            Results found = Run(z, rows, depth, settings, precision);
            Check(found, truth, z, settings, precision);

            // The rows' own rounding moves every dot product by less than 2^-8 or 2^-10 of its length, and the loss by two of them over T.
            KNegativesReference exact = new KNegativesReference(rows, depth, settings).Compute(z);
            double moved = 4.1 * Rounding(precision) / temperature;
            Assert.InRange(Rig.MaxError(found.Loss, exact.Loss), 0, moved + (2 * Rig.MaxError(exact.NaiveLoss, exact.Loss)) + (UnitRounding * Largest(exact.Loss)));
        }
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(70, 9)]
    public void SampledAndMaterialisedAreFloat32InEveryPrecision(int rows, int depth)
    {
        float[] z = Units(rows, depth);
        foreach (NegativeSource source in Enum.GetValues<NegativeSource>())
        {
            int available = new KNegativesSettings(source, 1).Available(rows);
            foreach (int k in new[] { 0, 1, Math.Max(1, available / 3), available * 3 / 4, available }.Distinct())
            foreach (KNegativesMethod method in Enum.GetValues<KNegativesMethod>())
            {
                if (method == KNegativesMethod.Streaming && (k == 0 || k == available)) continue;
                KNegativesSettings settings = new(source, 0.1f, k, Seed: 0x1234_5678_9ABCul, Step: 7, method);
                KNegativesReference truth = new KNegativesReference(rows, depth, settings).Compute(z);
                Check(Run(z, rows, depth, settings, k % 2 == 0 ? Precision.BFloat16 : Precision.Float32), truth, z, settings, Precision.Float32);
            }
        }
    }

    [Theory]
    [InlineData(NegativeSource.BothViews)]
    [InlineData(NegativeSource.OtherView)]
    public void TheCpuAgrees(NegativeSource source)
    {
        const int rows = 140, depth = 64;
        float[] z = Units(rows, depth);
        foreach (KNegativesSettings settings in new KNegativesSettings[] { new(source, 0.1f), new(source, 0.1f, 5, 3, 9), new(source, 1e-3f, 0, Method: KNegativesMethod.Materialised) })
        {
            using Rig rig = new(8 * rows * depth);
            Tensor ofCpu = rig.Take(rows, depth);
            z.CopyTo(ofCpu.Floats);
            int anchors = settings.Anchors(rows);
            Tensor loss = rig.Take(anchors), lse = rig.Take(2, anchors), dz = rig.Take(rows, depth);
            rig.Ops.KNegativesForward(ofCpu, settings, loss, lse);
            rig.Ops.KNegativesBackward(ofCpu, settings, lse, dz);
            Results found = Run(z, rows, depth, settings, Precision.Float32);
            Assert.InRange(Rig.MaxError(found.Loss, Rig.Doubles(loss)), 0, 1e-6 + (2e-7 / settings.Temperature));
            Assert.InRange(Rig.MaxError(found.Dz, Rig.Doubles(dz)), 0, (1e-5 + (3e-7 / settings.Temperature)) * Largest(Rig.Doubles(dz)));
        }
    }

    public static TheoryData<NegativeSource, float, Precision> Degenerate
    {
        get
        {
            TheoryData<NegativeSource, float, Precision> cases = [];
            foreach (NegativeSource source in Enum.GetValues<NegativeSource>())
            foreach (float temperature in new[] { 1e-3f, 0.5f })
            foreach (Precision precision in Enum.GetValues<Precision>()) cases.Add(source, temperature, precision);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Degenerate))]
    public void EqualAndZeroRowsHaveTheLossOfAGuess(NegativeSource source, float temperature, Precision precision)
    {
        const int rows = 70, depth = 33;
        float[] one = Units(1, depth), equal = [.. Enumerable.Range(0, rows).SelectMany(_ => one)];
        foreach (float[] z in new[] { equal, new float[rows * depth] })
        foreach (KNegativesMethod method in Enum.GetValues<KNegativesMethod>())
        {
            KNegativesSettings settings = new(source, temperature, Method: method);
            Results found = Run(z, rows, depth, settings, precision);
            double guess = Math.Log(settings.Available(rows) + 1);
            Assert.All(found.Loss, value => Assert.Equal(guess, value, 1e-5));
            if (z[0] == 0) Assert.All(found.Dz, value => Assert.Equal(0, value));

            // Nothing but the rounding of shares that add up to 1 and to −1, each end of a pair.
            double shares = 2 / (settings.Anchors(rows) * (double)temperature);
            Assert.InRange(Largest(found.Dz), 0, (Rounding(method == KNegativesMethod.Materialised ? Precision.Float32 : precision) + (8 * UnitRounding)) * 2 * shares);
        }
    }

    /// <summary>The anchor itself has the logit 1/T = 1000 and all else −1000: a self that is masked after the maximum, or a fixed maximum of 1/T, would underflow.</summary>
    [Theory, MemberData(nameof(Degenerate))]
    public void NegativesFarBelowTheAnchorItselfDoNotUnderflow(NegativeSource source, float temperature, Precision precision)
    {
        float[] z = [1, 0, -0.5f, 0.8660254f, -0.5f, -0.8660254f, -1, 0, 0.5f, -0.8660254f, 0.5f, 0.8660254f];
        KNegativesSettings settings = new(source, temperature);
        KNegativesReference truth = new KNegativesReference(6, 2, settings).Compute(Operands(z, precision));
        Results found = Run(z, 6, 2, settings, precision);
        Assert.InRange(Rig.MaxError(found.Loss, truth.Loss), 0, 2e-7 * Math.Max(1, Largest(truth.Loss)));
        Assert.InRange(Rig.MaxError(found.LogSumExp, truth.LogSumExp), 0, 2e-7 * Math.Max(1, Largest(truth.LogSumExp)));
        Assert.InRange(
            Rig.MaxError(found.Dz, truth.Gradient), 0, (1e-6 + (UnitRounding / 2 / temperature)) * Largest(truth.Gradient) + (2 * Rounding(precision) * truth.LargestShares));
    }

    [Theory, MemberData(nameof(Degenerate))]
    public void ANaNIsNotLost(NegativeSource source, float temperature, Precision precision)
    {
        const int rows = 74, depth = 33;
        float[] z = Units(rows, depth);
        z[(70 * depth) + 5] = float.NaN;
        KNegativesSettings[] float32 = [new(source, temperature, 9), new(source, temperature, 0, Method: KNegativesMethod.Materialised)];
        foreach (KNegativesSettings settings in (KNegativesSettings[])[new(source, temperature), .. precision == Precision.Float32 ? float32 : []])
        {
            Results found = Run(z, rows, depth, settings, precision);
            for (int anchor = 0; anchor < found.Loss.Length; anchor++)
            {
                bool sees = anchor is 70 or 33 || KNegativesReference.Negatives(rows, settings, anchor).Contains(70);
                Assert.Equal(sees, float.IsNaN(found.Loss[anchor]));
                Assert.Equal(sees, float.IsNaN(found.LogSumExp[anchor]));
            }
        }
    }

    [Theory]
    [InlineData(NegativeSource.BothViews, Precision.BFloat16)]
    [InlineData(NegativeSource.OtherView, Precision.TensorFloat32)]
    [InlineData(NegativeSource.BothViews, Precision.Float32)]
    public void TheSameCallGivesTheSameBits(NegativeSource source, Precision precision)
    {
        const int rows = 150, depth = 33;
        float[] z = Units(rows, depth);
        foreach (int negatives in precision == Precision.Float32 ? new[] { 0, 3 } : [0])
        {
            KNegativesSettings settings = new(source, 0.1f, negatives, Seed: 3);
            Results first = Run(z, rows, depth, settings, precision), second = Run(z, rows, depth, settings, precision);
            Assert.Equal(first.Loss, second.Loss);
            Assert.Equal(first.Dz, second.Dz);
        }
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    public void TheTemperatureGradientIsTheSlopeOfTheMeanLoss(Precision precision)
    {
        const int rows = 66, depth = 17;
        const float temperature = 0.25f, step = 1f / 4096;
        float[] z = Units(rows, depth);
        KNegativesSettings settings = new(NegativeSource.BothViews, temperature);
        double[] operands = Array.ConvertAll(Operands(z, precision), value => (double)value);
        double MeanLoss(float t) => new KNegativesReference(rows, depth, settings with { Temperature = t }).MeanLoss(operands);
        double narrow = (MeanLoss(temperature + step) - MeanLoss(temperature - step)) / (2 * step);
        double wide = (MeanLoss(temperature + (2 * step)) - MeanLoss(temperature - (2 * step))) / (4 * step), slope = ((4 * narrow) - wide) / 3;
        using CudaRig rig = new(precision);
        Tensor device = Unit(rig, z, rows, depth), loss = rig.Unwritten(rows), lse = rig.Unwritten(2, rows), dz = rig.Unwritten(rows, depth);
        rig.Ops.KNegativesForward(device, settings, loss, lse);
        rig.Ops.KNegativesBackward(device, settings, lse, dz);

        // Each pair's slope is off by the rounding of its weight and of its rows; their dot products are at most 1.
        double allowed = (1e-5 * Math.Abs(slope)) + (4 * Rounding(precision) / temperature / temperature);
        Assert.InRange(rig.Ops.KNegativesTemperatureGradient(device, settings, dz), slope - allowed, slope + allowed);
    }

    internal static void Check(Results found, KNegativesReference truth, float[] z, KNegativesSettings settings, Precision precision)
    {
        double ofLoss = (2 * Rig.MaxError(truth.NaiveLoss, truth.Loss)) + (UnitRounding * Largest(truth.Loss));
        Assert.True(Rig.MaxError(found.Loss, truth.Loss) <= ofLoss, $"{settings}: loss off by {Rig.MaxError(found.Loss, truth.Loss)}, allowed {ofLoss}");
        Assert.True(Rig.MaxError(found.LogSumExp, truth.LogSumExp) <= ofLoss + (UnitRounding * Largest(truth.LogSumExp)), $"{settings}: logarithm");
        double ofGradient = (2 * Rig.MaxError(truth.NaiveGradient, truth.Gradient)) + (UnitRounding * Largest(truth.Gradient));
        ofGradient += 2 * Rounding(precision) * truth.LargestShares * Largest(z);
        double error = Rig.MaxError(found.Dz, truth.Gradient);
        Assert.True(error <= ofGradient, $"{settings}: gradient off by {error}, allowed {ofGradient}");
    }

    internal static Results Run(float[] z, int rows, int depth, KNegativesSettings settings, Precision precision)
    {
        using CudaRig rig = new(precision);
        return Run(rig, z, rows, depth, settings);
    }

    internal static Results Run(CudaRig rig, float[] z, int rows, int depth, KNegativesSettings settings)
    {
        int anchors = settings.Anchors(rows);
        Tensor device = Unit(rig, z, rows, depth), loss = rig.Unwritten(anchors), parts = rig.Unwritten(2, anchors), dz = rig.Unwritten(rows, depth);
        rig.Ops.KNegativesForward(device, settings, loss, parts);
        rig.Ops.KNegativesBackward(device, settings, parts, dz);
        float[] two = rig.Floats(parts);
        return new Results(rig.Floats(loss), [.. Enumerable.Range(0, anchors).Select(i => (float)(((double)two[i] / settings.Temperature) + two[anchors + i]))], rig.Floats(dz));
    }

    internal sealed record Results(float[] Loss, float[] LogSumExp, float[] Dz);
}
