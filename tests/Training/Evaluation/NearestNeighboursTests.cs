using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class NearestNeighboursTests
{
    [Fact]
    public void VotesAreWeightedByTheCosine()
    {
        // Cosines with (1, 0): 0.8 for class 0, then 0.6 and 0.6 for class 1. At T = 0.1 the near one outweighs two; at T = 1 it does not.
        FeatureSet train = new([8, 6, 3, 4, 0.3f, -0.4f], 3, 2, [0, 1, 1], 2), test = new([5, 0], 1, 2, [0], 2);
        using CpuOps ops = new(1);
        Assert.Equal(1, NearestNeighbours.Evaluate(ops, train, test, 3, 0.1).Top1);
        Assert.Equal(0, NearestNeighbours.Evaluate(ops, train, test, 3, 1).Top1);
        Assert.Equal(1, NearestNeighbours.Evaluate(ops, train, test, 1, 1).Top1);
        Assert.Equal(0, NearestNeighbours.Evaluate(ops, train, test, 1000, 1).Top1); // k is cut to three
    }

    [Fact]
    public void OfEqualCosinesTheLowerIndexIsNearer()
    {
        // 40 copies of one sample: the first 5 are of class 2, the rest of class 0.
        float[] values = [.. Enumerable.Repeat(new[] { 0.3f, 0.7f, -0.2f }, 40).SelectMany(row => row)];
        FeatureSet train = new(values, 40, 3, [.. Enumerable.Range(0, 40).Select(i => i < 5 ? 2 : 0)], 3), test = new([1, 1, 1], 1, 3, [2], 3);
        using CpuOps ops = new(2);
        Assert.Equal(1, NearestNeighbours.Evaluate(ops, train, test, 5).Top1);
        Assert.Equal(1, NearestNeighbours.Evaluate(ops, train, test, 9).Top1);
        Assert.Equal(0, NearestNeighbours.Evaluate(ops, train, test, 10).Top1); // 5 against 5: the lower class
    }

    /// <summary>The last two have more than one block of test rows, and of training rows.</summary>
    [Theory]
    [InlineData(60, 31, 7, 3, 5, 0.1)]
    [InlineData(500, 77, 33, 12, 200, 0.07)]
    [InlineData(300, 50, 16, 12, 400, 0.001)]
    [InlineData(90, 1100, 5, 10, 20, 0.1)]
    [InlineData(8300, 25, 5, 10, 20, 0.1)]
    public void AgreesWithBruteForceInDouble(int trainCount, int testCount, int dimension, int classes, int k, double temperature)
    {
        FeatureSet train = Samples.Around(trainCount, dimension, classes, 2.5, 1), test = Samples.Around(testCount, dimension, classes, 2.5, 2);
        double[][] unit = [.. Enumerable.Range(0, trainCount).Select(i => Unit(train.Row(i)))];
        Accuracy truth = Samples.Accuracy(test, i =>
        {
            double[] query = Unit(test.Row(i)), votes = new double[classes];
            double[] cosines = [.. unit.Select(row => row.Zip(query, (a, b) => a * b).Sum())];
            foreach (int j in Enumerable.Range(0, trainCount).OrderByDescending(j => cosines[j]).ThenBy(j => j).Take(k))
                votes[train.Labels[j]] += Math.Exp((cosines[j] - 1) / temperature);
            return votes;
        });
        using CpuOps ops = new(2);
        Assert.InRange(truth.Top1, 0.2, 0.98);
        Assert.Equal(truth, NearestNeighbours.Evaluate(ops, train, test, k, temperature));
    }

    /// <summary>Two blocks of training rows and two of test rows: what is not held is brought again.</summary>
    [Fact]
    public void TrainingRowsThatAreNotHeldGiveTheSame()
    {
        FeatureSet train = Samples.Around(8300, 7, 12, 2.5, 1), test = Samples.Around(1100, 7, 12, 2.5, 2);
        using CpuOps ops = new(2);
        Accuracy held = NearestNeighbours.Evaluate(ops, train, test, 50);
        Assert.InRange(held.Top1, 0.2, 0.98);
        Assert.Equal(held, NearestNeighbours.Evaluate(ops, train, test, 50, 0.1, null, heldBytes: 0, TestContext.Current.CancellationToken));
        Assert.True(NearestNeighbours.ArenaBytes(1_000_000, 1024, 512) < 100 << 20);
    }

    [Fact]
    public void TheResultDoesNotDependOnTheNumberOfThreadsOrRanks()
    {
        FeatureSet train = Samples.Around(900, 19, 12, 4, 1), test = Samples.Around(1500, 19, 12, 4, 2);
        Accuracy? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using CpuOps ops = new(threads);
            Accuracy accuracy = NearestNeighbours.Evaluate(ops, train, test, 50);
            first ??= accuracy;
            Assert.Equal(first, accuracy);
        }

        // Two blocks of test rows: of three ranks one has none.
        foreach (int ranks in new[] { 2, 3 })
        {
            Assert.All(ThreadCollective.Run(ranks, collective =>
            {
                using CpuOps ops = new(1) { Collective = collective };
                return NearestNeighbours.Evaluate(ops, train, test, 50, ranks: collective);
            }), accuracy => Assert.Equal(first, accuracy));
        }
    }

    [Fact]
    public void AWrongNumberIsNamed()
    {
        FeatureSet set = new([1, 2], 2, 1, [0, 1], 2);
        using CpuOps ops = new(1);
        Assert.Throws<ArgumentOutOfRangeException>("k", () => NearestNeighbours.Evaluate(ops, set, set, 0));
        Assert.Throws<ArgumentOutOfRangeException>("temperature", () => NearestNeighbours.Evaluate(ops, set, set, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("temperature", () => NearestNeighbours.Evaluate(ops, set, set, 1, double.NaN));
    }

    private static double[] Unit(ReadOnlySpan<float> row)
    {
        double[] values = [.. row.ToArray().Select(value => (double)value)];
        double length = Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => value / length)];
    }
}
