using NegSamples.Kernels;
using NegSamples.Theory.Measures;

namespace NegSamples.Tests.Theory.Measures;

public class WassersteinTests
{
    private const double Rounding = 1e-12; // sums of a hundred numbers of size 1

    [Fact]
    public void AShiftIsItsLengthAndNothingIsNone()
    {
        double[] values = Values(101, 1);
        Assert.Equal(0, Wasserstein.Distance(values, [.. values.Reverse()]));
        Assert.Equal(0.75, Wasserstein.Distance(values, [.. values.Select(value => value + 0.75)]), Rounding);
        Assert.Equal(0.75, Wasserstein.Distance([.. values.Select(value => value - 0.75)], values), Rounding);
        Assert.Equal(2, Wasserstein.Distance([3], [1]));
        Assert.Throws<ArgumentException>(() => Wasserstein.Distance([], values));
    }

    /// <summary>W₁ is the area between the two distribution functions.</summary>
    [Theory]
    [InlineData(1, 9)]
    [InlineData(30, 45)]
    [InlineData(64, 7)]
    public void SamplesOfAnySizesGiveTheAreaBetweenTheirDistributions(int first, int second)
    {
        double[] a = Values(first, 2), b = [.. Values(second, 3).Select(value => (1.5 * value) + 0.2)];
        double[] steps = [.. a.Concat(b).Order()];
        double area = 0;
        for (int i = 1; i < steps.Length; i++)
        {
            double below = steps[i - 1];
            area += (steps[i] - below) * Math.Abs((a.Count(value => value <= below) / (double)first) - (b.Count(value => value <= below) / (double)second));
        }

        Assert.Equal(area, Wasserstein.Distance(a, b), Rounding);
        Assert.Equal(area, Wasserstein.Distance(b, a), Rounding);
    }

    private static double[] Values(int count, uint stream) =>
        [.. Enumerable.Range(0, count).Select(i => (double)new Philox(4, RandomPurpose.Evaluation, stream).Normal((uint)i))];
}
