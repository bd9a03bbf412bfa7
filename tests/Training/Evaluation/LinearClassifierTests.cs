using NegSamples.Kernels;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class LinearClassifierTests
{
    [Fact]
    public void ASeparableProblemIsLearnt()
    {
        FeatureSet train = Samples.Around(500, 20, 7, 0.5, 1), test = Samples.Around(300, 20, 7, 0.5, 2);
        using CpuOps ops = new(2);
        List<double> shares = [];
        LinearResult result = LinearClassifier.Train(ops, train, test, new LinearSettings(Epochs: 20, BatchSize: 64), new Collector(shares));
        Assert.Equal(new Accuracy(1, 1, 1), result.Last);
        Assert.Equal(new Accuracy(1, 1, 1), result.Train);
        Assert.InRange(result.FinalLoss, 0, 0.1);
        Assert.Equal(20, shares.Count);
        Assert.Equal(1, shares[^1]);
    }

    /// <summary>A mean far from 0 and one scale for all, as averages over ReLUs have: the default learning rate must settle all the same.</summary>
    [Fact]
    public void FeaturesWithACommonOffsetAreLearnt()
    {
        FeatureSet train = Samples.Around(2000, 64, 10, 1, 1, offset: 1), test = Samples.Around(500, 64, 10, 1, 2, offset: 1);
        using CpuOps ops = new(2);
        Assert.InRange(LinearClassifier.Train(ops, train, test, new LinearSettings(Epochs: 30)).Last.Top1, 0.99, 1);
    }

    /// <summary>The whole training in float64 in the same order: the learning rate's cosine, Nesterov, decay of weights alone, the short last batch.</summary>
    [Theory]
    [InlineData(1, 23, 0, 0, LinearSchedule.EveryStep)]
    [InlineData(1, 100, 0.9f, 0.01f, LinearSchedule.EveryStep)]
    [InlineData(3, 10, 0.9f, 0.01f, LinearSchedule.EveryStep)]
    [InlineData(4, 7, 0.5f, 0, LinearSchedule.EveryStep)]
    [InlineData(4, 7, 0.9f, 0.01f, LinearSchedule.EveryEpoch)]
    public void EveryStepIsTheFormulas(int epochs, int batchSize, float momentum, float weightDecay, LinearSchedule schedule)
    {
        FeatureSet train = Samples.Around(23, 5, 3, 2, 1), test = Samples.Around(11, 5, 3, 2, 2);
        LinearSettings settings = new(epochs, batchSize, 0.2f, momentum, weightDecay, 11, schedule);
        using CpuOps ops = new(2);
        LinearResult result = LinearClassifier.Train(ops, train, test, settings);

        (double[] truth, float[] naive) = (Reference<double>(train, settings), Reference<float>(train, settings));
        float[] parameters = [.. result.Weights, .. result.Bias];
        double naiveError = 0, error = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            naiveError = Math.Max(naiveError, Math.Abs(naive[i] - truth[i]));
            error = Math.Max(error, Math.Abs(parameters[i] - truth[i]));
        }

        Assert.InRange(error, 0, (2 * naiveError) + 2e-7);
        Assert.Equal(Samples.Accuracy(test, i => Scores<double>(truth, test.Row(i), 3)), result.Last);
        Assert.Equal(Samples.Accuracy(train, i => Scores<double>(truth, train.Row(i), 3)), result.Train);
        double loss = Enumerable.Range(0, train.Count).Average(i =>
        {
            double[] scores = Scores<double>(truth, train.Row(i), 3);
            return Math.Log(scores.Sum(Math.Exp)) - scores[train.Labels[i]];
        });
        Assert.InRange(result.FinalLoss, loss - 1e-5, loss + 1e-5);
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        FeatureSet train = Samples.Around(600, 37, 12, 4, 1), test = Samples.Around(100, 37, 12, 4, 2);
        LinearResult? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using CpuOps ops = new(threads);
            LinearResult result = LinearClassifier.Train(ops, train, test, new LinearSettings(Epochs: 3, BatchSize: 250));
            first ??= result;
            Assert.Equal(first.Weights, result.Weights);
            Assert.Equal(first.Bias, result.Bias);
            Assert.Equal(first.FinalLoss, result.FinalLoss);
            Assert.Equal(first.Last, result.Last);
        }
    }

    [Fact]
    public void TheSeedDecidesTheOrder()
    {
        FeatureSet train = Samples.Around(60, 5, 3, 2, 1);
        using CpuOps ops = new(1);
        float[] one = LinearClassifier.Train(ops, train, train, new LinearSettings(2, 16, Seed: 1)).Weights;
        Assert.NotEqual(one, LinearClassifier.Train(ops, train, train, new LinearSettings(2, 16, Seed: 2)).Weights);
        Assert.Equal(one, LinearClassifier.Train(ops, train, train, new LinearSettings(2, 16, Seed: 1)).Weights);
    }

    [Fact]
    public void ADivergedTrainingIsNamed()
    {
        FeatureSet train = new([1e30f, -1e30f], 2, 1, [0, 1], 2);
        using CpuOps ops = new(1);
        NotFiniteNumberException diverged = Assert.Throws<NotFiniteNumberException>(
            () => LinearClassifier.Train(ops, train, train, new LinearSettings(5, 1, 1e20f)));
        Assert.Contains("after 5 epochs; its rate of 1E+20 is too high for features of this size", diverged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWrongSettingIsNamed()
    {
        FeatureSet set = new([1, 2], 2, 1, [0, 1], 2);
        using CpuOps ops = new(1);
        foreach ((LinearSettings settings, string message) in new[]
        {
            (new LinearSettings(Epochs: 0), "Epochs is 0; expected 1 or more."), (new LinearSettings(BatchSize: -3), "BatchSize is -3; expected 1 or more."),
            (new LinearSettings(LearningRate: float.NaN), "LearningRate is NaN; expected a finite number above 0."),
            (new LinearSettings(Momentum: 1), "Momentum is 1; expected 0 to below 1."), (new LinearSettings(WeightDecay: -1), "WeightDecay is -1; expected a finite number, 0 or more."),
        })
        {
            ArgumentException refused = Assert.ThrowsAny<ArgumentException>(() => LinearClassifier.Train(ops, set, set, settings));
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Weights [C, D], then bias [C].</summary>
    private static T[] Reference<T>(FeatureSet set, LinearSettings settings)
        where T : System.Numerics.IFloatingPointIeee754<T>
    {
        (int n, int dimension, int classes) = (set.Count, set.Dimension, set.Classes);
        T[] w = new T[classes * (dimension + 1)], v = new T[w.Length];
        int[] order = new int[n];
        int batch = Math.Min(settings.BatchSize, n), steps = settings.Epochs * ((n + batch - 1) / batch), step = 0;
        for (int epoch = 0; epoch < settings.Epochs; epoch++)
        {
            new Philox(settings.Seed, RandomPurpose.Evaluation, (uint)epoch).Shuffle(order);
            for (int first = 0; first < n; first += batch, step++)
            {
                T[] g = new T[w.Length];
                int rows = Math.Min(batch, n - first);
                for (int r = 0; r < rows; r++)
                {
                    ReadOnlySpan<float> x = set.Row(order[first + r]);
                    T[] scores = Scores(w, x, classes);
                    T maximum = scores.Max()!, sum = T.Zero;
                    foreach (T score in scores) sum += T.Exp(score - maximum);
                    for (int c = 0; c < classes; c++)
                    {
                        T slope = ((T.Exp(scores[c] - maximum) / sum) - (set.Labels[order[first + r]] == c ? T.One : T.Zero)) / T.CreateChecked(rows);
                        for (int d = 0; d < dimension; d++) g[(c * dimension) + d] += slope * T.CreateChecked(x[d]);
                        g[(classes * dimension) + c] += slope;
                    }
                }

                double part = settings.Schedule == LinearSchedule.EveryEpoch ? (double)epoch / settings.Epochs : (double)step / steps;
                T rate = T.CreateChecked((float)(settings.LearningRate * (1 + Math.Cos(Math.PI * part)) / 2)), momentum = T.CreateChecked(settings.Momentum);
                for (int i = 0; i < w.Length; i++)
                {
                    if (i < classes * dimension) g[i] += T.CreateChecked(settings.WeightDecay) * w[i];
                    v[i] = (momentum * v[i]) + g[i];
                    w[i] -= rate * (g[i] + (momentum * v[i]));
                }
            }
        }

        return w;
    }

    private static T[] Scores<T>(T[] parameters, ReadOnlySpan<float> x, int classes)
        where T : System.Numerics.INumber<T>
    {
        T[] scores = new T[classes];
        for (int c = 0; c < classes; c++)
        {
            for (int d = 0; d < x.Length; d++) scores[c] += parameters[(c * x.Length) + d] * T.CreateChecked(x[d]);
            scores[c] += parameters[(classes * x.Length) + c];
        }

        return scores;
    }

    private sealed class Collector(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
