using NegSamples.Files;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class FeatureSetTests
{
    [Fact]
    public void EveryFaultIsNamed()
    {
        Refused<ArgumentException>(() => new FeatureSet(new float[5], 2, 3, [0, 1], 2), "values has 5 elements; expected 2 x 3 = 6.");
        Refused<ArgumentException>(() => new FeatureSet(new float[6], 2, 3, [0], 2), "labels has 1 element; expected 2.");
        Refused<ArgumentException>(() => new FeatureSet(new float[6], 2, 3, [0, 2], 2), "labels[1] is 2; expected 0 to 1.");
        Refused<ArgumentException>(() => new FeatureSet(new float[6], 2, 3, [-1, 1], 2), "labels[0] is -1; expected 0 to 1.");
        Refused<ArgumentException>(() => new FeatureSet([], 0, 3, [], 2), "count");
        Refused<ArgumentException>(() => new FeatureSet([], 2, 0, [0, 1], 2), "dimension");
        Refused<BadDataException>(() => new FeatureSet([0, 0, 0, 0, float.NaN, 0], 2, 3, [0, 1], 2), "Feature 1 of sample 1 is NaN; expected a finite number.");
        Refused<BadDataException>(() => new FeatureSet([0, float.PositiveInfinity], 2, 1, [0, 1], 2), "Feature 0 of sample 1 is Infinity");
    }

    [Fact]
    public void ASetOfAnotherDimensionOrOtherClassesIsRefused()
    {
        FeatureSet train = new([1, 2], 2, 1, [0, 1], 2);
        Refused<ArgumentException>(() => MeanClassifier.Evaluate(train, new FeatureSet([1, 2], 1, 2, [0], 2)), "test has 2 features a sample; expected 1 as in train.");
        Refused<ArgumentException>(() => MeanClassifier.Evaluate(train, new FeatureSet([1], 1, 1, [0], 3)), "test has 3 classes; expected 2 as in train.");
    }

    [Fact]
    public void UnitLengthKeepsTheDirectionAndTheZeroRow()
    {
        FeatureSet unit = new FeatureSet([3, 4, 0, 0, -5, 0], 3, 2, [0, 1, 1], 2).ToUnitLength();
        Assert.Equal([0.6f, 0.8f, 0, 0, -1, 0], unit.Values.ToArray(), (a, b) => Math.Abs(a - b) <= 6e-8f);
        Assert.Equal([0, 1, 1], unit.Labels.ToArray());
    }

    private static void Refused<T>(Func<object> action, string message)
        where T : Exception => Assert.Contains(message, Assert.ThrowsAny<T>(action).Message, StringComparison.Ordinal);
}
