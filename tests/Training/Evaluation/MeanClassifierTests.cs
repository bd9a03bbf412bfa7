using NegSamples.Files;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class MeanClassifierTests
{
    [Fact]
    public void ThreePointsByHand()
    {
        // Means (2, 0) and (0, 1), not normalised: (1, 1.5) scores 2 and 1.5, though its cosine is higher with the second.
        FeatureSet train = new([1, 0, 3, 0, 0, 1], 3, 2, [0, 0, 1], 2);
        Assert.Equal(0.75, MeanClassifier.Evaluate(train, new FeatureSet([1, 1.5f, 1, 3, 0, 0, 1, 1.5f], 4, 2, [0, 1, 0, 1], 2)).Top1);
    }

    [Theory]
    [InlineData(50, 33, 7, 3, 1.5)]
    [InlineData(400, 37, 5, 11, 2.5)]
    [InlineData(700, 129, 64, 20, 4)]
    public void AgreesWithItsDefinition(int trainCount, int testCount, int dimension, int classes, double noise)
    {
        FeatureSet train = Samples.Around(trainCount, dimension, classes, noise, 1), test = Samples.Around(testCount, dimension, classes, noise, 2);
        double[][] means = [.. Enumerable.Range(0, classes).Select(c => Enumerable.Range(0, dimension)
            .Select(d => Enumerable.Range(0, trainCount).Where(i => train.Labels[i] == c).Average(i => (double)train.Row(i)[d])).ToArray())];
        Accuracy truth = Samples.Accuracy(test, i => [.. means.Select(mean => mean.Select((m, d) => m * test.Row(i)[d]).Sum())]);
        Assert.InRange(truth.Top1, 0.2, 0.98);
        Assert.Equal(truth, MeanClassifier.Evaluate(train, test));
    }

    [Fact]
    public void AClassWithoutSamplesIsRefused()
    {
        FeatureSet train = new([1, 2], 2, 1, [0, 2], 3);
        BadDataException refused = Assert.Throws<BadDataException>(() => MeanClassifier.Evaluate(train, train));
        Assert.StartsWith("Class 1 has no sample among the 2 training features", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScalingRowsAsTheyAreReadIsScalingThemBefore()
    {
        FeatureSet train = Samples.Around(300, 19, 12, 3, 1, offset: 0.2), test = Samples.Around(400, 19, 12, 3, 2, offset: 0.2);
        Accuracy scaled = MeanClassifier.Evaluate(train.ToUnitLength(), test.ToUnitLength());
        Assert.InRange(scaled.Top1, 0.15, 0.98);
        Assert.Equal(scaled, MeanClassifier.EvaluateAtUnitLength(train, test));
        Assert.NotEqual(scaled, MeanClassifier.Evaluate(train, test));
    }
}
