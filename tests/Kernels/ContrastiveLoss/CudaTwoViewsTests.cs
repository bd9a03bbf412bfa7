using NegSamples.Kernels;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels;

public class CudaTwoViewsTests
{
    /// <summary>One sample; few; ragged against tiles of 64 and 128 rows; more tiles than a split has; depths around 64, 128 and beyond two slabs.</summary>
    private static readonly (int Rows, int Depth)[] Shapes = [(2, 7), (10, 1), (66, 20), (140, 64), (70, 130), (34, 300), (270, 33)];

    private static readonly float[] Temperatures = [1e-3f, 0.07f, 0.5f];

    public static TheoryData<int, int, ViewPairs, Precision> Cases
    {
        get
        {
            TheoryData<int, int, ViewPairs, Precision> cases = [];
            foreach ((int rows, int depth) in Shapes)
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            foreach (Precision precision in Enum.GetValues<Precision>()) cases.Add(rows, depth, source, precision);
            return cases;
        }
    }

    /// <summary>
    /// Against the truth of the rows as the products see them, rounded once: what is left are float32 sums, which twice the naive error bounds, and in the
    /// gradient the rounding of each weight, and of the positive's row that stays as it is.
    /// </summary>
    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientErrNoMoreThanTheRoundingOfTheirOperands(int rows, int depth, ViewPairs source, Precision precision)
    {
        float[] z = Units(rows, depth), operands = Operands(z, precision);
        foreach (float temperature in rows * rows * depth < 100_000 ? Temperatures : [0.07f])
        {
            ViewLoss settings = new(source, temperature);
            ContrastiveReference truth = settings.Truth(rows, operands);
            Results found = Run(z, rows, depth, settings, precision);
            Check(found, truth, z, settings, precision, rows);

            // The rows' own rounding moves every dot product by less than 2^-8 or 2^-10 of its length, and the loss by two of them over T.
            ContrastiveReference exact = settings.Truth(rows, z);
            double moved = 4.1 * Rounding(precision) / temperature;
            Assert.InRange(Rig.MaxError(found.Loss, exact.Loss), 0, moved + (2 * Rig.MaxError(exact.NaiveLoss, exact.Loss)) + (UnitRounding * Largest(exact.Loss)));
        }
    }

    /// <summary>
    /// Every loss, negatives drawn from few to all but one; drawn pairs are computed in float32 whatever the precision. Of many rows each loss has two of the four numbers in turn.
    /// </summary>
    [Theory]
    [InlineData(10, 1)]
    [InlineData(70, 9)]
    public void DrawnNegativesAreFloat32InEveryPrecision(int rows, int depth)
    {
        float[] z = Units(rows, depth);
        int turn = 0;
        foreach (RowLoss loss in RowLossTests.Family)
        foreach (ViewPairs pairs in Enum.GetValues<ViewPairs>())
        {
            if (pairs == ViewPairs.OtherView && loss is SupervisedContrastive) continue;
            if (depth == 1 && loss is (Debiased or HardNegatives)) continue; // rows of 1 and -1 stand on the edge of the floor, where the gradient jumps
            int available = new ViewLoss(pairs, 1).Available(rows);
            turn++;
            foreach (int k in new[] { 1, Math.Min(16, available), available * 3 / 4, available - 1 }.Distinct().Where((_, i) => rows < 16 || i % 2 == turn % 2))
            {
                ViewLoss settings = new(pairs, loss is InfoNce ? 0.1f : 0.3f, k, Seed: 0x1234_5678_9ABCul, Step: 7, loss);
                Check(Run(z, rows, depth, settings, k % 2 == 0 ? Precision.BFloat16 : Precision.Float32), settings.Truth(rows, z), z, settings, Precision.Float32, rows);
            }
        }
    }

    /// <summary>More queries than a pass has bits for: the gradients of several passes add up.</summary>
    [Fact]
    public void SeveralPassesOfDrawnNegativesAddUp()
    {
        const int rows = 150, depth = 5;
        float[] z = Units(rows, depth);
        using CudaRig rig = new(Precision.Float32);
        foreach (RowLoss loss in new RowLoss[] { new InfoNce(), new HardNegatives(0.1, 0.5), new SupervisedContrastive() })
        {
            ViewLoss settings = new(ViewPairs.BothViews, 0.2f, 20, 3, 4, loss);
            rig.Ops.BytesOfDrawnNegatives = CudaOps.DefaultBytesOfDrawnNegatives;
            Results one = Run(rig, z, rows, depth, settings);
            rig.Ops.BytesOfDrawnNegatives = 1;
            Results several = Run(rig, z, rows, depth, settings);
            Assert.Equal(one.Loss, several.Loss);
            Assert.InRange(Rig.MaxError(several.Dz, [.. one.Dz.Select(value => (double)value)]), 0, 1e-6 * Largest(one.Dz));
        }
    }

    [Theory]
    [InlineData(ViewPairs.BothViews)]
    [InlineData(ViewPairs.OtherView)]
    public void TheCpuAgrees(ViewPairs source)
    {
        const int rows = 140, depth = 64;
        float[] z = Units(rows, depth);
        foreach (ViewLoss settings in new ViewLoss[] { new(source, 0.1f), new(source, 0.1f, 5, 3, 9), new(source, 0.1f, 100, 3, 9) })
        {
            using Rig rig = new(8 * rows * depth);
            Tensor ofCpu = rig.Take(rows, depth);
            z.CopyTo(ofCpu.Floats);
            if (settings.Negatives > settings.Available(rows)) continue;
            int queries = settings.Queries(rows);
            Tensor loss = rig.Take(queries), lse = rig.Take(queries), dz = rig.Take(rows, depth);
            settings.Run(rig.Ops, ofCpu, loss, lse, dz);
            Results found = Run(z, rows, depth, settings, Precision.Float32);
            Assert.InRange(Rig.MaxError(found.Loss, Rig.Doubles(loss)), 0, 1e-6 + (2e-7 / settings.Temperature));
            Assert.InRange(Rig.MaxError(found.Dz, Rig.Doubles(dz)), 0, (1e-5 + (3e-7 / settings.Temperature)) * Largest(Rig.Doubles(dz)));
        }
    }

    public static TheoryData<ViewPairs, float, Precision> Degenerate
    {
        get
        {
            TheoryData<ViewPairs, float, Precision> cases = [];
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            foreach (float temperature in new[] { 1e-3f, 0.5f })
            foreach (Precision precision in Enum.GetValues<Precision>()) cases.Add(source, temperature, precision);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Degenerate))]
    public void EqualAndZeroRowsHaveTheLossOfAGuess(ViewPairs source, float temperature, Precision precision)
    {
        const int rows = 70, depth = 33;
        float[] one = Units(1, depth), equal = [.. Enumerable.Range(0, rows).SelectMany(_ => one)];
        foreach (float[] z in new[] { equal, new float[rows * depth] })
        {
            ViewLoss settings = new(source, temperature);
            Results found = Run(z, rows, depth, settings, precision);
            double guess = Math.Log(settings.Available(rows) + 1);
            Assert.All(found.Loss, value => Assert.Equal(guess, value, 1e-5));
            if (z[0] == 0) Assert.All(found.Dz, value => Assert.Equal(0, value));

            // Nothing but the rounding of shares that add up to 1 and to −1, each end of a pair.
            double shares = 2 / (settings.Queries(rows) * (double)temperature);
            Assert.InRange(Largest(found.Dz), 0, (Rounding(precision) + (8 * UnitRounding)) * 2 * shares);
        }
    }

    /// <summary>The anchor itself has the logit 1/T = 1000 and all else −1000: a self that is masked after the maximum, or a fixed maximum of 1/T, would underflow.</summary>
    [Theory, MemberData(nameof(Degenerate))]
    public void NegativesFarBelowTheAnchorItselfDoNotUnderflow(ViewPairs source, float temperature, Precision precision)
    {
        float[] z = [1, 0, -0.5f, 0.8660254f, -0.5f, -0.8660254f, -1, 0, 0.5f, -0.8660254f, 0.5f, 0.8660254f];
        ViewLoss settings = new(source, temperature);
        ContrastiveReference truth = settings.Truth(6, Operands(z, precision));
        Results found = Run(z, 6, 2, settings, precision);
        Assert.InRange(Rig.MaxError(found.Loss, truth.Loss), 0, 2e-7 * Math.Max(1, Largest(truth.Loss)));
        Assert.InRange(Rig.MaxError(found.LogSumExp, truth.LogSumExp), 0, 2e-7 * Math.Max(1, Largest(truth.LogSumExp)));
        Assert.InRange(
            Rig.MaxError(found.Dz, truth.Rows), 0, (1e-6 + (UnitRounding / 2 / temperature)) * Largest(truth.Rows) + (2 * Rounding(precision) * truth.LargestRowWeights));
    }

    [Theory, MemberData(nameof(Degenerate))]
    public void ANaNIsNotLost(ViewPairs source, float temperature, Precision precision)
    {
        const int rows = 74, depth = 33;
        float[] z = Units(rows, depth);
        z[(70 * depth) + 5] = float.NaN;
        ViewLoss[] float32 = [new(source, temperature, 9)];
        foreach (ViewLoss settings in (ViewLoss[])[new(source, temperature), .. precision == Precision.Float32 ? float32 : []])
        {
            Results found = Run(z, rows, depth, settings, precision);
            for (int anchor = 0; anchor < found.Loss.Length; anchor++)
            {
                bool sees = anchor is 70 or 33 || settings.Meets(rows, anchor).Contains(70);
                Assert.Equal(sees, float.IsNaN(found.Loss[anchor]));
                Assert.Equal(sees, float.IsNaN(found.LogSumExp[anchor]));
            }
        }
    }

    [Theory]
    [InlineData(ViewPairs.BothViews, Precision.BFloat16)]
    [InlineData(ViewPairs.OtherView, Precision.TensorFloat32)]
    [InlineData(ViewPairs.BothViews, Precision.Float32)]
    public void TheSameCallGivesTheSameBits(ViewPairs source, Precision precision)
    {
        const int rows = 150, depth = 33;
        float[] z = Units(rows, depth);
        foreach (int negatives in precision == Precision.Float32 ? new[] { 0, 3 } : [0])
        {
            ViewLoss settings = new(source, 0.1f, negatives, Seed: 3);
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
        ViewLoss settings = new(ViewPairs.BothViews, temperature);
        double[] operands = Array.ConvertAll(Operands(z, precision), value => (double)value);
        double MeanLoss(float t) => (settings with { Temperature = t }).MeanLoss(rows, operands);
        double narrow = (MeanLoss(temperature + step) - MeanLoss(temperature - step)) / (2 * step);
        double wide = (MeanLoss(temperature + (2 * step)) - MeanLoss(temperature - (2 * step))) / (4 * step), slope = ((4 * narrow) - wide) / 3;
        using CudaRig rig = new(precision);
        Tensor device = Unit(rig, z, rows, depth), loss = rig.Unwritten(rows), lse = rig.Unwritten(rows), dz = rig.Unwritten(rows, depth);
        using Arena arena = rig.Ops.CreateArena("indices", ViewLoss.BytesFor(rows));
        ContrastiveBatch batch = settings.Batch(arena, device);
        rig.Ops.ContrastiveLoss(batch, settings.Settings, loss, lse, settings.Gradients(dz));

        // Each pair's slope is off by the rounding of its weight and of its rows; their dot products are at most 1.
        double allowed = (1e-5 * Math.Abs(slope)) + (4 * Rounding(precision) / temperature / temperature);
        Assert.InRange(rig.Ops.ContrastiveTemperatureGradient(batch, settings.Settings, settings.Gradients(dz)), slope - allowed, slope + allowed);
    }

    internal static void Check(Results found, ContrastiveReference truth, float[] z, ViewLoss settings, Precision precision, int rows)
    {
        // Where the naive formula is lucky, what the rounding of dot products makes of these data is allowed all the same.
        int depth = z.Length / rows;
        float[] operands = Operands(z, precision);
        ContrastiveReference<double> moved = ContrastiveReference.Moved(
            settings.Settings, settings.Pairing(rows), operands.AsSpan(0, settings.Queries(rows) * depth), settings.Pairs == ViewPairs.OtherView ? operands.AsSpan(rows / 2 * depth) : operands, [], 5);
        double Allowed(float[] naive, double[] moves, double[] exact) =>
            (2 * Math.Max(Rig.MaxError(naive, exact), settings.Member is null ? 0 : exact.Zip(moves, (a, b) => Math.Abs(a - b)).Max())) + (UnitRounding * Largest(exact));
        double ofLoss = Allowed(truth.NaiveLoss, moved.Loss, truth.Loss);
        Assert.True(Rig.MaxError(found.Loss, truth.Loss) <= ofLoss, $"{settings}: loss off by {Rig.MaxError(found.Loss, truth.Loss)}, allowed {ofLoss}");
        Assert.True(Rig.MaxError(found.LogSumExp, truth.LogSumExp) <= Allowed(truth.NaiveLogSumExp, moved.LogSumExp, truth.LogSumExp) + ofLoss, $"{settings}: logarithm");
        double ofGradient = Allowed(truth.NaiveRows, moved.Rows, truth.Rows) + (2 * Rounding(precision) * truth.LargestRowWeights * Largest(z));
        double error = Rig.MaxError(found.Dz, truth.Rows);
        Assert.True(error <= ofGradient, $"{settings}: gradient off by {error}, allowed {ofGradient}");
    }

    internal static Results Run(float[] z, int rows, int depth, ViewLoss settings, Precision precision)
    {
        using CudaRig rig = new(precision);
        return Run(rig, z, rows, depth, settings);
    }

    internal static Results Run(CudaRig rig, float[] z, int rows, int depth, ViewLoss settings)
    {
        int queries = settings.Queries(rows);
        Tensor device = Unit(rig, z, rows, depth), loss = rig.Unwritten(queries), lse = rig.Unwritten(queries), dz = rig.Unwritten(rows, depth);
        settings.Run(rig.Ops, device, loss, lse, dz);
        return new Results(rig.Floats(loss), rig.Floats(lse), rig.Floats(dz));
    }

    internal sealed record Results(float[] Loss, float[] LogSumExp, float[] Dz);
}
