using NegSamples.Report;
using NegSamples.Training;

namespace NegSamples.Tests.Report;

public class NumbersTests
{
    [Theory]
    [InlineData(4.5678, "4.57")]
    [InlineData(46.94, "46.9")]
    [InlineData(233.4, "233")]
    [InlineData(9.996, "10.0")]
    [InlineData(1513, "1510")]
    [InlineData(13526, "13,500")]
    [InlineData(0.1234, "0.123")]
    [InlineData(-0.25, "−0.250")]
    [InlineData(2.9e22, "2.90×10²²")]
    [InlineData(1.50362e-22, "1.50×10⁻²²")]
    [InlineData(99999, "1.00×10⁵")]
    [InlineData(0, "0")]
    [InlineData(double.PositiveInfinity, "vacuous")]
    public void NumbersHaveThreeDigits(double value, string expected) => Assert.Equal(expected, Numbers.Number(value));

    [Theory]
    [InlineData(4.5678, 0.0211, "4.57 ± 0.02")]
    [InlineData(2.9e22, 1.2e21, "(2.90 ± 0.12)×10²²")]
    public void SpreadsHaveTheSameDecimals(double value, double deviation, string expected) => Assert.Equal(expected, Numbers.Number(value, deviation));

    [Theory]
    [InlineData(0.988238, "0.9882")]
    [InlineData(0.9999861, "1 − 1.39×10⁻⁵")]
    [InlineData(1.50362e-22, "1.50×10⁻²²")]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    public void ProbabilitiesKeepWhatMatters(double value, string expected) => Assert.Equal(expected, Numbers.Probability(value));

    [Fact]
    public void TheSpreadIsTheSamplesDeviation()
    {
        // 1, 2, 6: mean 3, deviations −2, −1, 3; √(14/2).
        Spread spread = Spread.Of([1, 2, 6])!.Value;
        Assert.Equal(3, spread.Mean, 15);
        Assert.Equal(Math.Sqrt(7), spread.Deviation!.Value, 15);
        Assert.Null(Spread.Of([5])!.Value.Deviation);
        Assert.Null(Spread.Of([]));
        Assert.Equal(1, Spread.Of([1, double.PositiveInfinity])!.Value.Vacuous);
    }

    [Fact]
    public void CurvesAreMeansOfEqualParts()
    {
        Metrics[] lines = [.. new[] { 5.0, 3, 4, 2, 0 }.Select((loss, i) => new Metrics(i + 1, i + 1, loss, 0, 0, 0))];
        (double[] epochs, double[] losses) = TrainingFigures.Means(lines, 2); // two lines, then three
        Assert.Equal([1.5, 4], epochs);
        Assert.Equal([4, 2], losses);
        Assert.Equal(5, TrainingFigures.Means(lines, 9).Losses.Length);
    }

    [Fact]
    public void NoSupervisedLossExceedsTheLargest()
    {
        Assert.Equal(Math.Log(1 + (9 * Math.Exp(4))), BoundTable.LargestLoss(10, 0.5), 13);
        Assert.Equal(2000 + Math.Log(9), BoundTable.LargestLoss(10, 0.001), 12);
    }
}
