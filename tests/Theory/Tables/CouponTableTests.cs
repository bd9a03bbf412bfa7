using System.Diagnostics;
using System.Text.Json;
using NegSamples.Files;
using NegSamples.Tests.Training;
using NegSamples.Theory.Coverage;
using NegSamples.Theory.Tables;
using NegSamples.Theory;

namespace NegSamples.Tests.Theory.Tables;

public class CouponTableTests
{
    [Theory]
    [InlineData(100, 128, 1.50362050781978e-22)]
    [InlineData(10, 32, 0.690975632446820)]
    [InlineData(10, 64, 0.988238047744275)]
    [InlineData(10, 128, 0.999986099172493)]
    [InlineData(3, 4, 36.0 / 81)] // surjections of 4 onto 3 over maps
    public void UpsilonIsExact(int classes, int draws, double expected)
    {
        CouponRow row = Assert.Single(CouponTable.Of(ClassDistribution.Uniform(classes), [draws]).Rows);

        // The truth is given to 15 digits.
        Assert.Equal(expected, row.Upsilon, 1e-14 * expected);
        Assert.Equal(Math.Log10(expected), row.Log10Upsilon!.Value, 1e-14 + (1e-13 * Math.Abs(Math.Log10(expected))));
        Assert.Equal(1 - expected, row.MissProbability, 1e-14);
        Assert.Equal(draws - 1, row.Negatives);
        Assert.Equal(1 - Math.Pow(1 - (1.0 / classes), draws - 1), row.Tau, 1e-14);
    }

    [Fact]
    public void ABatchOfAFiniteSetCoversMoreOften()
    {
        CouponTable table = CouponTable.Of(ClassCounts.Balanced(100, 100), [512]);
        Assert.Equal(0.5967329, table.Rows[0].Upsilon, 5e-8);
        Assert.Equal(10_000, table.Population);
        Assert.True(table.IsUniform);
        Assert.True(table.ExpectedDraws < 100 * Enumerable.Range(1, 100).Sum(i => 1.0 / i));
    }

    [Fact]
    public void ExpectedDrawsAreTheKnownOnes()
    {
        Assert.Equal(518.74, CouponTable.Of(ClassDistribution.Uniform(100), [1]).ExpectedDraws!.Value, 0.005);
        Assert.Null(CouponTable.Of(ClassDistribution.Proportional([1, 0, 2]), [5]).ExpectedDraws);
        Assert.Null(CouponTable.Of(ClassCounts.Of([1, 0, 2]), [3]).ExpectedDraws);
    }

    [Fact]
    public void ExpectedDrawsWithoutReplacementAreThoseOfAllOrders()
    {
        foreach (int[] counts in new int[][] { [1], [4], [1, 1, 1], [2, 3], [1, 2, 4], [3, 3, 1, 1] })
        {
            // Every order of the samples is equally likely: the mean over them of the place at which the last class appears.
            (double sum, double orders) = Orders([.. counts], 0, new bool[counts.Length]);
            Assert.Equal(sum / orders, CouponCollector.ExpectedDraws(ClassCounts.Of(counts)), 1e-12 * sum / orders);
        }

        ClassCounts large = ClassCounts.Of([5, 50, 500, 50, 5]);
        double missed = Enumerable.Range(0, 611).Sum(n => CouponCollector.MissProbability(large, n));
        Assert.Equal(missed, CouponCollector.ExpectedDraws(large), 1e-10 * missed);
    }

    [Fact]
    public void ThresholdsAreTheFirstToReachTheirProbability()
    {
        ClassDistribution uniform = ClassDistribution.Uniform(100), skewed = ClassDistribution.Proportional([1, 5, 30, 1000]);
        foreach (ClassDistribution classes in new[] { uniform, skewed, ClassDistribution.Uniform(1), ClassDistribution.Uniform(2) }) AssertFirst(CouponTable.Of(classes, [1]), n => CouponCollector.Probability(classes, n));
        ClassCounts set = ClassCounts.Of([3, 9, 40]);
        AssertFirst(CouponTable.Of(set, [1]), n => CouponCollector.Probability(set, n));
        Assert.All(CouponTable.Of(ClassDistribution.Proportional([1, 0]), [1]).Thresholds, threshold => Assert.Null(threshold.Draws));
        Assert.All(CouponTable.Of(ClassDistribution.Proportional([1, 1e12]), [1]).Thresholds, threshold => Assert.Null(threshold.Draws));
    }

    [Fact]
    public void UnderflowAndImpossibilityAreToldApart()
    {
        CouponTable table = CouponTable.Of(ClassDistribution.Uniform(2000), [1999, 2000]);
        Assert.Equal((0.0, null), (table.Rows[0].Upsilon, table.Rows[0].Log10Upsilon));
        Assert.Equal(0, table.Rows[1].Upsilon);
        double exact = Enumerable.Range(1, 2000).Sum(i => Math.Log10(i / 2000.0)); // C!/C^C
        Assert.Equal(exact, table.Rows[1].Log10Upsilon!.Value, 1e-12 * Math.Abs(exact));
    }

    [Fact]
    public void ThreeThousandClassesAndAHundredThousandDrawsAreQuick()
    {
        Stopwatch clock = Stopwatch.StartNew();
        CouponTable.Of(ClassDistribution.Uniform(3029), [100_000]);

        // A fifth of a second alone; other tests run beside it.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void AThresholdTakesFewValues()
    {
        ClassDistribution classes = ClassDistribution.Proportional([.. Enumerable.Range(1, 300).Select(i => (double)i)]);
        int values = 0;
        int first = Threshold.First(n => CouponCollector.Probability(classes, n + (0 * ++values)), 0.9, CouponCollector.ExpectedDraws(classes), int.MaxValue)!.Value;
        Assert.True(CouponCollector.Probability(classes, first) >= 0.9 && CouponCollector.Probability(classes, first - 1) < 0.9);
        Assert.InRange(values, 3, 14); // halving would take 18
    }

    [Fact]
    public void JsonGivesTheSameDoublesBack()
    {
        CouponTable table = CouponTable.Of(ClassDistribution.Proportional([1, 2, 0.3]), [2, 3, 50]);
        string json = JsonSerializer.Serialize(table, CouponJson.Default.CouponTable);
        CouponTable read = JsonSerializer.Deserialize(json, CouponJson.Default.CouponTable)!;
        Assert.Equal(table.Rows, read.Rows);
        Assert.Equal(table.Thresholds, read.Thresholds);
        Assert.Contains("\"log10Upsilon\": null", json, StringComparison.Ordinal);
    }

    private static void AssertFirst(CouponTable table, Func<int, double> upsilon)
    {
        foreach (CouponThreshold threshold in table.Thresholds)
        {
            Assert.True(upsilon(threshold.Draws!.Value) >= threshold.Probability - 1e-12);
            Assert.True(upsilon(threshold.Draws.Value - 1) < threshold.Probability - 1e-12);
        }
    }

    /// <summary>Sum over all orders of the samples of the place of the last class' first sample, and the number of orders.</summary>
    private static (double Sum, double Orders) Orders(int[] left, int place, bool[] seen)
    {
        if (seen.All(one => one))
        {
            double orders = 1;
            for (int i = 2; i <= left.Sum(); i++) orders *= i;
            return (place * orders, orders);
        }

        (double sum, double total) = (0, 0);
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] == 0) continue;
            int[] next = [.. left];
            bool[] then = [.. seen];
            next[i]--;
            then[i] = true;
            (double part, double orders) = Orders(next, place + 1, then);
            sum += left[i] * part;
            total += left[i] * orders;
        }

        return (sum, total);
    }
}
