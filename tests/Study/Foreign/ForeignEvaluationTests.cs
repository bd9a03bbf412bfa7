using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Tests.Study.Embeddings;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Study.Foreign;

public class ForeignEvaluationTests
{
    /// <summary>The files that `features` writes have, to the bit, what the evaluation of the run has.</summary>
    [Fact]
    public void FilesOfARunHaveTheNumbersOfTheRun()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(2);
        CancellationToken stop = TestContext.Current.CancellationToken;
        LinearSettings linear = new(Epochs: 5);
        FeatureFiles.Write(rig.Run, ops, rig.Train, rig.Test, new(), _ => { }, stop);
        EvaluationReport run = Evaluator.Evaluate(rig.Run, ops, rig.Train, rig.Test, linear, _ => { }, stop: stop);
        string folder = Path.Combine(rig.Run, "features", rig.Checkpoint);
        foreach (bool head in new[] { false, true })
        {
            string key = Path.Combine(folder, head ? "head" : "encoder");
            using ForeignPair pair = ForeignPair.Open(
                new($"{key}.feature.train.npy", $"{key}.label.train.npy"), new($"{key}.feature.val.npy", $"{key}.label.val.npy"), stop);
            ForeignEvaluationReport given = ForeignEvaluation.Evaluate(pair, ops, linear, normalised: head, _ => { }, stop);
            Assert.Equal(["mean", "linear", "knn"], given.Rows.Select(row => row.Classifier));
            foreach (ForeignRow row in given.Rows)
            {
                EvaluationRow expected = run.Row(row.Classifier, head);
                Assert.Equal((expected.Top1, expected.Top5, expected.Balanced, expected.Seed), (row.Top1, row.Top5, row.Balanced, row.Seed));
            }

            Assert.Equal(
                run.Measures!.Where(measure => measure.Head == head).Select(measure => (measure.Name, measure.Value)),
                given.Measures.Select(measure => (measure.Name, measure.Value)));
            Assert.Equal((27, 20, rig.Classes), (given.Train.Samples, given.Test.Samples, given.Classes));
            Assert.Equal(2, given.Notes.Count); // the rows of both files are not of unit length
        }
    }

    /// <summary>Fewer samples than a batch are one batch of as many, and so it is said; of three classes the five highest say nothing.</summary>
    [Fact]
    public void WhatIsSaidOfFewSamplesAndFewClassesIsSo()
    {
        using GivenFiles files = new();
        ForeignPaths train = files.Split("train", 60, 4, views: 1, seed: 1), test = files.Split("test", 30, 4, views: 1, seed: 2);
        using CpuOps ops = new(1);
        CancellationToken stop = TestContext.Current.CancellationToken;
        using ForeignPair pair = ForeignPair.Open(train, test, stop);
        ForeignEvaluationReport given = ForeignEvaluation.Evaluate(pair, ops, new LinearSettings(Epochs: 2), normalised: false, _ => { }, stop);
        Assert.True(given.Classes <= 5);
        Assert.Contains("batch 60,", given.Rows.Single(row => row.Classifier == "linear").Protocol, StringComparison.Ordinal);
        Assert.All(given.Rows, row => Assert.Null(row.Top5));

        EvaluationRow row = new("mean", false, "test", "", 7, 0.5, 1, 0.25, 1);
        Assert.Equal((null, null), Of(classes: 5));
        Assert.Equal((1, 1), Of(classes: 6));

        (double?, double?) Of(int classes) => new EvaluationReport("", 1, "", 9, 9, classes, [row]).Rows is [{ } only] ? (only.Top5, only.UntrainedTop5) : throw new InvalidOperationException();
    }

    [Fact]
    public void NothingIsCopiedThatLiesAsFloats()
    {
        using GivenFiles files = new();
        ForeignPaths train = files.Split("train", 3000, 64, views: 1, seed: 1), test = files.Split("test", 30, 64, views: 1, seed: 2);
        using CpuOps ops = new(1);
        CancellationToken stop = TestContext.Current.CancellationToken;
        using ForeignPair pair = ForeignPair.Open(train, test, stop);
        MeanClassifier.EvaluateAtUnitLength(pair.Train.OneView("this takes", 3), pair.Test.OneView("this takes", 3), stop);
        long before = GC.GetAllocatedBytesForCurrentThread();
        FeatureSet set = pair.Train.OneView("this takes", 3);
        MeanClassifier.EvaluateAtUnitLength(set, pair.Test.OneView("this takes", 3), stop);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 3000 * 64 * sizeof(float) / 4, $"{allocated} bytes");
    }
}
