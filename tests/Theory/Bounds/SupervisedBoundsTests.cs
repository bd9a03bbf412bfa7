using NegSamples.Tests.Theory.Coverage;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Bounds;

public class SupervisedBoundsTests
{
    /// <summary>Classes, samples, augmentations, dimension, negatives and temperature of enumerated populations.</summary>
    public static TheoryData<int, int, int, int, int, double> Populations => new()
    {
        { 2, 2, 2, 2, 1, 0.5 }, { 2, 1, 3, 3, 3, 1.0 }, { 3, 2, 1, 2, 2, 0.2 }, { 3, 1, 2, 4, 4, 0.5 }, { 4, 1, 2, 3, 3, 2.0 }, { 2, 3, 2, 2, 2, 0.1 },
    };

    [Theory, MemberData(nameof(Populations))]
    public void ProvedBoundsHoldOnEnumeratedPopulations(int classes, int samples, int views, int dimension, int negatives, double temperature)
    {
        const double Rounding = 1e-11;
        for (int seed = 0; seed < 6; seed++)
        {
            Population p = new(Population.Random(new Random(seed), classes, samples, views, dimension), negatives, temperature);
            BoundTerms terms = p.Terms();
            Assert.True(p.Clipped <= p.Linear + Rounding && p.Linear <= Rounding);
            Assert.True(p.Contrastive - p.Clipped >= p.Jensen - Rounding);
            Assert.True(p.Jensen >= Math.Max(0.5 * (p.Covered + p.Partial + p.LogCollision), p.Curl + p.LogCollision) - Rounding);
            foreach (ComparedBound bound in BoundComparison.Compare(terms).Where(bound => bound.Name.Status == BoundStatus.Proved))
                Assert.True(bound.Value.Value >= p.Supervised - Rounding, $"{bound.Name} is {bound.Value}; the supervised loss is {p.Supervised}");

            ClassDistribution uniform = ClassDistribution.Uniform(classes);
            Exact.Near(Collision.ExpectedLog(uniform, negatives), p.LogCollision, 1e-12);
            double upsilon = CouponCollector.Probability(uniform, negatives + 1);
            if (negatives + 1 >= classes) Exact.Near(upsilon * p.Supervised, p.Covered, 1e-11);
            double unique = Collision.UniqueProbability(uniform, negatives) * CouponCollector.Probability(ClassDistribution.Uniform(classes - 1), negatives);
            Assert.Equal(unique * p.Supervised, p.Curl - p.CurlPartial, 11);
        }
    }

    /// <summary>Classes of any sizes: the loss of their mean classifier, the anchors in proportion to the sizes, is below every proved bound and ceiling.</summary>
    [Fact]
    public void ProvedBoundsHoldForUnequalClasses()
    {
        Random random = new(11);
        double least = double.PositiveInfinity;
        for (int trial = 0; trial < 400; trial++)
        {
            int classes = random.Next(2, 4), negatives = random.Next(1, 4);
            double temperature = new[] { 0.1, 0.3, 1.0, 3.0 }[random.Next(4)];
            double[] weights = [.. Enumerable.Range(0, classes).Select(_ => Math.Pow(10, 2 * random.NextDouble()))];
            Population p = new(
                Population.Random(random, classes, random.Next(1, 3), random.Next(1, 3), 3), negatives, temperature, classWeights: weights);
            foreach (ComparedBound bound in BoundComparison.Compare(p.Terms()).Where(bound => bound.Status == BoundStatus.Proved && !bound.Value.IsVacuous))
            {
                Assert.True(bound.Value.Value >= p.Supervised - 1e-11, $"{bound.Name} is {bound.Value}; the supervised loss is {p.Supervised}");
                least = Math.Min(least, bound.Value.Value / p.Supervised);
            }

            double ceiling = SupervisedCeiling.OfNorms(p.MeanNorms, p.Classes, temperature);
            Assert.True(p.Supervised <= ceiling + 1e-11 && ceiling <= SupervisedCeiling.OfAnyEncoder(p.Classes, temperature) + 1e-11);
        }

        Assert.True(least < 2, $"the tightest of all is {least} of the loss");
    }

    /// <summary>What was stated for equal classes is not called a bound for others.</summary>
    [Fact]
    public void QuotedBoundsSayThatTheyAssumeEqualClasses()
    {
        Population p = new(Population.Random(new Random(1), 3, 1, 2, 3), 2, 0.5, classWeights: [3, 2, 1]);
        Assert.Equal([BoundName.CurlAsDrawnByBao, BoundName.Ash],
            BoundComparison.Compare(p.Terms()).Where(bound => bound.Status == BoundStatus.AssumesEqualClasses).Select(bound => bound.Name));
        Assert.DoesNotContain(BoundComparison.Compare(p.Terms() with { Classes = ClassDistribution.Uniform(3) }), bound => bound.Status == BoundStatus.AssumesEqualClasses);
    }

    /// <summary>The long tail of ten classes: 3.97 nats by the constant of equal classes are 51.7 by the one of these.</summary>
    [Fact]
    public void TheLongTailDividesByItsOwnCoverage()
    {
        ClassDistribution tail = ClassDistribution.Proportional([100, 64, 41, 27, 17, 11, 7, 4, 3, 2]);
        double wrong = CouponCollector.Probability(ClassDistribution.Uniform(10), 64), right = Math.Exp(AnchoredCoverage.LeastLogProbability(tail, 63));
        Assert.Equal(51.7, 3.97 * wrong / right, 0.05);
    }

    [Fact]
    public void EachBoundIsItsFormula()
    {
        BoundTerms terms = new()
        {
            Classes = ClassDistribution.Uniform(10), Negatives = 31, Temperature = 0.5, ContrastiveLoss = 2.3, CollisionTerm = 1.3, PartialLoss = 0.4, CurlPartialLoss = 0.02,
            Assumption = -0.35, LinearAssumption = -0.2,
        };
        double upsilon = 0.690975632446820, unique = Math.Pow(0.9, 31);
        // Nine classes by 31 draws, by the alternating sum that is harmless here.
        double others = 0, binomial = 1;
        for (int j = 0; j <= 9; j++)
        {
            others += (j % 2 == 0 ? 1 : -1) * binomial * Math.Pow((9 - j) / 9.0, 31);
            binomial *= (9.0 - j) / (j + 1);
        }

        double harmonic = Enumerable.Range(1, 9).Sum(i => 1.0 / i);
        Exact.Near(((2 * 2.3) - 0.4 - 1.3 + 0.7) / upsilon, CouponCollectorBound.Value(terms).Value, 1e-12);
        Exact.Near(((2 * 2.3) - 0.2 - 1.3 + 0.7) / 0.75, CouponCollectorBound.AsPublished(terms, Proportion.Of(3, 4)).Value, 1e-12);
        Exact.Near((2.3 - 0.02 - 1.3 + 0.35) / (unique * others), CurlBound.Value(terms).Value, 1e-12);
        Exact.Near((2.3 - 1.3 + 0.35) / (unique * upsilon), CurlBound.AsDrawnByBao(terms).Value, 1e-12);
        Exact.Near((2.3 - 0.02 - 1.3 + 0.35) / 0.125, CurlBound.AsPublished(terms, Proportion.Of(7, 8)).Value, 1e-12);
        Exact.Near(((2 * 2.3) - 1.3 + 0.7) / upsilon, BlockBound.Value(terms).Value, 1e-12);
        Exact.Near(2 * (2 * 9 * harmonic / 31) * (2.3 - 1.3 + 0.35) / unique, AshBound.Value(terms).Value, 1e-12);
        Exact.Near(2 * Math.Ceiling(2 * 9 * harmonic / 31) * (2.3 - 1.3 + 0.35) / unique, AshBound.CeilingValue(terms).Value, 1e-12);
        Exact.Near(2.3 + 0.2 + Math.Log(10 * Math.Cosh(2) * Math.Cosh(2) / 31), BaoBound.Value(terms).Value, 1e-12);
        Exact.Near(2.3 + 0.2 + Math.Log(10 * Math.Cosh(1.2) * Math.Cosh(1.2) / 31), BaoBound.ValueOfNorms(terms with { LargestMeanNorm = 0.6 }).Value, 1e-12);

        ClassDistribution unequal = ClassDistribution.Proportional([0.25, 0.75]);
        Exact.Near(Math.Log(0.75 * 4 * Math.Cosh(1) * Math.Cosh(1) / 5), BaoBound.UpperGap(unequal, 5, 1), 1e-12);
        double entropy = -(0.25 * Math.Log(0.25)) - (0.75 * Math.Log(0.75));
        Exact.Near(entropy + Math.Log(5) - (2 * Math.Log(6)) - (2 * Math.Log(Math.Cosh(1))), BaoBound.LowerGap(unequal, 5, 1), 1e-12);
    }

    [Theory]
    [InlineData(100, 127, 5)]
    [InlineData(100, 255, 3)]
    [InlineData(100, 383, 2)]
    [InlineData(100, 511, 1)]
    [InlineData(10, 31, 1)]
    public void BlocksAreThoseOfTheTable(int classes, int negatives, int blocks) => Assert.Equal(blocks, BlockBound.Blocks(ClassDistribution.Uniform(classes), negatives));

    [Fact]
    public void BlocksAreTheBestOfAll()
    {
        for (int classes = 1; classes < 40; classes += 3)
        {
            ClassDistribution uniform = ClassDistribution.Uniform(classes);
            foreach (int negatives in new[] { 1, 2, 3, 5, 8, 21, 60 })
            {
                int lowest = Math.Max(1, (classes - 2 + negatives) / negatives);
                double best = Enumerable.Range(lowest, 600).Min(m => BlockBound.LogCoefficient(uniform, negatives, m));
                Assert.Equal(best, BlockBound.LogCoefficient(uniform, negatives, BlockBound.Blocks(ClassDistribution.Uniform(classes), negatives)), 12);
            }
        }

        // Five blocks of 127 negatives and the anchor: 5/υ of 636 draws.
        Assert.Equal(5.9, Math.Exp(BlockBound.LogCoefficient(ClassDistribution.Uniform(100), 127, 5)), 1);
    }

    [Fact]
    public void TermsThatCannotBeAreNamed()
    {
        BoundTerms terms = new()
        {
            Classes = ClassDistribution.Uniform(10), Negatives = 31, Temperature = 0.5, ContrastiveLoss = 2.3, CollisionTerm = 1.3, PartialLoss = 0.4, CurlPartialLoss = 0.02,
            Assumption = -0.35, LinearAssumption = -0.2,
        };
        (string Expected, BoundTerms Terms)[] wrong =
        [
            ("ContrastiveLoss is -0.1", terms with { ContrastiveLoss = -0.1 }), ("CollisionTerm is 3.5; expected 0 to ln", terms with { CollisionTerm = 3.5 }),
            ("PartialLoss is -1", terms with { PartialLoss = -1 }), ("CurlPartialLoss is 0.5; expected 0 to PartialLoss", terms with { CurlPartialLoss = 0.5 }),
            ("Assumption is 0.1", terms with { Assumption = 0.1 }), ("LinearAssumption is -0.4", terms with { LinearAssumption = -0.4 }),
            ("ContrastiveLoss is 0.4; expected ln(1 + K e^(-2/t)) to", terms with { ContrastiveLoss = 0.4 }), ("ContrastiveLoss is 7.5", terms with { ContrastiveLoss = 7.5 }),
            ("PartialLoss is 6.3; expected 0 to ln(1 + (C - 1) e^(2/t))", terms with { PartialLoss = 6.3 }), ("Assumption is -4.1; expected -2/t to 0", terms with { Assumption = -4.1 }),
            ("LinearAssumption is 4.1", terms with { LinearAssumption = 4.1 }),
            ("PartialLoss is NaN", terms with { PartialLoss = double.NaN }), ("ContrastiveLoss is Infinity", terms with { ContrastiveLoss = double.PositiveInfinity }),
        ];
        foreach ((string expected, BoundTerms one) in wrong)
        {
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => BoundComparison.Compare(one)).Message, StringComparison.Ordinal);
        }

        BoundComparison.Compare(terms with { CurlPartialLoss = -1e-15, CollisionTerm = Math.Log(32) + 1e-14 }); // rounding is not refused
    }

    /// <summary>Each number could be, but not all of them together: what they leave for a loss is below 0, and no proved bound comes of it.</summary>
    [Fact]
    public void TermsThatContradictEachOtherProveNothing()
    {
        BoundTerms terms = new()
        {
            Classes = ClassDistribution.Uniform(100), Negatives = 512, Temperature = 0.5, ContrastiveLoss = 2.5, CollisionTerm = 4, PartialLoss = 0.4, CurlPartialLoss = 0.02,
            Assumption = -0.35, LinearAssumption = -0.2,
        };
        Assert.Contains("the terms contradict each other", CurlBound.Value(terms).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(BoundComparison.Compare(terms), bound => bound.Value.Value < 0);
        Assert.Equal([BoundName.CouponCollector, BoundName.CouponCollectorBlock, BoundName.Bao, BoundName.BaoOfNorms],
            BoundComparison.Compare(terms).Where(bound => !bound.Value.IsVacuous).Select(bound => bound.Name));
        Assert.Equal(0, CurlBound.Value(terms with { CollisionTerm = 2.5 + 0.35 - 0.02 + 1e-12 }).Value); // rounding leaves 0
    }

    [Fact]
    public void ABoundThatDividesByZeroIsVacuous()
    {
        BoundTerms few = new()
        {
            Classes = ClassDistribution.Uniform(100), Negatives = 63, Temperature = 0.5, ContrastiveLoss = 3, CollisionTerm = 0.5, PartialLoss = 1, CurlPartialLoss = 0.5,
            Assumption = -0.3, LinearAssumption = -0.2,
        };
        Assert.True(CouponCollectorBound.Value(few).IsVacuous);
        Assert.Equal("vacuous (+inf): K + 1 draws cannot cover all classes", CouponCollectorBound.Value(few).ToString());
        Assert.Equal(double.PositiveInfinity, CurlBound.Value(few).Value);
        Assert.False(BlockBound.Value(few).IsVacuous);
        Assert.False(BlockBound.CurlValue(few).IsVacuous);
        Assert.False(AshBound.CeilingValue(few).IsVacuous);

        // Ten epochs that add 0.1 each end at 1 − 2⁻⁵³; counts end at exactly 1.
        Assert.True(CurlBound.AsPublished(few, Proportion.Of(75_000, 75_000)).IsVacuous);
        Assert.True(CouponCollectorBound.AsPublished(few, Proportion.Of(0, 780)).IsVacuous);

        BoundTerms tiny = few with { Classes = ClassDistribution.Uniform(1000), Negatives = 1000 };
        Assert.True(CouponCollectorBound.Value(tiny).IsVacuous);
        Assert.Contains("the divisor is 10^-", CouponCollectorBound.Value(tiny).Reason, StringComparison.Ordinal);

        foreach (ComparedBound bound in BoundComparison.Compare(few with { Classes = ClassDistribution.Uniform(1), PartialLoss = 0, CurlPartialLoss = 0 }).Where(bound => bound.Name.Key.StartsWith("curl", StringComparison.Ordinal)))
            Assert.True(bound.Value.IsVacuous, bound.Name.Key);
        Assert.True(AshBound.Value(few with { Classes = ClassDistribution.Uniform(1), PartialLoss = 0, CurlPartialLoss = 0 }).IsVacuous);
        Assert.Throws<ArgumentException>(() => CouponCollectorBound.Value(few with { ContrastiveLoss = double.NaN }));
    }

    [Theory]
    [InlineData(2, 3, 0.5)]
    [InlineData(3, 2, 1.0)]
    [InlineData(3, 3, 0.3)]
    public void TheSimplexIsTheOptimumAndFreeOfK(int classes, int negatives, double temperature)
    {
        double[][] corners = classes == 2 ? [[1, 0], [-1, 0]] : [.. Enumerable.Range(0, 3).Select(c => new[] { Math.Cos(2 * Math.PI * c / 3), Math.Sin(2 * Math.PI * c / 3) })];
        SimplexOptimum optimum = new(classes, negatives, temperature);
        Population simplex = new([.. corners.Select(corner => new[] { new[] { corner } })], negatives, temperature, classPositives: true);
        Exact.Near(simplex.Contrastive, optimum.ContrastiveLoss, 1e-12);
        Exact.Near(simplex.Supervised, optimum.SupervisedLoss, 1e-12);
        Assert.Equal(optimum.SupervisedLoss, new SimplexOptimum(classes, negatives + 40, temperature).SupervisedLoss);
        for (int seed = 0; seed < 10; seed++)
        {
            Population other = new(Population.Random(new Random(seed), classes, 2, 1, 3), negatives, temperature, classPositives: true);
            Assert.True(other.Contrastive >= optimum.ContrastiveLoss - 1e-12);
        }
    }
}
