using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Study.Foreign;

public class FeatureBoundsTests
{
    /// <summary>Arrays have the bounds of the same numbers in files.</summary>
    [Fact]
    public void ArraysHaveTheBoundsOfFiles()
    {
        using GivenFiles files = new();
        using CpuOps ops = new(2);
        BoundSettings settings = new() { Negatives = [7], Passes = 3, Seed = 5 };
        using ForeignPair pair = ForeignPair.Open(files.Split("train", 30, 6, 1, 1), files.Split("test", 24, 6, 3, 2));
        BoundReport expected = ForeignBounds.Measure(pair, ops, 0.4, settings, _ => { })[0];
        BoundReport found = FeatureBounds.Of(Views(pair.Train), Views(pair.Test), 6, 0.4, 7, settings);
        Assert.Equal(expected.Quantities, found.Quantities);
        Assert.Equal(expected.Bounds, found.Bounds);
        Assert.Equal((expected.Batches, expected.TrainViews, expected.Augmentations), (found.Batches, found.TrainViews, found.Augmentations));
    }

    [Fact]
    public void ErrorsNameWhatIsExpected()
    {
        float[] rows = [1, 0, 0, 1, 1, 1];
        FeatureViews train = new([0, 1, 1], rows), test = new([0, 1, 1], rows, rows);
        FeatureBounds.Of(train, test, 2, 0.5, 2);
        AssertRefused("test has 1 view of each sample; expected at least 2", () => FeatureBounds.Of(train, train, 2, 0.5, 2));
        AssertRefused("View 0 of train has 6 numbers; expected 3 rows of 3", () => FeatureBounds.Of(train, test, 3, 0.5, 2));
        AssertRefused("negatives is 3; expected 1 to 2", () => FeatureBounds.Of(train, test, 2, 0.5, 3));
        AssertRefused("temperature is 0", () => FeatureBounds.Of(train, test, 2, 0, 2));
        AssertRefused("train has no sample of class 1", () => FeatureBounds.Of(new([0, 0, 0], rows), test, 2, 0.5, 2));
        AssertRefused("A label of train is -1", () => FeatureBounds.Of(new([0, 1, -1], rows), test, 2, 0.5, 2));
        AssertRefused("temperature is 1E-320; expected a finite number above 0, 1e-30 to 1e30", () => FeatureBounds.Of(train, test, 2, 1e-320, 2));
        AssertRefused("There is a label 2147483647; expected less than 3, as train and test have a sample of each class", () => FeatureBounds.Of(new([0, 1, int.MaxValue], rows), test, 2, 0.5, 2));
        AssertRefused("There is a label 2147483647", () => FeatureClassifiers.Of(rows, [0, 1, int.MaxValue], rows, [0, 1, 1], 2));
        AssertRefused("not finite", () => FeatureBounds.Of(new([0, 1, 1], [1, 0, 0, 1, 1, float.NaN]), test, 2, 0.5, 2));
    }

    /// <summary>The classifiers of arrays are those of sets.</summary>
    [Fact]
    public void ClassifiersOfArraysAreThoseOfSets()
    {
        using GivenFiles files = new();
        using CpuOps ops = new(2);
        using ForeignPair pair = ForeignPair.Open(files.Split("train", 60, 6, 1, 3), files.Split("test", 24, 6, 1, 4));
        FeatureViews train = Views(pair.Train), test = Views(pair.Test);
        FeatureSet of = new(train.Views[0], 60, 6, [.. train.Labels], 3), on = new(test.Views[0], 24, 6, [.. test.Labels], 3);
        FeatureAccuracies found = FeatureClassifiers.Of(train.Views[0], [.. train.Labels], test.Views[0], [.. test.Labels], 6);
        Assert.Equal(MeanClassifier.EvaluateAtUnitLength(of, on), found.Mean);
        Assert.Equal(LinearClassifier.Train(ops, of, on, new()).Last, found.Linear);
        Assert.Equal(NearestNeighbours.Evaluate(ops, of, on, 60), found.Neighbours);
        Assert.Null(FeatureClassifiers.Of(train.Views[0], [.. train.Labels.Select(label => 2 * label)], test.Views[0], [.. test.Labels], 6, new(Epochs: 1)).Mean);
    }

    private static FeatureViews Views(ForeignSplit split) => new(split.Labels.ToArray(), [.. Enumerable.Range(0, split.Views).Select(view =>
        Enumerable.Range(0, split.Count).SelectMany(i => split.Row(i, view).ToArray()).ToArray())]);

    private static void AssertRefused(string expected, Action call) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
}
