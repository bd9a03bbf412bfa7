using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class AccuracyTests
{
    [Theory]
    [InlineData(new[] { 0.5, 3, 2 }, 1, 0)]
    [InlineData(new[] { 0.5, 3, 2 }, 2, 1)]
    [InlineData(new[] { 0.5, 3, 2 }, 0, 2)]
    [InlineData(new double[] { 1, 1, 1 }, 0, 0)] // a tie goes to the lower class
    [InlineData(new double[] { 1, 1, 1 }, 2, 2)]
    [InlineData(new[] { 1, double.NaN, 0 }, 0, 1)] // NaN stands before
    [InlineData(new[] { double.NaN, double.NaN }, 0, 1)] // and its own class is never first
    public void TheRankCountsTheClassesBefore(double[] scores, int label, int rank) => Assert.Equal(rank, Accuracy.Rank<double>(scores, label));

    [Fact]
    public void FiveRanksCountForTheTopFive() => Assert.Equal(new Accuracy(0.25, 0.75), Accuracy.OfRanks([0, 4, 5, 1, 0, 17, 3, 2]));

    [Fact]
    public void WithFiveClassesTheTopFiveHasAll() =>
        Assert.Equal(1, MeanClassifier.Evaluate(new FeatureSet([1, 2, 3, 4, 5], 5, 1, [0, 1, 2, 3, 4], 5), new FeatureSet([1, -1], 2, 1, [0, 4], 5)).Top5);
}
