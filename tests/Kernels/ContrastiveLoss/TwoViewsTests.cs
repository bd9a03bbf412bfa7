using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class TwoViewsTests
{
    /// <summary>One sample, a few, ragged against the tile of 8 x 32, more than one tile of 256 columns; one dimension and ragged ones.</summary>
    private static readonly (int Rows, int Depth)[] Shapes = [(2, 1), (6, 3), (34, 33), (130, 128), (130, 1), (514, 33)];

    private static readonly float[] Temperatures = [1e-3f, 0.01f, 0.07f, 0.5f, 1];

    public static TheoryData<int, int, float, ViewPairs> Cases
    {
        get
        {
            TheoryData<int, int, float, ViewPairs> cases = [];
            foreach ((int rows, int depth) in Shapes)
            foreach (float temperature in Temperatures)
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>()) cases.Add(rows, depth, temperature, source);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientErrNoMoreThanTwiceTheNaiveFloatFormula(int rows, int depth, float temperature, ViewPairs source)
    {
        using Problem p = new(rows, depth);
        foreach (ViewLoss full in Variants(rows, new ViewLoss(source, temperature)))
        {
            ContrastiveReference truth = full.Truth(rows, p.Z.Floats);
            (Tensor loss, Tensor lse, Tensor dz) = p.Run(full);
            string what = full.ToString();
            double ofLoss = (2 * Rig.MaxError(truth.NaiveLoss, truth.Loss)) + (UnitRounding * Largest(truth.Loss));
            Assert.True(Rig.MaxError(loss.Floats, truth.Loss) <= ofLoss, $"{what}: loss off by {Rig.MaxError(loss.Floats, truth.Loss)}, allowed {ofLoss}");
            Assert.True(Rig.MaxError(lse.Floats, truth.LogSumExp) <= ofLoss + (UnitRounding * Largest(truth.LogSumExp)), what);

            double ofGradient = (2 * Rig.MaxError(truth.NaiveRows, truth.Rows)) + (UnitRounding * Largest(truth.Rows));
            double error = Rig.MaxError(dz.Floats, truth.Rows);
            Assert.True(error <= ofGradient, $"{what}: error {error}, allowed {ofGradient}");
        }
    }

    [Theory]
    [InlineData(ViewPairs.BothViews, 0)]
    [InlineData(ViewPairs.BothViews, 3)]
    [InlineData(ViewPairs.BothViews, 40)]
    [InlineData(ViewPairs.OtherView, 0)]
    [InlineData(ViewPairs.OtherView, 2)]
    [InlineData(ViewPairs.Across, 0)]
    [InlineData(ViewPairs.Across, 20)]
    [InlineData(ViewPairs.OtherView, 20)]
    public void TheGradientIsTheSlopeOfTheMeanLossInRandomDirections(ViewPairs source, int negatives)
    {
        const int rows = 66, depth = 17;
        const double step = 1e-6;
        using Problem p = new(rows, depth);
        ViewLoss settings = new(source, 0.1f, negatives, Seed: 5, Step: 8);
        (_, _, Tensor dz) = p.Run(settings);
        double[] z = Rig.Doubles(p.Z);
        Random random = new(3);
        for (int direction = 0; direction < 5; direction++)
        {
            double[] v = [.. z.Select(_ => random.NextDouble() - 0.5)];
            double ahead = settings.MeanLoss(rows, [.. z.Select((value, i) => value + (step * v[i]))]);
            double behind = settings.MeanLoss(rows, [.. z.Select((value, i) => value - (step * v[i]))]);
            double slope = 0, size = 0;
            for (int i = 0; i < v.Length; i++)
            {
                slope += dz.Floats[i] * v[i];
                size += Math.Abs(dz.Floats[i] * v[i]);
            }

            Assert.InRange(((ahead - behind) / (2 * step)) - slope, -1e-6 * size, 1e-6 * size);
        }
    }

    [Theory]
    [InlineData(ViewPairs.BothViews, 0)]
    [InlineData(ViewPairs.BothViews, 5)]
    [InlineData(ViewPairs.OtherView, 0)]
    [InlineData(ViewPairs.OtherView, 20)]
    public void TheTemperatureGradientIsTheSlopeOfTheMeanLossAlongTheTemperature(ViewPairs source, int negatives)
    {
        const int rows = 66, depth = 17;
        const float temperature = 0.25f, step = 1f / 4096;
        using Problem p = new(rows, depth);
        ViewLoss settings = new(source, temperature, negatives, Seed: 1);
        (_, _, Tensor dz) = p.Run(settings);
        double[] z = Rig.Doubles(p.Z);
        double MeanLoss(float t) => (settings with { Temperature = t }).MeanLoss(rows, z);

        // Richardson's extrapolation of two central differences: the error is of fourth order in the step.
        double narrow = (MeanLoss(temperature + step) - MeanLoss(temperature - step)) / (2 * step);
        double wide = (MeanLoss(temperature + (2 * step)) - MeanLoss(temperature - (2 * step))) / (4 * step);
        double slope = ((4 * narrow) - wide) / 3;
        using Arena arena = p.Rig.Ops.CreateArena("indices", ViewLoss.BytesFor(rows));
        double found = p.Rig.Ops.ContrastiveTemperatureGradient(settings.Batch(arena, p.Z), settings.Settings, settings.Gradients(dz));
        Assert.InRange(found, slope - (1e-5 * Math.Abs(slope)), slope + (1e-5 * Math.Abs(slope)));
    }

    /// <summary>Each pair of rows multiplied once, and queries and keys taken for two matrices; few drawn pairs gathered, and all pairs behind a mask.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(20, false)]
    [InlineData(20, true)]
    [InlineData(300, false)]
    [InlineData(300, true)]
    public void TheEnginesAgree(int negatives, bool labelled)
    {
        const int rows = 514, depth = 33;
        using Problem p = new(rows, depth);
        ViewLoss settings = new(ViewPairs.BothViews, 0.1f, negatives, 5, 3);
        (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);

        // Labels of their own for all queries change no index set, but the engine: with labels nothing is multiplied once, and draws take the way over places.
        using Arena arena = p.Rig.Ops.CreateArena("indices", ViewLoss.BytesFor(rows) + (2 * Arena.BytesFor(ElementType.Int32, rows)));
        ContrastiveBatch batch = settings.Batch(arena, p.Z);
        if (labelled)
        {
            batch = batch with { QueryLabels = arena.Take(ElementType.Int32, rows), KeyLabels = arena.Take(ElementType.Int32, rows) };
            for (int i = 0; i < rows; i++) (batch.QueryLabels.Ints[i], batch.KeyLabels.Ints[i]) = (-1 - i, i);
        }

        Tensor otherLoss = p.Rig.Take(rows), otherLse = p.Rig.Take(rows), dq = p.Rig.Take(rows, depth), dk = p.Rig.Take(rows, depth);
        p.Rig.Ops.ContrastiveLoss(batch, settings.Settings, otherLoss, otherLse, new ContrastiveGradients(dq, dk));
        for (int i = 0; i < dq.Count; i++) dq.Floats[i] += dk.Floats[i];
        Assert.InRange(Rig.MaxError(loss.Floats, Rig.Doubles(otherLoss)), 0, 4e-6);
        Assert.InRange(Rig.MaxError(lse.Floats, Rig.Doubles(otherLse)), 0, 4e-6);
        Assert.InRange(Rig.MaxError(dz.Floats, Rig.Doubles(dq)), 0, 1e-5 * Largest(Rig.Doubles(dq)));
    }

    [Theory]
    [InlineData(ViewPairs.BothViews)]
    [InlineData(ViewPairs.OtherView)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(ViewPairs source)
    {
        List<float[]>? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Problem p = new(514, 33, threads);
            List<float[]> results = [];
            foreach (ViewLoss settings in Variants(514, new ViewLoss(source, 0.1f)))
            {
                (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);
                results.AddRange([loss.Floats.ToArray(), lse.Floats.ToArray(), dz.Floats.ToArray()]);
            }

            first ??= results;
            for (int i = 0; i < results.Count; i++) Assert.Equal(first[i], results[i]);
        }
    }

    [Theory]
    [InlineData(ViewPairs.BothViews)]
    [InlineData(ViewPairs.OtherView)]
    public void ASmallLossKeepsItsDigitsAndIsNeverBelowZero(ViewPairs source)
    {
        const int rows = 130, depth = 65;
        using Problem p = new(rows, depth);
        p.Z.Floats.Clear();
        for (int i = 0; i < rows; i++) p.Z.Row(i)[i % depth] = 1;
        foreach (float temperature in new[] { 0.02f, 0.03f, 0.1f })
        {
            ViewLoss settings = new(source, temperature);
            ContrastiveReference truth = settings.Truth(rows, p.Z.Floats);
            (Tensor loss, _, Tensor dz) = p.Run(settings);
            for (int i = 0; i < loss.Count; i++) Assert.InRange(loss.Floats[i], truth.Loss[i] * (1 - 1e-6), truth.Loss[i] * (1 + 1e-6));

            // P − 1 of the positive is not a difference: the gradient has its digits too, but for those that an exponent of −1/T has not as a float.
            Assert.InRange(Rig.MaxError(dz.Floats, truth.Rows), 0, (1e-6 + (UnitRounding / 2 / temperature)) * Largest(truth.Rows));
        }
    }

    [Theory, MemberData(nameof(DegenerateSettings))]
    public void EqualRowsHaveTheLossOfAGuessAndNoGradientBetweenThem(ViewPairs source, float temperature)
    {
        using Problem p = new(130, 33);
        for (int i = 1; i < 130; i++) p.Z.Row(0).CopyTo(p.Z.Row(i));
        foreach (ViewLoss settings in Variants(130, new ViewLoss(source, temperature)))
        {
            (Tensor loss, _, Tensor dz) = p.Run(settings);
            int negatives = settings.Negatives == 0 ? settings.Available(130) : settings.Negatives;
            foreach (float value in loss.Floats) Assert.InRange(value, Math.Log(negatives + 1) - 1e-5, Math.Log(negatives + 1) + 1e-5);

            // The shares of a row as an anchor add up to nothing, whatever the logarithm was rounded to; a sample leaves some rows more often a negative than others.
            ContrastiveReference truth = settings.Truth(130, p.Z.Floats);
            if (settings.Negatives == 0) Assert.InRange(Largest(truth.Rows), 0, 1e-12);
            double allowed = (2 * Rig.MaxError(truth.NaiveRows, truth.Rows)) + (UnitRounding * truth.LargestRowWeights);
            Assert.InRange(Rig.MaxError(dz.Floats, truth.Rows), 0, allowed);
        }
    }

    [Theory, MemberData(nameof(DegenerateSettings))]
    public void ZeroRowsHaveTheLossOfAGuess(ViewPairs source, float temperature)
    {
        using Problem p = new(66, 5);
        p.Z.Floats.Clear();
        foreach (ViewLoss settings in Variants(66, new ViewLoss(source, temperature)))
        {
            (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);
            int negatives = settings.Negatives == 0 ? settings.Available(66) : settings.Negatives;
            foreach (float value in loss.Floats) Assert.Equal(Math.Log(negatives + 1), value, 1e-6);
            foreach (float value in lse.Floats) Assert.Equal(Math.Log(negatives + 1), value, 1e-6);
            foreach (float value in dz.Floats) Assert.Equal(0, value);
        }
    }

    /// <summary>The anchor itself has the logit 1/T = 1000 and all else −1000: a self that is masked after the maximum, or a fixed maximum of 1/T, would underflow.</summary>
    [Theory, MemberData(nameof(DegenerateSettings))]
    public void NegativesFarBelowTheAnchorItselfDoNotUnderflow(ViewPairs source, float temperature)
    {
        using Problem p = new(6, 2);
        ReadOnlySpan<float> z = [1, 0, -0.5f, 0.8660254f, -0.5f, -0.8660254f, -1, 0, 0.5f, -0.8660254f, 0.5f, 0.8660254f];
        z.CopyTo(p.Z.Floats);
        ViewLoss settings = new(source, temperature);
        ContrastiveReference truth = settings.Truth(6, p.Z.Floats);
        (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);
        Assert.InRange(Rig.MaxError(loss.Floats, truth.Loss), 0, 2e-7 * Math.Max(1, Largest(truth.Loss)));
        Assert.InRange(Rig.MaxError(lse.Floats, truth.LogSumExp), 0, 2e-7 * Math.Max(1, Largest(truth.LogSumExp)));

        // Half a unit of a dot product is, over T, a relative error of its share.
        Assert.InRange(Rig.MaxError(dz.Floats, truth.Rows), 0, (1e-6 + (UnitRounding / 2 / temperature)) * Largest(truth.Rows));
    }

    [Fact]
    public void OneSampleHasNoNegativesNoLossAndNoGradient()
    {
        using Problem p = new(2, 7);
        foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
        {
            (Tensor loss, _, Tensor dz) = p.Run(new ViewLoss(source, 1e-3f));
            foreach (float value in loss.Floats) Assert.Equal(0, value);
            foreach (float value in dz.Floats) Assert.Equal(0, value);
        }
    }

    [Theory, MemberData(nameof(DegenerateSettings))]
    public void ANaNIsNotLost(ViewPairs source, float temperature)
    {
        using Problem p = new(130, 33);
        p.Z.Row(70)[5] = float.NaN;
        foreach (int negatives in new[] { 0, 1, 40 })
        {
            ViewLoss settings = new(source, temperature, negatives);
            (Tensor loss, Tensor lse, _) = p.Run(settings);
            for (int anchor = 0; anchor < loss.Count; anchor++)
            {
                bool sees = anchor is 70 or 5 || settings.Meets(130, anchor).Contains(70);
                Assert.Equal(sees, float.IsNaN(loss.Floats[anchor]));
                Assert.Equal(sees, float.IsNaN(lse.Floats[anchor]));
            }
        }
    }

    public static TheoryData<ViewPairs, float> DegenerateSettings
    {
        get
        {
            TheoryData<ViewPairs, float> cases = [];
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            foreach (float temperature in new[] { 1e-3f, 0.01f, 0.5f }) cases.Add(source, temperature);
            return cases;
        }
    }

    [Fact]
    public void AfterTheFirstStepNothingIsAllocated()
    {
        using Problem p = new(130, 33);
        Tensor loss = p.Rig.Take(130), lse = p.Rig.Take(130), dz = p.Rig.Take(130, 33);
        using Arena arena = p.Rig.Ops.CreateArena("indices", 6 * ViewLoss.BytesFor(130));
        (ContrastiveBatch Batch, ContrastiveSettings Settings)[] all =
            [.. Variants(130, new ViewLoss(ViewPairs.BothViews, 0.1f)).Select(one => (one.Batch(arena, p.Z), one.Settings))];
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            foreach ((ContrastiveBatch batch, ContrastiveSettings settings) in all) p.Rig.Ops.ContrastiveLoss(batch, settings, loss, lse, ContrastiveGradients.OfRows(dz));
        }));
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using Problem p = new(6, 3);
        ArgumentException tooMany = Assert.Throws<ArgumentException>(() => p.Run(new ViewLoss(ViewPairs.BothViews, 0.5f, 5)));
        Assert.Contains("Sample.Negatives (K) is 5; expected 0 (all) to 4, the negatives that a query has among 6 keys.", tooMany.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => p.Run(new ViewLoss(ViewPairs.OtherView, 0.5f, 3)));
        Assert.Throws<ArgumentException>(() => p.Run(new ViewLoss(ViewPairs.OtherView, 0.5f, -1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => p.Run(new ViewLoss(ViewPairs.OtherView, 0)));
        using Arena arena = p.Rig.Ops.CreateArena("indices", ViewLoss.BytesFor(6));
        ContrastiveBatch other = new ViewLoss(ViewPairs.OtherView, 0.5f).Batch(arena, p.Z);
        ArgumentException notRows = Assert.Throws<ArgumentException>(
            () => p.Rig.Ops.ContrastiveLoss(other, new ContrastiveSettings(0.5f), p.Rig.Take(3), p.Rig.Take(3), ContrastiveGradients.OfRows(p.Rig.Take(6, 3))));
        Assert.Contains("expected queries that are the keys", notRows.Message, StringComparison.Ordinal);
    }

    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    /// <summary>All negatives, one, a gathered few, and samples below and above a half; drawn keys of the other view alone are those of any labels.</summary>
    private static IEnumerable<ViewLoss> Variants(int rows, ViewLoss settings)
    {
        int available = settings.Available(rows);
        int[] counts = settings.Pairs == ViewPairs.Across ? [0] : rows > 500 ? [0, available / 20, available * 2 / 3] : [0, 1, available / 20, available / 3, available * 2 / 3, available];
        return counts.Distinct().Where(k => k <= available)
            .Select((k, i) => settings with { Negatives = k, Seed = 0x1234_5678_9ABCul, Step = (uint)(7 * i) });
    }

    private static double Largest(double[] values) => values.Max(Math.Abs);

    /// <summary>Random unit rows with room for the results.</summary>
    private sealed class Problem : IDisposable
    {
        public Problem(int rows, int depth, int threads = 2)
        {
            Rig = new Rig(100L * rows * (depth + 2), threads);
            Z = Rig.Random(rows, depth);
            for (int i = 0; i < rows; i++)
            {
                double squares = 0;
                foreach (float value in Z.Row(i)) squares += (double)value * value;
                foreach (ref float value in Z.Row(i)) value = (float)(value / Math.Sqrt(squares));
            }
        }

        public Rig Rig { get; }

        public Tensor Z { get; }

        public (Tensor Loss, Tensor LogSumExp, Tensor Dz) Run(ViewLoss settings)
        {
            int queries = settings.Queries(Z[0]);
            Tensor loss = Rig.Take(queries), lse = Rig.Take(queries), dz = Rig.Take(Z[0], Z[1]);
            foreach (Tensor tensor in new[] { loss, lse, dz }) tensor.Floats.Fill(float.NaN);
            settings.Run(Rig.Ops, Z, loss, lse, dz);
            return (loss, lse, dz);
        }

        public void Dispose() => Rig.Dispose();
    }
}
