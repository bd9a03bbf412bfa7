using System.Numerics;
using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Coverage;

public class CollisionTests
{
    [Theory]
    [InlineData(10, 32, 0.961848)]
    [InlineData(100, 128, 0.720958)]
    public void ProbabilityHasTheKnownValues(int classes, int batch, double expected)
    {
        ClassDistribution uniform = ClassDistribution.Uniform(classes);
        Assert.Equal(expected, Collision.Probability(uniform, batch - 1), 6);
        Exact.Near(1 - Math.Pow(1 - (1.0 / classes), batch - 1), Collision.Probability(uniform, batch - 1), 1e-12);
        Exact.Near(Math.Pow(1 - (1.0 / classes), batch - 1), Collision.UniqueProbability(uniform, batch - 1), 1e-12);
    }

    [Theory]
    [InlineData(10, 32, 1.3169)]
    [InlineData(10, 512, 3.9446)]
    [InlineData(100, 128, 0.6966)]
    [InlineData(100, 1024, 2.3755)]
    [InlineData(4, 16, 1.4870)]
    [InlineData(4, 512, 4.8550)]
    public void ExpectedLogHasTheKnownValues(int classes, int batch, double expected) =>
        Assert.Equal(expected, Collision.ExpectedLog(ClassDistribution.Uniform(classes), batch - 1), 4);

    [Fact]
    public void TermsOfIndependentDrawsEqualExactSums()
    {
        int[] weights = [1, 2, 7];
        ClassDistribution classes = ClassDistribution.Proportional([1, 2, 7]);
        foreach (int negatives in new[] { 0, 1, 2, 9, 60, 300 })
        {
            BigInteger unique = 0, all = BigInteger.Pow(10, negatives + 1);
            double log = 0;
            foreach (int weight in weights)
            {
                unique += weight * BigInteger.Pow(10 - weight, negatives);
                for (int count = 1; count <= negatives; count++)
                {
                    BigInteger ways = weight * Exact.Binomial(negatives, count) * BigInteger.Pow(weight, count) * BigInteger.Pow(10 - weight, negatives - count);
                    log += Exact.Quotient(ways, all) * Math.Log(count + 1);
                }
            }

            Exact.Near(Exact.Quotient(unique, all), Collision.UniqueProbability(classes, negatives), 1e-12);
            Exact.Near(Exact.Quotient(all - unique, all), Collision.Probability(classes, negatives), 1e-12);
            Exact.Near(log, Collision.ExpectedLog(classes, negatives), 1e-12);
        }
    }

    [Fact]
    public void TermsWithoutReplacementEqualExactSums()
    {
        int[] counts = [1, 4, 11, 30];
        int total = counts.Sum();
        ClassCounts set = ClassCounts.Of(counts);
        for (int negatives = 0; negatives < total; negatives++)
        {
            BigInteger unique = 0, all = total * Exact.Binomial(total - 1, negatives);
            double log = 0;
            foreach (int count in counts)
            {
                unique += count * Exact.Binomial(total - count, negatives);
                for (int same = 1; same < count; same++)
                    log += Exact.Quotient(count * Exact.Binomial(count - 1, same) * Exact.Binomial(total - count, negatives - same), all) * Math.Log(same + 1);
            }

            Exact.Near(Exact.Quotient(unique, all), Collision.UniqueProbability(set, negatives), 1e-12);
            Exact.Near(Exact.Quotient(all - unique, all), Collision.Probability(set, negatives), 1e-12);
            Exact.Near(log, Collision.ExpectedLog(set, negatives), 1e-12);
        }
    }

    [Fact]
    public void TermsOfAMillionNegativesAreFinite()
    {
        ClassDistribution classes = ClassDistribution.Uniform(10_000);
        // By Jensen ln(1 + K/C) from above; the next term of the expansion is K/C /(2 (1 + K/C)²).
        double mean = 1_000_000 / 10_000.0;
        Assert.InRange(Collision.ExpectedLog(classes, 1_000_000), Math.Log(1 + mean) - (0.55 / mean), Math.Log(1 + mean) - (0.45 / mean));
        Exact.Near(Math.Exp(1_000_000 * Elementary.LogOnePlus(-1e-4)), Collision.UniqueProbability(classes, 1_000_000), 1e-10);
        Assert.Equal(1, Collision.Probability(ClassDistribution.Uniform(1), 3));
        Assert.Equal(Math.Log(4), Collision.ExpectedLog(ClassDistribution.Uniform(1), 3), 15);
    }
}
