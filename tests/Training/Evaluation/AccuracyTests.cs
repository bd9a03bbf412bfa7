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

    /// <summary>100 samples of the commonest class of 276 and none else right: 100/276, and 1/10 of the classes.</summary>
    [Fact]
    public void AlwaysTheCommonestClassIsChanceAndBalancedOneOfC()
    {
        int[] sizes = [100, 64, 41, 27, 17, 11, 7, 4, 3, 2];
        int[] labels = [.. sizes.SelectMany((size, label) => Enumerable.Repeat(label, size))];
        Accuracy accuracy = Accuracy.OfRanks([.. labels], new FeatureSet(new float[labels.Length], labels.Length, 1, labels, sizes.Length));
        Assert.Equal(100.0 / 276, accuracy.Top1);
        Assert.Equal(0.1, accuracy.Balanced);
        Assert.Equal(100.0 / 276, ClassSizes.CommonestShare(labels, sizes.Length));
    }

    [Fact]
    public void ClassesOfOneSizeHaveNoBalancedAccuracy()
    {
        FeatureSet equal = new(new float[4], 4, 1, [0, 1, 3, 3], 4), pairs = new(new float[4], 4, 1, [0, 0, 3, 3], 4);
        Assert.Equal((2.0 / 3) + 0, Accuracy.OfRanks([0, 0, 1, 1], equal).Balanced);
        Assert.Null(Accuracy.OfRanks([0, 1, 1, 0], pairs).Balanced);
        Assert.Null(ClassSizes.CommonestShare([0, 0, 3, 3], 4));
    }

    [Fact]
    public void WithFiveClassesTheTopFiveHasAll() =>
        Assert.Equal(1, MeanClassifier.Evaluate(new FeatureSet([1, 2, 3, 4, 5], 5, 1, [0, 1, 2, 3, 4], 5), new FeatureSet([1, -1], 2, 1, [0, 4], 5)).Top5);
}
