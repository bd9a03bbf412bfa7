using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Every loss of the family through the kernels of <see cref="Ops.ContrastiveLoss"/>, on the index sets of its paper.</summary>
public class LossFamilyTests
{
    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    private static readonly (int Samples, int Depth)[] ViewShapes = [(2, 3), (3, 33), (17, 128), (31, 7)];

    private static readonly (int Rows, int Keys, int Depth)[] QueueShapes = [(1, 1, 3), (5, 1, 33), (1, 70, 7), (34, 33, 128), (21, 150, 17)];

    private static readonly float[] Temperatures = [1e-3f, 0.01f, 0.07f, 0.5f, 1];

    public static TheoryData<int, float> Cases
    {
        get
        {
            TheoryData<int, float> cases = [];
            for (int member = 0; member < RowLossTests.Family.Length; member++)
            foreach (float temperature in Temperatures)
                cases.Add(member, temperature);
            return cases;
        }
    }

    /// <summary>With all negatives, one, 16 and most of them, drawn by the documented algorithm: gathered where they are few, behind a mask where they are many.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void TwoViewsErrNoMoreThanFloatsMust(int member, float temperature)
    {
        RowLoss loss = RowLossTests.Family[member];
        foreach ((int samples, int depth) in ViewShapes)
        foreach (int negatives in new[] { 0, 1, 16, (2 * samples) - 3, (2 * samples) - 2 }.Where(k => k <= (2 * samples) - 2).Distinct())
        {
            int rows = 2 * samples;
            using Rig rig = new(120L * rows * (depth + 8));
            ViewLoss views = new(ViewPairs.BothViews, temperature, negatives, 0x1234_5678_9ABCul, 5, loss);
            Check(rig, views.Batch(rig.Arena, Units(rig, rows, depth)), views.Settings, views.Pairing(rows));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void AQueueErrsNoMoreThanFloatsMust(int member, float temperature)
    {
        RowLoss loss = RowLossTests.Family[member];
        foreach ((int rows, int keys, int depth) in QueueShapes)
        {
            using Rig rig = new(200L * (rows + keys) * (depth + 8));
            Tensor queries = Units(rig, rows, depth), ofKeys = Units(rig, keys, depth), ofQueries = Ints(rig, rows, i => i % 3), labels = Ints(rig, keys, j => j * 2 % 3);
            if (loss is SupervisedContrastive && keys < 3) continue; // a query without positives has a test of its own
            bool supervised = loss is SupervisedContrastive;
            ContrastiveBatch all = supervised
                ? new ContrastiveBatch(queries, ofKeys) { QueryLabels = ofQueries, KeyLabels = labels }
                : new ContrastiveBatch(queries, ofKeys) { Positives = Units(rig, rows, depth) };
            Pairing pairing = Pairing.Queue(rows, keys) with { SameLabel = (i, j) => supervised && ofQueries.Ints[i] == labels.Ints[j] };
            foreach (int negatives in new[] { 0, 1, 16, keys - 1 }.Where(k => k <= keys).Distinct())
            {
                NegativeSample sample = new(negatives, 7, 2);
                Check(rig, all with { Sample = sample }, new ContrastiveSettings(temperature, loss), pairing.Drawn(sample));
            }
        }
    }

    /// <summary>The other view's keys alone: the paper's form for each loss, its negatives N - 1, one, or 16.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void TheOtherViewErrsNoMoreThanFloatsMust(int member, float temperature)
    {
        RowLoss loss = RowLossTests.Family[member];
        if (loss is SupervisedContrastive) return; // its index set is of both views
        foreach (int negatives in new[] { 0, 1, 16 })
        {
            const int rows = 62, depth = 9;
            using Rig rig = new(120L * rows * (depth + 8));
            ViewLoss views = new(ViewPairs.OtherView, temperature, negatives, 3, 4, loss);
            Check(rig, views.Batch(rig.Arena, Units(rig, rows, depth)), views.Settings, views.Pairing(rows));
        }
    }

    /// <summary>dz of every loss, with all negatives and with drawn ones, is the slope of the mean loss of the definition.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    public void DzIsTheSlopeOfTheMeanLossInRandomDirections(int negatives)
    {
        const int rows = 66, depth = 17;
        const double step = 1e-6;
        foreach (RowLoss loss in RowLossTests.Family)
        {
            using Rig rig = new(80L * rows * (depth + 8));
            ViewLoss views = new(ViewPairs.BothViews, 0.3f, negatives, 5, 8, loss);
            Tensor z = Units(rig, rows, depth), losses = rig.Take(rows), lse = rig.Take(rows), dz = rig.Take(rows, depth);
            views.Run(rig.Ops, z, losses, lse, dz);
            double[] at = Rig.Doubles(z);
            Random random = new(3);
            for (int direction = 0; direction < 3; direction++)
            {
                double[] v = [.. at.Select(_ => random.NextDouble() - 0.5)];
                double ahead = views.MeanLoss(rows, [.. at.Select((value, i) => value + (step * v[i]))]), behind = views.MeanLoss(rows, [.. at.Select((value, i) => value - (step * v[i]))]);
                double slope = 0, size = 0;
                for (int i = 0; i < v.Length; i++) (slope, size) = (slope + (dz.Floats[i] * v[i]), size + Math.Abs(dz.Floats[i] * v[i]));
                Assert.InRange(((ahead - behind) / (2 * step)) - slope, -2e-6 * size, 2e-6 * size);
            }
        }
    }

    [Fact]
    public void WithALabelForEachSampleTheSupervisedLossIsNtXent()
    {
        const int samples = 19, rows = 2 * samples, depth = 33;
        using Rig rig = new(60L * rows * depth);
        Tensor z = Units(rig, rows, depth), labels = Ints(rig, rows, i => 100 + (i % samples));
        TwoViews views = new(rig.Arena, samples);
        Results found = Run(rig, views.Labelled(z, labels), new ContrastiveSettings(0.1f, new SupervisedContrastive()));
        Results expected = Run(rig, views.BothViews(z), new ContrastiveSettings(0.1f));
        for (int i = 0; i < rows; i++) Assert.Equal(expected.Loss.Floats[i], found.Loss.Floats[i], 1e-5f);
        Assert.InRange(Rig.MaxError(found.Dq.Floats, Rig.Doubles(expected.Dq)), 0, 1e-5 * Largest(Rig.Doubles(expected.Dq)));
        Assert.InRange(Rig.MaxError(found.Dk.Floats, Rig.Doubles(expected.Dk)), 0, 1e-5 * Largest(Rig.Doubles(expected.Dk)));
    }

    [Fact]
    public void AnAnchorWithoutPositivesHasNoLossButStaysInTheMean()
    {
        const int depth = 7;
        using Rig rig = new(4000);
        Tensor z = Units(rig, 6, depth), labels = Ints(rig, 6, i => i == 4 ? 9 : i % 2), keyLabels = Ints(rig, 6, i => i == 4 ? 8 : i % 2);
        ContrastiveBatch batch = new TwoViews(rig.Arena, 3).Labelled(z, labels) with { KeyLabels = keyLabels };
        ContrastiveSettings settings = new(0.2f, new SupervisedContrastive());
        Results six = Run(rig, batch, settings);
        Assert.Equal(0, six.Loss.Floats[4]);
        Assert.All(six.Dq.Row(4).ToArray(), value => Assert.Equal(0, value));
        Assert.All(Enumerable.Range(0, 6).Where(i => i != 4), i => Assert.True(six.Loss.Floats[i] > 0));

        // Of the first four alone the mean is over four rows, not six.
        Results four = Run(rig, new ContrastiveBatch(z.Slice(0, 4), z) { IgnoredKeys = batch.IgnoredKeys.Slice(0, 4), QueryLabels = labels.Slice(0, 4), KeyLabels = keyLabels }, settings);
        for (int i = 0; i < 4; i++)
        for (int d = 0; d < depth; d++)
            Assert.Equal(four.Dq.Row(i)[d] * 4 / 6, six.Dq.Row(i)[d], 1e-6f);
    }

    /// <summary>Equal rows, and zero rows with no direction at all: every exponential is the same, and the losses are logarithms of their numbers.</summary>
    [Theory]
    [InlineData(1e-3f, false)]
    [InlineData(1e-3f, true)]
    [InlineData(0.5f, false)]
    [InlineData(0.5f, true)]
    public void EqualRowsHaveTheLossOfAGuess(float temperature, bool zero)
    {
        const int samples = 9, rows = 2 * samples, depth = 33;
        foreach (RowLoss loss in RowLossTests.Family)
        {
            using Rig rig = new(40L * rows * depth);
            Tensor z = Units(rig, rows, depth), labels = Ints(rig, rows, i => i % 3);
            for (int i = 1; i < rows; i++) z.Row(0).CopyTo(z.Row(i));
            if (zero) z.Floats.Clear();
            TwoViews views = new(rig.Arena, samples);
            Results found = Run(rig, loss is SupervisedContrastive ? views.Labelled(z, labels) : views.BothViews(z), new ContrastiveSettings(temperature, loss));
            double guess = Math.Log(loss is Decoupled ? rows - 2 : rows - 1);

            // Equal rows have equal float dot products: their rounding is in all exponentials alike.
            foreach (float value in found.Loss.Floats) Assert.Equal(guess, value, 1e-6);
            double slope = zero ? 0 : 16 * UnitRounding / temperature / rows;
            for (int i = 0; i < z.Count; i++) Assert.InRange(Math.Abs(found.Dq.Floats[i]), 0, slope);
        }
    }

    [Fact]
    public void OneSampleHasNoNegatives()
    {
        foreach (RowLoss loss in RowLossTests.Family)
        {
            using Rig rig = new(2000);
            Tensor z = Units(rig, 2, 7), labels = Ints(rig, 2, _ => 0);
            TwoViews views = new(rig.Arena, 1);
            Results found = Run(rig, loss is SupervisedContrastive ? views.Labelled(z, labels) : views.BothViews(z), new ContrastiveSettings(1e-3f, loss));

            // The supervised loss has a positive in its denominator, whose logit of up to 1/T is rounded on both sides of the difference.
            double rounding = loss is SupervisedContrastive ? 1000 * UnitRounding : 0;
            foreach (Tensor tensor in new[] { found.Loss, found.Dq, found.Dk }) Assert.All(tensor.Floats.ToArray(), value => Assert.Equal(0, value, rounding));
        }
    }

    [Fact]
    public void ANaNIsNotLost()
    {
        foreach (RowLoss loss in RowLossTests.Family)
        {
            using Rig rig = new(8000);
            Tensor z = Units(rig, 12, 7), labels = Ints(rig, 12, i => i % 3);
            z.Row(5)[2] = float.NaN;
            TwoViews views = new(rig.Arena, 6);
            Results found = Run(rig, loss is SupervisedContrastive ? views.Labelled(z, labels) : views.BothViews(z), new ContrastiveSettings(0.1f, loss));
            Assert.All(found.Loss.Floats.ToArray(), value => Assert.True(float.IsNaN(value), $"{loss}"));
        }
    }

    [Fact]
    public void WhatALossNeedsIsNamed()
    {
        using Rig rig = new(2000);
        Tensor z = Units(rig, 4, 7);
        ContrastiveBatch batch = new TwoViews(rig.Arena, 2).BothViews(z);
        Assert.Contains("SupervisedContrastive needs labels", Refusal(batch, new SupervisedContrastive()), StringComparison.Ordinal);
        Assert.Contains("Decoupled needs a positive", Refusal(batch with { PositiveKeys = default }, new Decoupled()), StringComparison.Ordinal);
        Assert.Contains("Exponent is 0; expected a finite number above 0", Refusal(batch, new Flat()), StringComparison.Ordinal);

        Assert.Contains(
            "expected neither Positives nor PositiveKeys",
            Refusal(batch with { QueryLabels = batch.IgnoredKeys, KeyLabels = batch.IgnoredKeys, Sample = new NegativeSample(1) }, new SupervisedContrastive()), StringComparison.Ordinal);

        string Refusal(ContrastiveBatch wrong, RowLoss loss) =>
            Assert.ThrowsAny<ArgumentException>(() => rig.Ops.ContrastiveLoss(wrong, new ContrastiveSettings(1, loss), rig.Take(4), rig.Take(4))).Message;
    }

    internal static void Check(Rig rig, ContrastiveBatch batch, ContrastiveSettings settings, Pairing pairing)
    {
        Span<float> positives = batch.Positives.IsNone ? default : batch.Positives.Floats;
        ContrastiveReference truth = ContrastiveReference.Of(settings, pairing, batch.Queries.Floats, batch.Keys.Floats, positives);
        List<ContrastiveReference<double>> moved = [];
        for (int seed = 1; seed < 5; seed++) moved.Add(ContrastiveReference.Moved(settings, pairing, batch.Queries.Floats, batch.Keys.Floats, positives, seed));

        // The truth subtracts logarithms, and 1 from a probability, in double.
        double ofLogarithms = 1e-15 * (1 + (1 / settings.Temperature)), ofWeights = (UnitRounding * truth.LargestWeights) + ofLogarithms;
        foreach ((long? spill, bool keys) in new (long?, bool)[] { (null, true), (0, true), (0, false) })
        {
            Results found = Run(rig, batch, settings with { SpillBytes = spill }, keys);
            Near("loss", found.Loss, truth.NaiveLoss, truth.Loss, moved.Select(one => one.Loss), ofLogarithms + (UnitRounding * Largest(truth.Loss)));
            Near("logarithm", found.LogSumExp, truth.NaiveLogSumExp, truth.LogSumExp, moved.Select(one => one.LogSumExp), ofLogarithms + (UnitRounding * Largest(truth.LogSumExp)));
            Near("dq", found.Dq, truth.NaiveDq, truth.Dq, moved.Select(one => one.Dq), ofWeights);
            if (keys) Near("dk", found.Dk, truth.NaiveDk, truth.Dk, moved.Select(one => one.Dk), ofWeights);
            if (!batch.Positives.IsNone) Near("dp", found.Dp, truth.NaiveDp, truth.Dp, moved.Select(one => one.Dp), ofWeights);
        }

        if (!pairing.QueriesAreKeys) return;
        Tensor loss = rig.Take(pairing.Rows), lse = rig.Take(pairing.Rows), dz = rig.Take(batch.Queries[0], batch.Queries[1]);
        dz.Floats.Fill(float.NaN);
        rig.Ops.ContrastiveLoss(batch, settings, loss, lse, ContrastiveGradients.OfRows(dz));
        Near("dz", dz, truth.NaiveRows, truth.Rows, moved.Select(one => one.Rows), (UnitRounding * truth.LargestRowWeights) + ofLogarithms);
    }

    private static Results Run(Rig rig, ContrastiveBatch batch, ContrastiveSettings settings, bool keys = true)
    {
        int rows = batch.Queries[0], depth = batch.Queries[1];
        Results results = new(rig.Take(rows), rig.Take(rows), rig.Take(rows, depth), rig.Take(batch.Keys[0], depth), rig.Take(rows, depth));
        foreach (Tensor tensor in new[] { results.Loss, results.LogSumExp, results.Dq, results.Dk, results.Dp }) tensor.Floats.Fill(float.NaN);
        rig.Ops.ContrastiveLoss(batch, settings, results.Loss, results.LogSumExp, new ContrastiveGradients(results.Dq, keys ? results.Dk : default, batch.Positives.IsNone ? default : results.Dp));
        return results;
    }

    /// <summary>Twice the naive error, or what the rounding of dot products makes of these data where the naive formula is lucky, and the results' own rounding.</summary>
    internal static void Near(string what, ReadOnlySpan<float> found, float[] naive, double[] truth, IEnumerable<double[]> moved, double rounding)
    {
        double ofDots = moved.Max(one => one.Zip(truth, (a, b) => Math.Abs(a - b)).Max());
        double error = Rig.MaxError(found, truth), allowed = (2 * Math.Max(Rig.MaxError(naive, truth), ofDots)) + rounding;
        Assert.True(error <= allowed, $"{what}: error {error}, allowed {allowed}, largest {Largest(truth)}");
    }

    private static void Near(string what, Tensor found, float[] naive, double[] truth, IEnumerable<double[]> moved, double rounding) =>
        Near($"{what} of {found.ShapeText}", found.Floats, naive, truth, moved, rounding);

    private static double Largest(double[] values) => values.Max(Math.Abs);

    private static Tensor Ints(Rig rig, int count, Func<int, int> value)
    {
        Tensor tensor = rig.Arena.Take(ElementType.Int32, count);
        for (int i = 0; i < count; i++) tensor.Ints[i] = value(i);
        return tensor;
    }

    internal static Tensor Units(Rig rig, int rows, int depth)
    {
        Tensor z = rig.Random(rows, depth);
        for (int i = 0; i < rows; i++)
        {
            double length = Math.Sqrt(z.Row(i).ToArray().Sum(value => (double)value * value));
            foreach (ref float value in z.Row(i)) value = (float)(value / length);
        }

        return z;
    }

    private sealed record Results(Tensor Loss, Tensor LogSumExp, Tensor Dq, Tensor Dk, Tensor Dp);

    private sealed record Flat : RowLoss
    {
        public override double Exponent => 0;

        public override RowResult Of(in RowSums row) => default;
    }
}
