using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The losses of the family as functions of a row's sums, in double and without any device, against the formulas of their papers.</summary>
public class RowLossTests
{
    public static readonly RowLoss[] Family =
    [
        new InfoNce(), new Decoupled(), new Debiased(0), new Debiased(0.1), new Debiased(0.9), new HardNegatives(0, 0.5), new HardNegatives(0.1, 0), new HardNegatives(0.1, 1),
        new HardNegatives(0.3, 4), new SupervisedContrastive(),
    ];

    public static TheoryData<int, double> Cases
    {
        get
        {
            TheoryData<int, double> cases = [];
            for (int member = 0; member < Family.Length; member++)
            foreach (double temperature in new[] { 1e-3, 0.01, 0.07, 0.5, 1 })
                cases.Add(member, temperature);
            return cases;
        }
    }

    /// <summary>Rounding a logit of 1/T moves an exponential by 1e-16/T; the debiased difference may magnify it, by 1e4 where no case is nearer to zero.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void LossAndSlopesAreThoseOfTheFormula(int member, double temperature)
    {
        RowLoss loss = Family[member];
        Random random = new(member);
        int onFloor = 0, offFloor = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            (double[] s, double positive, bool[] own) = Logits(random, trial, temperature);
            RowFormula<double> truth = RowFormula<double>.Of(loss, s, positive, temperature, own);
            RowSums sums = Sums(loss, s, positive, temperature, own);
            RowResult found = loss.Of(sums);
            double tolerance = 1e-12 * (1 + (1 / temperature));
            Assert.Equal(truth.Loss, found.Loss, tolerance);
            Assert.Equal(truth.LogSumExp, found.LogSumExp, tolerance);
            Assert.Equal(truth.ByPositive, found.ByPositive, tolerance * Math.Max(1, Math.Abs(truth.ByPositive)));
            for (int j = 0; j < s.Length; j++) Assert.Equal(truth.ByLogit[j], Slope(loss, found, sums, s[j], own[j]), tolerance * Math.Max(1, Math.Abs(truth.ByLogit[j])));
            if (truth.OnFloor) onFloor++;
            else offFloor++;
        }

        Assert.True(offFloor > 10);
        // At a high temperature exponentials are too much alike to reach the floor.
        if (temperature < 0.1 && loss is Debiased { PositivePrior: > 0 } or HardNegatives { PositivePrior: > 0 }) Assert.True(onFloor > 10);
    }

    /// <summary>The formulas' own slopes against differences of their losses, so that the truth above is one.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void TheFormulasSlopesAreThoseOfTheirLosses(int member, double temperature)
    {
        if (temperature < 0.07) return;
        RowLoss loss = Family[member];
        Random random = new(member);
        const double step = 1e-5;
        for (int trial = 0; trial < 60; trial++)
        {
            (double[] s, double positive, bool[] own) = Logits(random, trial, temperature);
            RowFormula<double> at = RowFormula<double>.Of(loss, s, positive, temperature, own);
            for (int j = -1; j < s.Length; j++)
            {
                RowFormula<double> Moved(double by) => RowFormula<double>.Of(
                    loss, [.. s.Select((x, i) => i == j ? x + by : x)], j < 0 ? positive + by : positive, temperature, own);
                RowFormula<double> up = Moved(step), down = Moved(-step);
                if (up.OnFloor != down.OnFloor || (j < 0 && loss is SupervisedContrastive)) continue;
                double slope = j < 0 ? at.ByPositive : at.ByLogit[j];

                // The third derivative grows with the slope itself where the debiased difference is near zero.
                Assert.Equal(slope, (up.Loss - down.Loss) / (2 * step), 1e-7 * Math.Max(1, Math.Pow(Math.Abs(at.ByPositive), 3)));
            }
        }
    }

    /// <summary>Losses that are one and the same, at every temperature, to the last digits.</summary>
    [Theory]
    [InlineData(1e-3)]
    [InlineData(0.07)]
    [InlineData(1)]
    public void TheFamilyMeetsWhereItsParametersSay(double temperature)
    {
        Random random = new(3);
        for (int trial = 0; trial < 100; trial++)
        {
            (double[] s, double positive, bool[] own) = Logits(random, trial, temperature);
            Same(new HardNegatives(0.2, 0), new Debiased(0.2), s, positive, temperature, own);
            Same(new HardNegatives(0, 0), new InfoNce(), s, positive, temperature, own);
            Same(new Debiased(0), new InfoNce(), s, positive, temperature, own);
        }
    }

    /// <summary>The smallest hardness is no other loss than none.</summary>
    [Fact]
    public void HardnessNearZeroIsNearDebiased()
    {
        Random random = new(4);
        for (int trial = 0; trial < 50; trial++)
        {
            (double[] s, double positive, bool[] own) = Logits(random, trial, 0.5);
            RowLoss tiny = new HardNegatives(0.1, 1e-9), none = new Debiased(0.1);
            RowResult found = tiny.Of(Sums(tiny, s, positive, 0.5, own)), expected = none.Of(Sums(none, s, positive, 0.5, own));
            Assert.Equal(expected.Loss, found.Loss, 1e-6);
            Assert.Equal(expected.ByPositive, found.ByPositive, 1e-6 * Math.Max(1, Math.Abs(expected.ByPositive)));
        }
    }

    [Fact]
    public void WithoutNegativesThereIsNoLossAndANaNStays()
    {
        foreach (RowLoss loss in Family)
        {
            RowResult none = loss.Of(new RowSums(1e-3, 700, 700, 0, 0, 0, 0, 0));
            Assert.Equal((0.0, 700.0, 0.0, 0.0), (none.Loss, none.LogSumExp, none.ByPositive, none.ByEqualLabel));
            Assert.True(double.IsNaN(loss.Of(new RowSums(0.1, 1, double.NaN, double.NaN, double.NaN, 5, double.NaN, 2)).Loss));
            Assert.True(double.IsNaN(loss.Of(new RowSums(0.1, 1, 3, double.NaN, double.NaN, 5, 2, 2)).Loss));
        }

        // A row without positives.
        Assert.Equal(new RowResult(0, 3 + Math.Log(4), 0, 0), new SupervisedContrastive().Of(new RowSums(0.1, 0, 3, 4, 0, 5, 0, 0)));
    }

    /// <summary>e^{s⁺ − m} is infinite or 0 here; a loss of e^{-2000} is 0 and one of 2000 is 2000.</summary>
    [Theory]
    [InlineData(1000, -1000)]
    [InlineData(-1000, 1000)]
    [InlineData(-1000, -1000)]
    [InlineData(1000, 1000)]
    public void NothingOverflows(double positive, double negative)
    {
        foreach (RowLoss loss in Family)
        {
            if (loss is SupervisedContrastive) continue;
            RowResult row = loss.Of(Sums(loss, [negative, negative, negative], positive, 1e-3, [true, false, false]));
            Assert.All([row.Loss, row.LogSumExp, row.BySum, row.ByPositive, row.ByTiltedSum], number => Assert.True(double.IsFinite(number), $"{loss}: {row}"));
            Assert.Equal(RowFormula<double>.Of(loss, [negative, negative, negative], positive, 1e-3).Loss, row.Loss, 1e-9);
        }
    }

    [Fact]
    public void ParametersOutOfRangeAreRefused()
    {
        foreach (double prior in new[] { -0.1, 1, double.NaN })
        {
            Assert.Contains("expected 0 to below 1", Assert.Throws<ArgumentOutOfRangeException>(() => new Debiased(prior)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => new HardNegatives(prior, 1));
        }

        foreach (double hardness in new[] { -1, double.PositiveInfinity, double.NaN })
            Assert.Contains("expected a finite number of at least 0", Assert.Throws<ArgumentOutOfRangeException>(() => new HardNegatives(0.1, hardness)).Message, StringComparison.Ordinal);
    }

    private static void Same(RowLoss one, RowLoss other, double[] s, double positive, double temperature, bool[] own)
    {
        RowSums ofOne = Sums(one, s, positive, temperature, own), ofOther = Sums(other, s, positive, temperature, own);
        RowResult found = one.Of(ofOne), expected = other.Of(ofOther);
        double tolerance = 1e-14 * (1 + (1 / temperature));
        Assert.Equal(expected.Loss, found.Loss, tolerance);
        Assert.Equal(expected.LogSumExp, found.LogSumExp, tolerance);
        Assert.Equal(expected.ByPositive, found.ByPositive, tolerance * Math.Max(1, Math.Abs(expected.ByPositive)));
        foreach (double x in s) Assert.Equal(Slope(other, expected, ofOther, x, false), Slope(one, found, ofOne, x, false), tolerance * Math.Max(1, Math.Abs(expected.ByPositive)));
    }

    private static double Slope(RowLoss loss, RowResult row, RowSums sums, double s, bool own) =>
        (row.BySum * loss.Exponent * Math.Exp(loss.Exponent * (s - sums.Maximum)))
        + (row.ByTiltedSum * (1 + loss.Tilt) * Math.Exp((1 + loss.Tilt) * (s - sums.Maximum))) + (own ? row.ByEqualLabel : 0);

    private static RowSums Sums(RowLoss loss, double[] s, double positive, double temperature, bool[] own)
    {
        double m = s.Max();
        return new RowSums(
            temperature, positive, m, s.Sum(x => Math.Exp(loss.Exponent * (x - m))), loss.Tilt == 0 ? 0 : s.Sum(x => Math.Exp((1 + loss.Tilt) * (x - m))), s.Length,
            s.Where((_, j) => own[j]).Sum(), own.Count(same => same));
    }

    /// <summary>1 to 9 negatives and a positive below, among and above them. No debiased difference is nearer to zero than the rounding can bear.</summary>
    private static (double[] S, double Positive, bool[] Own) Logits(Random random, int trial, double temperature)
    {
        double[] s = [.. Enumerable.Range(0, 1 + (trial % 9)).Select(_ => ((random.NextDouble() * 2) - 1) / temperature)];
        double positive = (trial % 4) switch
        {
            0 => ((random.NextDouble() * 2) - 1) / temperature,
            1 => s.Max() + Math.Min(1, 0.1 / temperature),
            2 => Math.Max(s.Max() - 3, -1 / temperature),
            _ => Math.Min(s.Max() + 30, 1 / temperature),
        };
        return (s, positive, [.. s.Select((_, j) => j % 3 == 0)]);
    }
}
