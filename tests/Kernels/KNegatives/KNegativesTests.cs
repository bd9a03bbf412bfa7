using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class KNegativesTests
{
    /// <summary>One sample, a few, ragged against the tile of 8 x 32, more than one tile of 256 columns; one dimension and ragged ones.</summary>
    private static readonly (int Rows, int Depth)[] Shapes = [(2, 1), (6, 3), (34, 33), (130, 128), (130, 1), (514, 33)];

    private static readonly float[] Temperatures = [1e-3f, 0.01f, 0.07f, 0.5f, 1];

    public static TheoryData<int, int, float, NegativeSource> Cases
    {
        get
        {
            TheoryData<int, int, float, NegativeSource> cases = [];
            foreach ((int rows, int depth) in Shapes)
            foreach (float temperature in Temperatures)
            foreach (NegativeSource source in Enum.GetValues<NegativeSource>()) cases.Add(rows, depth, temperature, source);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientErrNoMoreThanTwiceTheNaiveFloatFormula(int rows, int depth, float temperature, NegativeSource source)
    {
        using Problem p = new(rows, depth);
        foreach (KNegativesSettings full in Variants(rows, new KNegativesSettings(source, temperature)))
        {
            KNegativesReference truth = new KNegativesReference(rows, depth, full).Compute(p.Z.Floats);
            foreach (KNegativesMethod method in Enum.GetValues<KNegativesMethod>())
            {
                KNegativesSettings settings = full with { Method = method };
                (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);
                string what = settings.ToString();
                double ofLoss = (2 * Rig.MaxError(truth.NaiveLoss, truth.Loss)) + (UnitRounding * Largest(truth.Loss));
                Assert.True(Rig.MaxError(loss.Floats, truth.Loss) <= ofLoss, what);
                Assert.True(Rig.MaxError(lse.Floats, truth.LogSumExp) <= ofLoss + (UnitRounding * Largest(truth.LogSumExp)), what);

                double ofGradient = (2 * Rig.MaxError(truth.NaiveGradient, truth.Gradient)) + (UnitRounding * Largest(truth.Gradient));
                double error = Rig.MaxError(dz.Floats, truth.Gradient);
                Assert.True(error <= ofGradient, $"{what}: error {error}, allowed {ofGradient}");
            }
        }
    }

    [Theory]
    [InlineData(NegativeSource.BothViews, 0)]
    [InlineData(NegativeSource.BothViews, 3)]
    [InlineData(NegativeSource.BothViews, 40)]
    [InlineData(NegativeSource.OtherView, 0)]
    [InlineData(NegativeSource.OtherView, 2)]
    [InlineData(NegativeSource.OtherView, 20)]
    public void TheGradientIsTheSlopeOfTheMeanLossInRandomDirections(NegativeSource source, int negatives)
    {
        const int rows = 66, depth = 17;
        const double step = 1e-6;
        using Problem p = new(rows, depth);
        KNegativesSettings settings = new(source, 0.1f, negatives, Seed: 5, Step: 8);
        KNegativesReference reference = new(rows, depth, settings);
        (_, _, Tensor dz) = p.Run(settings);
        double[] z = Rig.Doubles(p.Z);
        Random random = new(3);
        for (int direction = 0; direction < 5; direction++)
        {
            double[] v = [.. z.Select(_ => random.NextDouble() - 0.5)];
            double ahead = reference.MeanLoss([.. z.Select((value, i) => value + (step * v[i]))]);
            double behind = reference.MeanLoss([.. z.Select((value, i) => value - (step * v[i]))]);
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
    [InlineData(NegativeSource.BothViews, 0)]
    [InlineData(NegativeSource.BothViews, 5)]
    [InlineData(NegativeSource.OtherView, 0)]
    [InlineData(NegativeSource.OtherView, 20)]
    public void TheTemperatureGradientIsTheSlopeOfTheMeanLossAlongTheTemperature(NegativeSource source, int negatives)
    {
        const int rows = 66, depth = 17;
        const float temperature = 0.25f, step = 1f / 4096;
        using Problem p = new(rows, depth);
        KNegativesSettings settings = new(source, temperature, negatives, Seed: 1);
        (_, _, Tensor dz) = p.Run(settings);
        double[] z = Rig.Doubles(p.Z);
        double MeanLoss(float t) => new KNegativesReference(rows, depth, settings with { Temperature = t }).MeanLoss(z);

        // Richardson's extrapolation of two central differences: the error is of fourth order in the step.
        double narrow = (MeanLoss(temperature + step) - MeanLoss(temperature - step)) / (2 * step);
        double wide = (MeanLoss(temperature + (2 * step)) - MeanLoss(temperature - (2 * step))) / (4 * step);
        double slope = ((4 * narrow) - wide) / 3;
        Assert.InRange(p.Rig.Ops.KNegativesTemperatureGradient(p.Z, settings, dz), slope - (1e-5 * Math.Abs(slope)), slope + (1e-5 * Math.Abs(slope)));
    }

    [Theory]
    [InlineData(NegativeSource.BothViews)]
    [InlineData(NegativeSource.OtherView)]
    public void StreamingAndMaterialisedAgree(NegativeSource source)
    {
        using Problem p = new(514, 33);
        foreach (KNegativesSettings settings in Variants(514, new KNegativesSettings(source, 0.1f)))
        {
            (Tensor loss, _, Tensor dz) = p.Run(settings);
            (Tensor otherLoss, _, Tensor otherDz) = p.Run(settings with { Method = KNegativesMethod.Materialised });
            Assert.InRange(Rig.MaxError(loss.Floats, Rig.Doubles(otherLoss)), 0, 4e-6);
            Assert.InRange(Rig.MaxError(dz.Floats, Rig.Doubles(otherDz)), 0, 1e-5 * Largest(Rig.Doubles(otherDz)));
        }
    }

    [Theory]
    [InlineData(NegativeSource.BothViews)]
    [InlineData(NegativeSource.OtherView)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(NegativeSource source)
    {
        List<float[]>? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Problem p = new(514, 33, threads);
            List<float[]> results = [];
            foreach (KNegativesMethod method in Enum.GetValues<KNegativesMethod>())
            foreach (KNegativesSettings settings in Variants(514, new KNegativesSettings(source, 0.1f, Method: method)))
            {
                (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);
                results.AddRange([loss.Floats.ToArray(), lse.Floats.ToArray(), dz.Floats.ToArray()]);
            }

            first ??= results;
            for (int i = 0; i < results.Count; i++) Assert.Equal(first[i], results[i]);
        }
    }

    [Theory]
    [InlineData(NegativeSource.BothViews)]
    [InlineData(NegativeSource.OtherView)]
    public void ASmallLossKeepsItsDigitsAndIsNeverBelowZero(NegativeSource source)
    {
        const int rows = 130, depth = 65;
        using Problem p = new(rows, depth);
        p.Z.Floats.Clear();
        for (int i = 0; i < rows; i++) p.Z.Row(i)[i % depth] = 1;
        foreach (float temperature in new[] { 0.02f, 0.03f, 0.1f })
        {
            KNegativesSettings settings = new(source, temperature);
            KNegativesReference truth = new KNegativesReference(rows, depth, settings).Compute(p.Z.Floats);
            (Tensor loss, _, Tensor dz) = p.Run(settings);
            for (int i = 0; i < loss.Count; i++) Assert.InRange(loss.Floats[i], truth.Loss[i] * (1 - 1e-6), truth.Loss[i] * (1 + 1e-6));

            // P − 1 of the positive is not a difference: the gradient has its digits too, but for those that an exponent of −1/T has not as a float.
            Assert.InRange(Rig.MaxError(dz.Floats, truth.Gradient), 0, (1e-6 + (UnitRounding / 2 / temperature)) * Largest(truth.Gradient));
        }
    }

    [Theory, MemberData(nameof(DegenerateSettings))]
    public void EqualRowsHaveTheLossOfAGuessAndNoGradientBetweenThem(NegativeSource source, float temperature, KNegativesMethod method)
    {
        using Problem p = new(130, 33);
        for (int i = 1; i < 130; i++) p.Z.Row(0).CopyTo(p.Z.Row(i));
        foreach (KNegativesSettings settings in Variants(130, new KNegativesSettings(source, temperature, Method: method)))
        {
            (Tensor loss, _, Tensor dz) = p.Run(settings);
            int negatives = settings.Negatives == 0 ? settings.Available(130) : settings.Negatives;
            foreach (float value in loss.Floats) Assert.InRange(value, Math.Log(negatives + 1) - 1e-5, Math.Log(negatives + 1) + 1e-5);

            // The shares of a row as an anchor add up to nothing, whatever the logarithm was rounded to; a sample leaves some rows more often a negative than others.
            KNegativesReference truth = new KNegativesReference(130, 33, settings).Compute(p.Z.Floats);
            if (settings.Negatives == 0) Assert.InRange(Largest(truth.Gradient), 0, 1e-12);
            double allowed = (2 * Rig.MaxError(truth.NaiveGradient, truth.Gradient)) + (UnitRounding * truth.LargestShares);
            Assert.InRange(Rig.MaxError(dz.Floats, truth.Gradient), 0, allowed);
        }
    }

    [Theory, MemberData(nameof(DegenerateSettings))]
    public void ZeroRowsHaveTheLossOfAGuess(NegativeSource source, float temperature, KNegativesMethod method)
    {
        using Problem p = new(66, 5);
        p.Z.Floats.Clear();
        foreach (KNegativesSettings settings in Variants(66, new KNegativesSettings(source, temperature, Method: method)))
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
    public void NegativesFarBelowTheAnchorItselfDoNotUnderflow(NegativeSource source, float temperature, KNegativesMethod method)
    {
        using Problem p = new(6, 2);
        ReadOnlySpan<float> z = [1, 0, -0.5f, 0.8660254f, -0.5f, -0.8660254f, -1, 0, 0.5f, -0.8660254f, 0.5f, 0.8660254f];
        z.CopyTo(p.Z.Floats);
        KNegativesSettings settings = new(source, temperature, Method: method);
        KNegativesReference truth = new KNegativesReference(6, 2, settings).Compute(p.Z.Floats);
        (Tensor loss, Tensor lse, Tensor dz) = p.Run(settings);
        Assert.InRange(Rig.MaxError(loss.Floats, truth.Loss), 0, 2e-7 * Math.Max(1, Largest(truth.Loss)));
        Assert.InRange(Rig.MaxError(lse.Floats, truth.LogSumExp), 0, 2e-7 * Math.Max(1, Largest(truth.LogSumExp)));

        // Half a unit of a dot product is, over T, a relative error of its share.
        Assert.InRange(Rig.MaxError(dz.Floats, truth.Gradient), 0, (1e-6 + (UnitRounding / 2 / temperature)) * Largest(truth.Gradient));
    }

    [Theory]
    [InlineData(KNegativesMethod.Streaming)]
    [InlineData(KNegativesMethod.Materialised)]
    public void OneSampleHasNoNegativesNoLossAndNoGradient(KNegativesMethod method)
    {
        using Problem p = new(2, 7);
        foreach (NegativeSource source in Enum.GetValues<NegativeSource>())
        {
            (Tensor loss, _, Tensor dz) = p.Run(new KNegativesSettings(source, 1e-3f, Method: method));
            foreach (float value in loss.Floats) Assert.Equal(0, value);
            foreach (float value in dz.Floats) Assert.Equal(0, value);
        }
    }

    [Theory, MemberData(nameof(DegenerateSettings))]
    public void ANaNIsNotLost(NegativeSource source, float temperature, KNegativesMethod method)
    {
        using Problem p = new(130, 33);
        p.Z.Row(70)[5] = float.NaN;
        foreach (int negatives in new[] { 0, 1, 40 })
        {
            KNegativesSettings settings = new(source, temperature, negatives, Method: method);
            (Tensor loss, Tensor lse, _) = p.Run(settings);
            for (int anchor = 0; anchor < loss.Count; anchor++)
            {
                bool sees = anchor is 70 or 5 || KNegativesReference.Negatives(130, settings, anchor).Contains(70);
                Assert.Equal(sees, float.IsNaN(loss.Floats[anchor]));
                Assert.Equal(sees, float.IsNaN(lse.Floats[anchor]));
            }
        }
    }

    public static TheoryData<NegativeSource, float, KNegativesMethod> DegenerateSettings
    {
        get
        {
            TheoryData<NegativeSource, float, KNegativesMethod> cases = [];
            foreach (NegativeSource source in Enum.GetValues<NegativeSource>())
            foreach (float temperature in new[] { 1e-3f, 0.01f, 0.5f })
            foreach (KNegativesMethod method in Enum.GetValues<KNegativesMethod>()) cases.Add(source, temperature, method);
            return cases;
        }
    }

    [Fact]
    public void AfterTheFirstStepNothingIsAllocated()
    {
        using Problem p = new(130, 33);
        Tensor loss = p.Rig.Take(130), lse = p.Rig.Take(2, 130), dz = p.Rig.Take(130, 33);
        KNegativesSettings[] all = [.. Variants(130, new KNegativesSettings(NegativeSource.BothViews, 0.1f))];
        long allocated = 0;
        for (int step = 0; step < 2; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (KNegativesSettings settings in all)
            {
                p.Rig.Ops.KNegativesForward(p.Z, settings, loss, lse);
                p.Rig.Ops.KNegativesBackward(p.Z, settings, lse, dz);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using Problem p = new(6, 3);
        ArgumentException tooMany = Assert.Throws<ArgumentException>(() => p.Run(new KNegativesSettings(NegativeSource.BothViews, 0.5f, 5)));
        Assert.Contains("settings.Negatives (K) is 5; a batch of 3 samples has 4 negatives per anchor. Expected 0 (all) to 4.", tooMany.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => p.Run(new KNegativesSettings(NegativeSource.OtherView, 0.5f, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => p.Run(new KNegativesSettings(NegativeSource.OtherView, 0)));
        using Problem odd = new(5, 3);
        ArgumentException notPairs = Assert.Throws<ArgumentException>(() => odd.Run(new KNegativesSettings(NegativeSource.BothViews, 0.5f)));
        Assert.Contains("z is [5, 3]; expected an even number of rows, two views of each sample.", notPairs.Message, StringComparison.Ordinal);
    }

    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    /// <summary>All negatives, one, a gathered few, and samples below and above a half.</summary>
    private static IEnumerable<KNegativesSettings> Variants(int rows, KNegativesSettings settings)
    {
        int available = settings.Available(rows);
        int[] counts = rows > 500 ? [0, available / 20, available * 2 / 3] : [0, 1, available / 20, available / 3, available * 2 / 3, available];
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

        public (Tensor Loss, Tensor LogSumExp, Tensor Dz) Run(KNegativesSettings settings)
        {
            int anchors = settings.Anchors(Z[0]);
            Tensor loss = Rig.Take(anchors), parts = Rig.Take(2, anchors), lse = Rig.Take(anchors), dz = Rig.Take(Z[0], Z[1]);
            dz.Floats.Fill(float.NaN);
            Rig.Ops.KNegativesForward(Z, settings, loss, parts);
            Rig.Ops.KNegativesBackward(Z, settings, parts, dz);
            for (int i = 0; i < anchors; i++) lse.Floats[i] = (float)(((double)parts.Row(0)[i] / settings.Temperature) + parts.Row(1)[i]);
            return (loss, lse, dz);
        }

        public void Dispose() => Rig.Dispose();
    }
}
