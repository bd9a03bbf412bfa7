using System.Diagnostics;
using System.Numerics;
using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Coverage;

public class CouponCollectorTests
{
    private static readonly int[][] Weights = [[1, 2], [1, 1, 5], [3, 1, 4, 1, 5], [1, 100], [7, 7, 7, 1], [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1000]];

    private static readonly int[][] Counts = [[3, 4], [1, 1, 6], [5, 5, 5, 5], [2, 9, 30], [12, 1, 7, 7, 3], [40, 41, 42], [60, 60, 60, 60, 60]];

    [Theory]
    [InlineData(10, 32, 0.690975632446820)]
    [InlineData(10, 64, 0.988238047744275)]
    [InlineData(10, 128, 0.999986099172493)]
    [InlineData(100, 128, 1.50362050781978e-22)]
    [InlineData(100, 256, 1.23291229559130e-4)]
    [InlineData(100, 384, 0.108002050933436)]
    [InlineData(100, 512, 0.552681043728519)]
    [InlineData(100, 640, 0.850579161997280)]
    [InlineData(100, 768, 0.956447351274635)]
    [InlineData(100, 896, 0.987789686586451)]
    [InlineData(100, 1024, 0.996613254734467)]
    [InlineData(4, 16, 0.960001168772578)]
    [InlineData(4, 32, 0.999598191694101)]
    public void ProbabilityHasTheKnownValues(int classes, int draws, double expected)
    {
        // The numbers are printed to 15 digits.
        Exact.Near(expected, CouponCollector.Probability(ClassDistribution.Uniform(classes), draws), 1e-12);
        Exact.Near(expected, Math.Exp(CouponCollector.LogProbability(ClassDistribution.Uniform(classes), draws)), 1e-12);
    }

    [Theory]
    [InlineData(256, 1.703074e-4)]
    [InlineData(512, 0.5967329)]
    [InlineData(1024, 0.9980804)]
    [InlineData(128, 2.44456e-22)]
    public void ProbabilityWithoutReplacementHasTheKnownValues(int draws, double expected) =>
        Exact.Near(expected, CouponCollector.Probability(ClassCounts.Balanced(100, 100), draws), 3e-6);

    [Fact]
    public void UniformProbabilitiesEqualExactFractions()
    {
        foreach (int classes in new[] { 1, 2, 3, 5, 10, 37, 100, 250 })
        {
            foreach (int extra in new[] { 0, 1, 2, 3, 7, 20, 100, 400, 900 })
            {
                int draws = classes + extra;
                BigInteger ways = Exact.Surjections(classes, draws), all = BigInteger.Pow(classes, draws);
                ClassDistribution uniform = ClassDistribution.Uniform(classes);
                Exact.Near(Exact.Quotient(ways, all), CouponCollector.Probability(uniform, draws), 1e-12);
                Assert.InRange(CouponCollector.LogProbability(uniform, draws) - Exact.LogQuotient(ways, all), -1e-12, 1e-12);
                Exact.Near(Exact.Quotient(all - ways, all), CouponCollector.MissProbability(uniform, draws), 1e-11);
            }
        }
    }

    [Fact]
    public void UnequalProbabilitiesEqualExactFractions()
    {
        foreach (int[] weights in Weights)
        {
            ClassDistribution classes = ClassDistribution.Proportional([.. weights.Select(weight => (double)weight)]);
            foreach (int extra in new[] { 0, 1, 2, 5, 13, 40, 110 })
            {
                int draws = weights.Length + extra;
                BigInteger ways = Exact.CoveringSequences(weights, draws), all = BigInteger.Pow(weights.Sum(), draws);
                Exact.Near(Exact.Quotient(ways, all), CouponCollector.Probability(classes, draws), 1e-12);
                Exact.Near(Exact.Quotient(all - ways, all), CouponCollector.MissProbability(classes, draws), 1e-11);
            }
        }
    }

    [Fact]
    public void ProbabilitiesWithoutReplacementEqualExactFractions()
    {
        foreach (int[] counts in Counts)
        {
            ClassCounts set = ClassCounts.Of(counts);
            for (int draws = counts.Length; draws <= counts.Sum(); draws += 1 + (draws / 5))
            {
                BigInteger ways = Exact.CoveringSubsets(counts, draws), all = Exact.Binomial(counts.Sum(), draws);
                Exact.Near(Exact.Quotient(ways, all), CouponCollector.Probability(set, draws), 1e-12);
                Exact.Near(Exact.Quotient(all - ways, all), CouponCollector.MissProbability(set, draws), 1e-11);
            }

            Assert.Equal(1, CouponCollector.Probability(set, counts.Sum()));
        }
    }

    [Fact]
    public void ProbabilityEqualsEnumeration()
    {
        double[] rho = [0.5, 0.3, 0.2];
        for (int draws = 0; draws <= 7; draws++)
        {
            double covered = 0;
            for (int code = 0; code < Math.Pow(3, draws); code++)
            {
                double mass = 1;
                HashSet<int> seen = [];
                for (int i = 0, rest = code; i < draws; i++, rest /= 3)
                {
                    mass *= rho[rest % 3];
                    seen.Add(rest % 3);
                }

                if (seen.Count == 3) covered += mass;
            }

            Exact.Near(covered, CouponCollector.Probability(ClassDistribution.Proportional(rho), draws), 1e-12);
        }
    }

    [Fact]
    public void RecursionAndContourAgreeOnThePapersLargestProblem()
    {
        foreach (int draws in new[] { 20000, 26030, 40000 })
        {
            double[] distinct = OccupancyRecursion.Distribution(3029, draws);
            Exact.Near(distinct[^1], CouponCollector.Probability(ClassDistribution.Uniform(3029), draws), 1e-10);
            Exact.Near(distinct.AsSpan()[..^1].ToArray().Sum(), CouponCollector.MissProbability(ClassDistribution.Uniform(3029), draws), 1e-10);
        }
    }

    [Fact]
    public void ProbabilityBelowADoubleHasItsLogarithm()
    {
        ClassDistribution uniform = ClassDistribution.Uniform(1000);
        BigInteger ways = Exact.Surjections(1000, 1050);
        Assert.Equal(0, CouponCollector.Probability(uniform, 1050));
        Exact.Near(Exact.LogQuotient(ways, BigInteger.Pow(1000, 1050)), CouponCollector.LogProbability(uniform, 1050), 1e-13);
        Assert.Equal(double.NegativeInfinity, CouponCollector.LogProbability(uniform, 999));
    }

    [Fact]
    public void TinyMissProbabilitiesKeepTheirDigits()
    {
        ClassDistribution classes = ClassDistribution.Proportional([1, 2]);
        foreach (int draws in new[] { 50, 80, 96, 97, 100, 600, 1700 })
            Exact.Near(Exact.Quotient(BigInteger.Pow(2, draws) + 1, BigInteger.Pow(3, draws)), CouponCollector.MissProbability(classes, draws), 1e-11);
    }

    /// <summary>For draws so many that inclusion-exclusion needs few terms, these hold to the last digits of a double.</summary>
    [Theory]
    [InlineData(3029, 100_000)]
    [InlineData(10_000, 1_000_000)]
    [InlineData(10_000, 200_000)]
    [InlineData(500, 1_000_000)]
    public void LargeProblemsAreRightWithinSeconds(int classes, int draws)
    {
        ClassDistribution uniform = ClassDistribution.Uniform(classes);
        double missed = 0, binomial = 1;
        for (int j = 1; j <= 30; j++)
        {
            binomial *= (classes - j + 1.0) / j;
            missed -= Math.Pow(-1, j) * binomial * Math.Exp(draws * Elementary.LogOnePlus(-j / (double)classes));
        }

        Stopwatch clock = Stopwatch.StartNew();
        double probability = CouponCollector.Probability(uniform, draws), miss = CouponCollector.MissProbability(uniform, draws);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Exact.Near(1 - missed, probability, 1e-10);
        Exact.Near(missed, miss, 1e-9);
    }

    [Fact]
    public void ManyUnequalClassesTakeSeconds()
    {
        double[] weights = [.. Enumerable.Range(0, 10_000).Select(i => 1 + (0.3 * Math.Sin(i)))];
        ClassDistribution classes = ClassDistribution.Proportional(weights);
        Stopwatch clock = Stopwatch.StartNew();
        double probability = CouponCollector.Probability(classes, 150_000);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 50);
        Exact.Near(1 - probability, CouponCollector.MissProbability(classes, 150_000), 1e-8);
    }

    [Fact]
    public void WhatCannotBeCoveredIsExactlyZero()
    {
        Assert.Equal(0, CouponCollector.Probability(ClassDistribution.Uniform(5), 4));
        Assert.Equal(1, CouponCollector.MissProbability(ClassDistribution.Uniform(5), 4));
        Assert.Equal(0, CouponCollector.Probability(ClassDistribution.Proportional([1, 0, 1]), 50));
        Assert.Equal(0, CouponCollector.Probability(ClassCounts.Of([4, 0, 3]), 6));
        Assert.Equal(1, CouponCollector.Probability(ClassDistribution.Uniform(1), 1));
        Assert.Throws<ArgumentException>(() => ClassDistribution.Proportional([1, -1, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => CouponCollector.Probability(ClassCounts.Balanced(2, 3), 7));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 9)]
    [InlineData(10, 30)]
    [InlineData(100, 519)]
    [InlineData(3029, 26030)]
    public void ExpectedDrawsHaveTheKnownCeilings(int classes, int expected) =>
        Assert.Equal(expected, Math.Ceiling(CouponCollector.ExpectedDraws(ClassDistribution.Uniform(classes))));

    [Fact]
    public void ExpectedDrawsOfUnequalClassesEqualInclusionAndExclusion()
    {
        foreach (int[] weights in Weights)
        {
            // Σ over subsets S of (−1)^(|S| + 1)/ρ(S), in rational numbers.
            BigInteger numerator = 0, denominator = 1;
            for (int subset = 1; subset < 1 << weights.Length; subset++)
            {
                int sum = weights.Where((_, i) => (subset >> i & 1) == 1).Sum();
                numerator = (numerator * sum) + (denominator * weights.Sum() * (BitOperations.PopCount((uint)subset) % 2 == 1 ? 1 : -1));
                denominator *= sum;
            }

            double actual = CouponCollector.ExpectedDraws(ClassDistribution.Proportional([.. weights.Select(weight => (double)weight)]));
            Exact.Near(Exact.Quotient(numerator, denominator), actual, 1e-12);
        }
    }

    [Fact]
    public void ExpectedDrawsOfAlmostUniformClassesAreThoseOfUniformOnes()
    {
        double[] weights = [.. Enumerable.Range(0, 1000).Select(i => 1 + (1e-13 * i))];
        Stopwatch clock = Stopwatch.StartNew();
        double actual = CouponCollector.ExpectedDraws(ClassDistribution.Proportional(weights));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Exact.Near(CouponCollector.ExpectedDraws(ClassDistribution.Uniform(1000)), actual, 1e-10);
        Assert.Equal(double.PositiveInfinity, CouponCollector.ExpectedDraws(ClassDistribution.Proportional([1, 0])));
    }

    [Fact]
    public void ExpectedDrawsAreTheSumOfTheMissProbabilities()
    {
        ClassDistribution classes = ClassDistribution.Proportional([.. Enumerable.Range(0, 12).Select(i => i < 5 ? 1.0 : 3.0)]);
        double sum = 0;
        for (int n = 0; n < 3000; n++) sum += CouponCollector.MissProbability(classes, n);
        Exact.Near(sum, CouponCollector.ExpectedDraws(classes), 1e-10);
    }
}
