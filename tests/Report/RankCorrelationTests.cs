using NegSamples.Report;
using NegSamples.Tests.Study.Sweep;

namespace NegSamples.Tests.Report;

public class RankCorrelationTests
{
    private static readonly double[] Linear = [60.2, 62.7, 63.6, 64.2, 64.5];

    /// <summary>CIFAR-10, the five K of the stored sweep, linear classifier before the head; L_sup has a tie.</summary>
    [Theory]
    [InlineData(new[] { 7.40, 6.38, 6.99, 7.66, 8.33 }, 0.7)]
    [InlineData(new[] { 72.7, 1690, 1.43e6, 1.02e12, 5.29e23 }, 1.0)]
    [InlineData(new[] { 5.02, 4.94, 4.90, 4.87, 4.86 }, -1.0)]
    [InlineData(new[] { 2.02, 2.00, 2.00, 1.99, 1.98 }, -0.974679434480896)] // −9.5/√(9.5·10)
    [InlineData(new[] { 1, 2, 3, 4, double.PositiveInfinity }, 1.0)]
    public void TheBoundsOfCifar10OrderKLikeThis(double[] bound, double expected) => Assert.Equal(expected, RankCorrelation.Spearman(bound, Linear)!.Value, 1e-12);

    /// <summary>CIFAR-100 and AG News with the published terms, linear classifier.</summary>
    [Fact]
    public void ThePublishedTermsOrderKLikeThis()
    {
        double cifar = RankCorrelation.Spearman([2.9e22, 4.0e4, 54.6, 14.5, 11.0, 10.3, 10.2, 10.21], [42.01, 43.59, 44.28, 45.09, 45.72, 46.06, 45.50, 46.52])!.Value;
        double news = RankCorrelation.Spearman([1.52, 1.60, 1.72, 1.83, 1.93, 2.02], [88.74, 89.18, 89.96, 90.02, 90.21, 90.12])!.Value;
        Assert.Equal(-36 / 42.0, cifar, 1e-12);
        Assert.Equal(1 - (6 * 2 / 210.0), news, 1e-12);
    }

    [Fact]
    public void FewPointsOrNothingButTiesHaveNone()
    {
        Assert.Null(RankCorrelation.Spearman([1, 2, 3], [1, 2, 3]));
        Assert.Null(RankCorrelation.Spearman([1, 1, 1, 1], [1, 2, 3, 4]));
    }

    [Theory]
    [InlineData(1, 12.7062047)]
    [InlineData(2, 4.3026527)]
    [InlineData(3, 3.1824463)]
    [InlineData(4, 2.7764451)]
    [InlineData(9, 2.2621572)]
    [InlineData(10, 2.2281389)]
    public void TheQuantilesAreStudents(int degrees, double expected) => Assert.Equal(expected, PairedDifference.Quantile(degrees), 1e-6);

    [Fact]
    public void PairsOfTheSameSeedAreCompared()
    {
        // 0.50 to 0.61 and 0.54 to 0.60: mean 8.5 points, deviation 3.536, half-width 12.706·3.536/√2 = 31.8.
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Markdown);
        Assert.Contains("| Linear classifier before the head, % | +8.5 (−23.3 to +40.3, n = 2) | +10.3 (one pair) | +21.3 (one pair) |", text, StringComparison.Ordinal);
        Assert.Contains("runs of the same seed: +21.3 points; an interval needs two seeds or more.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTableAndTheFileHoldTheCorrelations()
    {
        using SyntheticSweep sweep = new(values: [8, 16, 32, 64], seeds: [7]);
        foreach (var run in sweep.Manifest.Runs)
        {
            sweep.WriteRun(run);
            sweep.WriteEvaluation(run, top1: (_, _) => 1.0 / run.Value);
            sweep.WriteBound(run);
        }

        // The coupon bound is vacuous, 12.5, 2.346, 2.346 where accuracy falls: ranks 4, 3, 1.5, 1.5 beside 4, 3, 2, 1.
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Markdown), csv = SweepReport.Write(sweep.Load(), ReportFormat.Csv);
        Assert.Contains("| Coupon collector | +0.95 | +0.95 | +0.95 | 4 |", text, StringComparison.Ordinal);
        Assert.Contains("| CURL | – | – | – | 4 |", text, StringComparison.Ordinal);
        Assert.Contains("order the 4 values as accuracy does", text, StringComparison.Ordinal);
        Assert.Contains(",,,spearman_points_upper_bound_coupon-collector_with_linear_top1_before_head,4,,", csv, StringComparison.Ordinal);
    }
}
