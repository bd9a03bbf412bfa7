using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Foreign;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Study.Foreign;

public class ForeignSplitTests
{
    private static readonly float[] Twelve = [.. Enumerable.Range(1, 12).Select(i => i + 0.5f)];

    /// <summary>Before the features are read, whose numbers are no numbers here.</summary>
    [Theory]
    [InlineData(1, 1, "train.npy and TEST: no label is 0, the least is 1; expected 0 to C - 1. Where the classes are counted from 1, take 1 off each label; else give samples of class 0 too.")]
    [InlineData(3, 5, "train.npy and TEST: no label is 0, the least is 3; expected 0 to C - 1. Where the classes are counted from 3, take 3 off each label; else give samples of class 0 too.")]
    [InlineData(0, 1, "has 4 numbers that are not finite")]
    [InlineData(1, 0, "has 4 numbers that are not finite")]
    public void LabelsThatBeginAtAnotherNumberAreRefusedFirst(int train, int test, string words)
    {
        using GivenFiles files = new();
        string features = files.Features("f.npy", [float.NaN, float.NaN, float.NaN, float.NaN], 2, 2);
        string trained = files.Labels("train.npy", train, train + 1), tested = files.Labels("test.npy", test, test + 1);
        string message = Assert.Throws<BadDataException>(() => ForeignPair.Open(new(features, trained), new(features, tested), TestContext.Current.CancellationToken)).Message;
        Assert.Contains(words.Replace("TEST", tested, StringComparison.Ordinal), message, StringComparison.Ordinal);
        message = Assert.Throws<BadDataException>(() => ForeignSplit.Open(new(features, trained), TestContext.Current.CancellationToken)).Message;
        Assert.Equal(train > 0, message.Contains($"no label is 0, the least is {train};", StringComparison.Ordinal));
    }

    /// <summary>As of a set of which one sample was embedded, which is of whatever class it is: nothing is to be taken off.</summary>
    [Fact]
    public void OneClassAloneIsToldThatThereIsNoOther()
    {
        using GivenFiles files = new();
        string features = files.Features("f.npy", [1, 2, 3, 4], 2, 2), labels = files.Labels("l.npy", 7, 7);
        string expected = $"{labels}: every label is 7; expected 0 to C - 1, with samples of several classes. Give more samples.";
        Assert.Equal(expected, Assert.Throws<BadDataException>(() => ForeignSplit.Open(new(features, labels), TestContext.Current.CancellationToken)).Message);
        Assert.Equal(expected, Assert.Throws<BadDataException>(() => ForeignPair.Open(new(features, labels), new(features, labels), TestContext.Current.CancellationToken)).Message);
    }

    [Theory]
    [InlineData("lengths", "f.npy has 4 samples and ", "l.npy 5 labels; expected as many of both")]
    [InlineData("exchanged", "f.npy has the shape (4) and whole numbers, as labels have", "Are `features` and `labels` exchanged?")]
    [InlineData("exchanged in text", "f.csv has the shape (4) and whole numbers", "Are `features` and `labels` exchanged?")]
    [InlineData("labels are a matrix", "l.npy has the shape (4, 3), as features have", "Are `features` and `labels` exchanged?")]
    [InlineData("labels are fractions", "l.npy: number 1 is 0.5; expected whole numbers", "")]
    [InlineData("not finite", "has 3 numbers that are not finite, the first NaN in feature 1 of sample 2", "")]
    [InlineData("too long", "has rows whose squared length is beyond float32", "divide all numbers by their largest")]
    [InlineData("negative label", "the label of sample 1 is -1; expected 0 to C - 1", "leave out what has no label")]
    [InlineData("identifier", "the label of sample 3 is 20260101; expected 0 to C - 1, with at most 65536 classes", "")]
    [InlineData("one axis", "f.npy has the shape (12); expected (N, D), or (N, V, D)", "")]
    [InlineData("four axes", "f.npy has the shape (2, 2, 3, 1); expected (N, D), or (N, V, D)", "")]
    [InlineData("views differ", "f.npy has the shape (6, 2), ", "(4, 3); expected views of the same samples")]
    [InlineData("three axes in a view", "has the shape (2, 2, 3); expected (N, D) in each file of a view", "")]
    [InlineData("none", "expected at least one sample with one feature", "")]
    [InlineData("no file", "nothing.npy does not exist", "")]
    [InlineData("no such array", "it is one array", "expected an .npz or .safetensors for the array 'x'")]
    public void EveryFaultIsNamed(string fault, string words, string more)
    {
        using GivenFiles files = new();
        string features = files.Features("f.npy", Twelve, 4, 3), labels = files.Labels("l.npy", 0, 1, 0, 1);
        switch (fault)
        {
            case "lengths": files.Labels("l.npy", 0, 1, 0, 1, 1); break;
            case "exchanged": (features, labels) = (files.Labels("f.npy", 0, 1, 0, 1), files.Features("l.npy", Twelve, 4, 3)); break;
            case "exchanged in text":
                features = files.PathOf("f.csv");
                File.WriteAllText(features, "label\n0\n1\n0\n1\n");
                break;
            case "labels are a matrix": files.Features("l.npy", Twelve, 4, 3); break;
            case "labels are fractions": files.Features("l.npy", [0, 0.5f, 1, 1], 4); break;
            case "too long":
                features = files.Features("f.npy", [.. Twelve.Select(value => value * 2e37f)], 4, 3);
                break;
            case "not finite":
                float[] values = [.. Twelve];
                (values[7], values[8], values[11]) = (float.NaN, float.NegativeInfinity, float.PositiveInfinity);
                files.Features("f.npy", values, 4, 3);
                break;
            case "negative label": files.Labels("l.npy", 0, -1, 0, 1); break;
            case "identifier": files.Labels("l.npy", 0, 1, 0, 20260101); break;
            case "one axis": files.Features("f.npy", Twelve, 12); break;
            case "four axes": files.Features("f.npy", Twelve, 2, 2, 3, 1); break;
            case "views differ": features = files.Features("g.npy", Twelve, 4, 3) + "," + files.Features("f.npy", Twelve, 6, 2); break;
            case "three axes in a view": features = files.Features("g.npy", Twelve, 2, 2, 3) + "," + files.Features("f.npy", Twelve, 2, 2, 3); break;
            case "none": files.Features("f.npy", [], 0, 3); break;
            case "no file": features = files.PathOf("nothing.npy"); break;
            default: features += ":x"; break;
        }

        string message = Assert.Throws<BadDataException>(() => ForeignSplit.Open(new(features, labels), TestContext.Current.CancellationToken)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.Contains(more, message, StringComparison.Ordinal);
    }

    [Fact]
    public void ViewsInOneFileAreThoseInSeveral()
    {
        using GivenFiles files = new();
        ForeignPaths one = files.Split("one", count: 5, dimension: 3, views: 2, seed: 1);
        (float[] all, _) = Npy.ReadFloats(one.Features);
        float[] View(int view) => [.. all.Chunk(3).Where((_, row) => row % 2 == view).SelectMany(row => row)];
        string two = $"{files.Features("v0.npy", View(0), 5, 3)},{files.Features("v1.npy", View(1), 5, 3)}";
        using ForeignSplit first = ForeignSplit.Open(one, TestContext.Current.CancellationToken), second = ForeignSplit.Open(one with { Features = two }, TestContext.Current.CancellationToken);
        Assert.Equal((5, 2, 3, 3, 0L), (first.Count, first.Views, first.Dimension, first.Classes, first.CopiedBytes));
        Assert.Equal((5, 2, 3, 3, 0L), (second.Count, second.Views, second.Dimension, second.Classes, second.CopiedBytes));
        for (int sample = 0; sample < 5; sample++)
        {
            for (int view = 0; view < 2; view++)
            {
                Assert.Equal(all[(((sample * 2) + view) * 3)..][..3], first.Row(sample, view).ToArray());
                Assert.Equal(first.Row(sample, view).ToArray(), second.Row(sample, view).ToArray());
            }
        }
    }

    [Fact]
    public void ViewsThatAreTheSameAreSaid()
    {
        using GivenFiles files = new();
        ForeignPaths one = files.Split("one", 6, 3, views: 1, seed: 1), two = files.Split("two", 6, 3, views: 2, seed: 2);
        using ForeignSplit twice = ForeignSplit.Open(one with { Features = $"{one.Features},{one.Features}" }, TestContext.Current.CancellationToken);
        using ForeignSplit views = ForeignSplit.Open(two, TestContext.Current.CancellationToken), plain = ForeignSplit.Open(one, TestContext.Current.CancellationToken);
        Assert.Equal((true, false, false), (twice.HasEqualViews, views.HasEqualViews, plain.HasEqualViews));
        Assert.Contains(ForeignBounds.Notes(twice), note => note.Contains("every anchor is its own positive", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatDoesNotFitTheMeasurementIsRefused()
    {
        using GivenFiles files = new();
        ForeignPaths one = files.Split("one", 6, 3, views: 1, seed: 1), two = files.Split("two", 6, 3, views: 2, seed: 2), wide = files.Split("wide", 6, 4, views: 1, seed: 3);
        using CpuOps ops = new(1);
        CancellationToken stop = TestContext.Current.CancellationToken;
        Refused(() => ForeignPair.Open(one, wide, stop), "one.npy has 3 features a sample, ");
        using ForeignPair views = ForeignPair.Open(one, two, stop), plain = ForeignPair.Open(one, one, stop), gap = ForeignPair.Open(one with { Labels = files.Labels("gap.npy", 0, 1, 3, 0, 1, 3) }, two, stop);
        Refused(() => ForeignEvaluation.Evaluate(views, ops, new(), false, _ => { }, stop), "has 2 views of each sample; an evaluation takes one: (N, D)");
        Refused(() => ForeignBounds.Measure(plain, ops, 0.5, new() { Negatives = [2] }, _ => { }, stop), "has 1 view of each sample; the bounds need 2 or more");
        Refused(() => ForeignCollision.Measure(plain.Train, ops, 0.5, 1, _ => { }, stop), "has 1 view of each sample; the collision bound needs 2 or more");
        Refused(() => ForeignBounds.Measure(views, ops, 0.5, new() { Negatives = [6] }, _ => { }, stop), "A batch of K = 6 negatives has 7 samples");
        Refused(() => ForeignBounds.Measure(gap, ops, 0.5, new() { Negatives = [2] }, _ => { }, stop), "of the 4 classes (the greatest label and one), class 2 has no sample; the bounds need one of each");

        // An evaluation goes on without the classifier that needs the class, and says so.
        using ForeignPair holed = ForeignPair.Open(gap.Train.Paths, one, stop);
        ForeignEvaluationReport report = ForeignEvaluation.Evaluate(holed, ops, new(Epochs: 1), false, _ => { }, stop);
        Assert.Equal(["linear", "knn"], report.Rows.Select(row => row.Classifier));
        Assert.Contains("the mean classifier needs a training sample of each class", report.Missing[0], StringComparison.Ordinal);
        Assert.Contains("class 3 has no sample", string.Join('|', report.Notes), StringComparison.Ordinal);
    }

    private static void Refused(Func<object> action, string words) => Assert.Contains(words, Assert.Throws<BadDataException>(action).Message, StringComparison.Ordinal);
}
