using System.Numerics;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The loss of a batch of several views against its definition: the mean over all pairs of an anchor and another view of its sample.</summary>
public class ManyViewsLossTests
{
    private static TrainingSettings Settings(int samples, int views, int depth, double temperature) => new()
    {
        Batch = new() { Size = samples }, Encoder = new() { EmbeddingDimension = depth }, Run = new() { Seed = 3 }, Loss = new() { Views = views, Temperature = temperature },
    };

    [Theory]
    [InlineData(5, 2, 7, 0.1)]
    [InlineData(5, 2, 7, 0.5)]
    [InlineData(2, 3, 3, 0.1)]
    [InlineData(7, 3, 9, 0.1)]
    [InlineData(7, 3, 9, 0.5)]
    [InlineData(15, 3, 33, 0.1)]
    [InlineData(9, 4, 17, 0.1)]
    [InlineData(9, 4, 17, 0.5)]
    [InlineData(3, 16, 5, 0.5)]
    public void LossAndGradientAreThoseOfTheDefinition(int samples, int views, int depth, double temperature)
    {
        using Rig rig = new(20L * samples * views * depth);
        Tensor z = LossFamilyTests.Units(rig, samples * views, depth);
        using BatchLoss loss = new(rig.Ops, Settings(samples, views, depth, temperature));
        BatchLossResult found = loss.Compute(z, [], 0, (float)temperature);
        Definition<double> truth = new(Rig.Doubles(z), samples, views, (float)temperature);
        Definition<float> naive = new(z.Floats.ToArray(), samples, views, (float)temperature);
        double ofLoss = (2 * Rig.MaxError(naive.Losses, truth.Losses)) + (truth.Losses.Max() / (1 << 23)), ofGradient = (2 * Rig.MaxError(naive.Dz, truth.Dz)) + (truth.LargestWeights / (1 << 22));
        Assert.InRange(Math.Abs(found.Loss - truth.Losses.Average()), 0, ofLoss);
        Assert.InRange(Rig.MaxError(found.Dz.Floats, truth.Dz), 0, ofGradient);
        if (views == 2) return;

        // The other positives in the denominator are another loss, which the same tolerances tell apart.
        Definition<double> other = new(Rig.Doubles(z), samples, views, (float)temperature, otherPositives: true);
        Assert.True(Math.Abs(found.Loss - other.Losses.Average()) > ofLoss && Rig.MaxError(found.Dz.Floats, other.Dz) > ofGradient);
    }

    /// <summary>Every loss of the family, in shards, with all negatives and with drawn ones: the mean over shards and offsets of the loss of one positive at a time.</summary>
    [Theory]
    [InlineData(LossKind.NtXent, 15, 3, 3, 0)]
    [InlineData(LossKind.NtXent, 15, 1, 3, 1)]
    [InlineData(LossKind.NtXent, 14, 2, 4, 11)]
    [InlineData(LossKind.NtXent, 7, 1, 3, 18)]
    [InlineData(LossKind.Decoupled, 10, 2, 4, 0)]
    [InlineData(LossKind.Debiased, 9, 1, 3, 5)]
    [InlineData(LossKind.Hard, 9, 3, 5, 0)]
    [InlineData(LossKind.Hard, 22, 1, 3, 1)]
    [InlineData(LossKind.SupCon, 9, 1, 3, 0)]
    [InlineData(LossKind.SupCon, 18, 2, 4, 7)]
    public void EveryLossIsTheMeanOverShardsAndPositives(LossKind kind, int samples, int shards, int views, int negatives)
    {
        const int depth = 17;
        const long step = 5;
        TrainingSettings settings = Settings(samples, views, depth, 0.1);
        settings = settings with { Loss = settings.Loss with { Kind = kind, Shards = shards, Negatives = negatives, PositivePrior = 0.2, Hardness = 2 } };
        settings.Validate();
        int own = samples / shards, rows = views * own, offsets = kind == LossKind.SupCon ? 1 : views - 1;
        using Rig rig = new(20L * samples * views * depth);
        Tensor z = LossFamilyTests.Units(rig, samples * views, depth);
        int[] labels = [.. Enumerable.Range(0, samples).Select(i => ((7 * i) + 3) % 4)];
        using BatchLoss loss = new(rig.Ops, settings);
        BatchLossResult found = loss.Compute(z, labels, step, 0.1f);
        double expected = 0;
        for (int shard = 0; shard < shards; shard++)
        {
            int Label(int row) => labels[(shard * own) + (row % own)];
            Span<float> ofShard = z.Slice(shard * rows, rows).Floats;
            double[] gradient = new double[rows * depth], naive = new double[rows * depth];
            double weights = 0;
            for (int offset = 1; offset <= offsets; offset++)
            {
                Pairing pairing = (kind == LossKind.SupCon ? Pairing.Labelled(rows, Label) : Pairing.AtOffset(own, views, offset)).Drawn(settings.SampleAt(step, shard));
                ContrastiveReference truth = ContrastiveReference.Of(new ContrastiveSettings(0.1f, settings.Loss.Formula), pairing, ofShard, ofShard);
                expected += truth.Loss.Average() / (shards * offsets);
                for (int i = 0; i < gradient.Length; i++) (gradient[i], naive[i]) = (gradient[i] + (truth.Rows[i] / (shards * offsets)), naive[i] + ((double)truth.NaiveRows[i] / (shards * offsets)));
                weights = Math.Max(weights, truth.LargestRowWeights);
            }

            double naiveError = naive.Zip(gradient, (a, b) => Math.Abs(a - b)).Max();
            Assert.InRange(Rig.MaxError(found.Dz.Slice(shard * rows, rows).Floats, gradient), 0, (2 * naiveError) + (weights / (1 << 22)));
        }

        Assert.Equal(expected, found.Loss, 1e-5);
    }

    /// <summary>Two views take the path that they always took: the symmetric engine's bits, and nothing after it.</summary>
    [Fact]
    public void TwoViewsHaveTheBitsOfTheSymmetricEngine()
    {
        const int samples = 37, rows = 2 * samples, depth = 19;
        using Rig rig = new(40L * rows * depth);
        Tensor z = LossFamilyTests.Units(rig, rows, depth), losses = rig.Take(rows), lse = rig.Take(rows), dz = rig.Take(rows, depth);
        rig.Ops.ContrastiveLoss(new TwoViews(rig.Arena, samples).BothViews(z), new(0.2f), losses, lse, ContrastiveGradients.OfRows(dz));
        using BatchLoss loss = new(rig.Ops, Settings(samples, 2, depth, 0.2));
        BatchLossResult found = loss.Compute(z, [], 0, 0.2f);
        double sum = 0;
        foreach (float value in losses.Floats) sum += value;
        Assert.Equal(sum / rows, found.Loss);
        Assert.Equal(dz.Floats.ToArray(), found.Dz.Floats.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(int negatives)
    {
        const int samples = 43, views = 3, depth = 17;
        TrainingSettings settings = Settings(samples, views, depth, 0.1);
        settings = settings with { Loss = settings.Loss with { Negatives = negatives } };
        (double, float[])? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(20L * samples * views * depth, threads);
            Tensor z = LossFamilyTests.Units(rig, samples * views, depth);
            using BatchLoss loss = new(rig.Ops, settings);
            BatchLossResult found = loss.Compute(z, [], 3, 0.1f);
            first ??= (found.Loss, found.Dz.Floats.ToArray());
            Assert.Equal(first.Value.Item1, found.Loss);
            Assert.Equal(first.Value.Item2, found.Dz.Floats.ToArray());
        }
    }

    /// <summary>dL/d ln(1/T) against differences of the definition's mean loss.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TheLogitScalesSlopeIsThatOfTheMeanLoss(int shards)
    {
        const int samples = 10, views = 3, depth = 9;
        TrainingSettings settings = Settings(samples, views, depth, 0.2);
        settings = settings with { Loss = settings.Loss with { Shards = shards, LearnTemperature = true } };
        using Rig rig = new(20L * samples * views * depth);
        Tensor z = LossFamilyTests.Units(rig, samples * views, depth);
        int own = samples / shards;
        double MeanLoss(double scale) => Enumerable.Range(0, shards).Average(shard =>
            new Definition<double>(Rig.Doubles(z.Slice(shard * views * own, views * own)), own, views, Math.Exp(-scale)).Losses.Average());
        const double at = 1.5, step = 1e-2;
        double slope = (8 * (MeanLoss(at + step) - MeanLoss(at - step)) - MeanLoss(at + (2 * step)) + MeanLoss(at - (2 * step))) / (12 * step);
        using BatchLoss loss = new(rig.Ops, settings);
        Assert.Equal(slope, loss.Compute(z, [], 0, (float)Math.Exp(-at)).ByLogitScale, 1e-5 * Math.Max(1, Math.Abs(slope)));
    }

    /// <summary>The definition, pair by pair: in double the truth, in float what one writes without thought.</summary>
    private sealed class Definition<T>
        where T : struct, IFloatingPointIeee754<T>
    {
        private readonly int depth;
        private readonly T[] z;

        /// <param name="z">Unit rows, view by view.</param>
        /// <param name="samples">N.</param>
        /// <param name="views">V.</param>
        /// <param name="temperature">T.</param>
        /// <param name="otherPositives">Whether an anchor's other positives stand in the denominator, which they must not.</param>
        public Definition(T[] z, int samples, int views, double temperature, bool otherPositives = false)
        {
            int rows = samples * views;
            (this.z, depth, Dz) = (z, z.Length / rows, new T[z.Length]);
            T t = T.CreateChecked(temperature), share = T.One / (T.CreateChecked(rows * (views - 1)) * t);
            double[] weights = new double[rows];
            List<T> losses = [];
            for (int a = 0; a < rows; a++)
            for (int p = a % samples; p < rows; p += samples)
            {
                if (p == a) continue;
                int[] terms = [p, .. Enumerable.Range(0, rows).Where(j => j % samples != a % samples || (otherPositives && j != a && j != p))];
                T[] logits = [.. terms.Select(j => Dot(a, j) / t)];
                T most = logits.Max(), denominator = logits.Aggregate(T.Zero, (sum, s) => sum + T.Exp(s - most));
                losses.Add(T.Log(denominator) + most - logits[0]);
                for (int c = 0; c < terms.Length; c++)
                {
                    T weight = ((T.Exp(logits[c] - most) / denominator) - (c == 0 ? T.One : T.Zero)) * share;
                    for (int d = 0; d < depth; d++)
                    {
                        Dz[(a * depth) + d] += weight * z[(terms[c] * depth) + d];
                        Dz[(terms[c] * depth) + d] += weight * z[(a * depth) + d];
                    }

                    weights[a] += Math.Abs(double.CreateChecked(weight));
                    weights[terms[c]] += Math.Abs(double.CreateChecked(weight));
                }
            }

            (Losses, LargestWeights) = ([.. losses], weights.Max());
        }

        public T[] Losses { get; }

        public T[] Dz { get; }

        /// <summary>The largest sum of |weights| in a row of dz: what an error of all weights is multiplied by.</summary>
        public double LargestWeights { get; }

        private T Dot(int i, int j)
        {
            T sum = T.Zero;
            for (int d = 0; d < depth; d++) sum += z[(i * depth) + d] * z[(j * depth) + d];
            return sum;
        }
    }
}
