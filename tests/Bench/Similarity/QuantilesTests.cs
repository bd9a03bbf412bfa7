using NegSamples.Similarity;

namespace NegSamples.Tests.Bench.Similarity;

public class QuantilesTests
{
    [Theory]
    [InlineData(0, 1), InlineData(0.25, 2), InlineData(0.5, 3), InlineData(0.625, 5), InlineData(1, 11)]
    public void QuantilesLieBetweenTheNumbers(double proportion, double expected) =>
        Assert.Equal(expected, Quantiles.Of([1, 2, 3, 7, 11], proportion));
}
