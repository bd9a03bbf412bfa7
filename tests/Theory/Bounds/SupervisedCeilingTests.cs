using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Bounds;

public class SupervisedCeilingTests
{
    [Theory]
    [InlineData(2, 0.5, 1.193147)]
    [InlineData(4, 0.5, 1.919372)]
    [InlineData(10, 0.5, 2.835715)]
    [InlineData(10, 1.0, 2.552585)]
    [InlineData(10, 0.2, 4.720915)]
    [InlineData(10, 0.1, 9.000409)]
    [InlineData(100, 0.5, 5.138879)]
    [InlineData(100, 0.2, 7.024076)]
    [InlineData(200, 0.5, 5.832049)]
    public void EqualClassesHaveTheseCeilings(int classes, double temperature, double expected) =>
        Assert.Equal(expected, SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(classes), temperature), 1e-6);

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.7)]
    [InlineData(20)]
    public void WarmTemperaturesHaveAllNormsAtOneHalf(double temperature) => Assert.Equal(
        Math.Log(7) + (1 / (4 * temperature)), SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(7), temperature), 1e-12);

    /// <summary>No norms exceed the ceiling of any encoder, and good ones come near it: ascent by one coordinate at a time from many starts.</summary>
    [Fact]
    public void NoNormsExceedIt()
    {
        Random random = new(5);
        for (int trial = 0; trial < 300; trial++)
        {
            int count = random.Next(2, 9);
            double temperature = Math.Pow(10, (random.NextDouble() * 3) - 2);
            ClassDistribution classes = trial % 2 == 0 ? ClassDistribution.Uniform(count)
                : ClassDistribution.Proportional([.. Enumerable.Range(0, count).Select(_ => Math.Pow(10, 3 * random.NextDouble()))]);
            double ceiling = SupervisedCeiling.OfAnyEncoder(classes, temperature), best = double.NegativeInfinity;
            for (int start = 0; start < 40; start++)
            {
                double[] norms = [.. Enumerable.Range(0, count).Select(_ => start % 2 == 0 ? random.NextDouble() : random.Next(2))];
                best = Math.Max(best, SupervisedCeiling.OfNorms(norms, classes, temperature));
                for (int round = 0; round < 12; round++)
                {
                    for (int c = 0; c < count; c++)
                    {
                        (double At, double Value) top = (norms[c], double.NegativeInfinity);
                        for (int point = 0; point <= 50; point++)
                        {
                            norms[c] = point / 50.0;
                            double value = SupervisedCeiling.OfNorms(norms, classes, temperature);
                            if (value > top.Value) top = (norms[c], value);
                        }

                        norms[c] = top.At;
                        best = Math.Max(best, top.Value);
                    }
                }
            }

            Assert.True(best <= ceiling + 1e-9, $"{best} exceeds {ceiling} at C = {count}, t = {temperature}");
            if (classes.IsUniform) Assert.True(best > ceiling - (0.02 / temperature) - 1e-3, $"{best} is far below {ceiling} at C = {count}, t = {temperature}");
        }
    }

    /// <summary>For equal classes the dual, which unequal ones take, is at least the exact ceiling and at most by one coordinate's part above it.</summary>
    [Fact]
    public void UnequalClassesHaveACeilingNearThatOfEqualOnes()
    {
        for (int count = 2; count < 60; count += 7)
        {
            foreach (double temperature in new[] { 0.1, 0.2, 0.5, 1 })
            {
                double exact = SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(count), temperature);
                double[] nearly = [.. Enumerable.Range(0, count).Select(c => 1 + (1e-9 * c))];
                Assert.InRange(SupervisedCeiling.OfAnyEncoder(ClassDistribution.Proportional(nearly), temperature) - exact, -1e-7, 1 / (temperature * count));
            }
        }
    }

    [Fact]
    public void WhatIsNoNormIsRefused()
    {
        Assert.Throws<ArgumentException>(() => SupervisedCeiling.OfNorms([1], ClassDistribution.Uniform(2), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(2), 0));
        Assert.Equal(0, SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(1), 0.1));
        Assert.True(double.IsFinite(SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(10), 0.001)));
        Assert.True(double.IsFinite(SupervisedCeiling.OfAnyEncoder(ClassDistribution.Proportional([2, 1]), 0.001)));
    }
}
