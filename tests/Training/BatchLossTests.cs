using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The loss of a batch in shards against the loss of each shard alone in double.</summary>
public class BatchLossTests
{
    private const int Depth = 16;

    /// <summary>Every loss with all negatives and with drawn ones: every row of a shard against every other of it, the labels in the order of the rows.</summary>
    [Theory]
    [InlineData(6, 1, 0, LossKind.NtXent)]
    [InlineData(6, 3, 0, LossKind.NtXent)]
    [InlineData(12, 2, 3, LossKind.NtXent)]
    [InlineData(60, 2, 1, LossKind.NtXent)]
    [InlineData(15, 3, 0, LossKind.SingleView)]
    [InlineData(15, 3, 2, LossKind.SingleView)]
    [InlineData(6, 1, 0, LossKind.Decoupled)]
    [InlineData(40, 2, 16, LossKind.Decoupled)]
    [InlineData(60, 2, 1, LossKind.Decoupled)]
    [InlineData(12, 3, 0, LossKind.Debiased)]
    [InlineData(40, 2, 16, LossKind.Debiased)]
    [InlineData(60, 2, 1, LossKind.Debiased)]
    [InlineData(12, 2, 0, LossKind.Hard)]
    [InlineData(40, 2, 16, LossKind.Hard)]
    [InlineData(60, 2, 1, LossKind.Hard)]
    [InlineData(15, 3, 0, LossKind.Sigmoid)]
    [InlineData(15, 1, 4, LossKind.Sigmoid)]
    [InlineData(12, 1, 0, LossKind.SupCon)]
    [InlineData(15, 3, 0, LossKind.SupCon)]
    [InlineData(40, 2, 16, LossKind.SupCon)]
    [InlineData(40, 1, 1, LossKind.SupCon)]
    public void LossAndGradientAreTheMeanOverTheShards(int samples, int shards, int negatives, LossKind kind)
    {
        TrainingSettings settings = new()
        {
            Batch = new() { Size = samples }, Encoder = new() { EmbeddingDimension = Depth }, Run = new() { Seed = 3 },
            Loss = new() { Kind = kind, Shards = shards, Negatives = negatives, Temperature = 0.1, PositivePrior = 0.2, Hardness = 2 },
        };
        const long step = 5;
        int own = samples / shards, rows = 2 * own;
        using Rig rig = new(4L * samples * Depth);
        Tensor z = UnitRows(rig, 2 * samples);
        int[] labels = [.. Enumerable.Range(0, samples).Select(i => ((7 * i) + 3) % 4)];
        using BatchLoss loss = new(rig.Ops, settings);
        BatchLossResult found = loss.Compute(z, labels, step, (float)settings.Loss.Temperature, (float)settings.Loss.Bias);
        double expected = 0;
        for (int shard = 0; shard < shards; shard++)
        {
            int Label(int row) => labels[(shard * own) + (row % own)];
            Pairing all = kind switch { LossKind.SupCon => Pairing.Labelled(rows, Label), LossKind.SingleView or LossKind.Sigmoid => Pairing.OtherView(own), _ => Pairing.BothViews(rows) };
            Pairing pairing = all.Drawn(settings.SampleAt(step, shard));
            Span<float> ofShard = z.Slice(shard * rows, rows).Floats;
            ContrastiveReference truth = ContrastiveReference.Of(
                new ContrastiveSettings((float)settings.Loss.Temperature, settings.Loss.Formula) { Bias = (float)settings.Loss.Bias }, pairing, ofShard[..(pairing.Rows * Depth)], ofShard[((rows - pairing.Keys) * Depth)..]);
            expected += truth.Loss.Average() / shards;
            double[] gradient = [.. truth.Rows.Select(value => value / shards)];
            double naive = Rig.MaxError([.. truth.NaiveRows.Select(value => value / shards)], gradient);
            Assert.InRange(Rig.MaxError(found.Dz.Slice(shard * rows, rows).Floats, gradient), 0, (2 * naive) + (truth.LargestRowWeights / (1 << 22)));
        }

        Assert.Equal(expected, found.Loss, 1e-5);
    }

    /// <summary>Keys of a queue, all of them and drawn ones: no gradient but the queries'.</summary>
    [Theory]
    [InlineData(LossKind.NtXent, 0)]
    [InlineData(LossKind.SingleView, 16)]
    [InlineData(LossKind.Decoupled, 1)]
    [InlineData(LossKind.Debiased, 16)]
    [InlineData(LossKind.Hard, 16)]
    [InlineData(LossKind.Hard, 60)]
    [InlineData(LossKind.Sigmoid, 0)]
    [InlineData(LossKind.Sigmoid, 16)]
    public void AQueueGivesTheQueriesAGradient(LossKind kind, int negatives)
    {
        const int samples = 8, keys = 70;
        TrainingSettings settings = new()
        {
            Batch = new() { Size = samples }, Encoder = new() { EmbeddingDimension = Depth }, Data = new() { ImageSize = 8 },
            Loss = new() { Kind = kind, Queue = keys, Negatives = negatives, Temperature = 0.1, PositivePrior = 0.2, Hardness = 2 },
        };
        using Rig rig = new(40L * (samples + keys) * Depth);
        using MomentumContrast queue = new(rig.Ops, settings);
        Tensor z = UnitRows(rig, samples), views = rig.Random(samples, 8, 8, 3);
        queue.Embed(views);
        using BatchLoss loss = new(rig.Ops, settings, queue);
        BatchLossResult found = loss.Compute(z, [], 3, 0.1f, (float)settings.Loss.Bias);
        ContrastiveReference truth = ContrastiveReference.Of(
            new ContrastiveSettings(0.1f, settings.Loss.Formula) { Bias = (float)settings.Loss.Bias }, Pairing.Queue(samples, keys).Drawn(settings.SampleAt(3)), z.Floats, queue.Keys.Floats, queue.Positives.Floats);
        Assert.Equal(truth.Loss.Average(), found.Loss, 1e-5);
        Assert.InRange(Rig.MaxError(found.Dz.Floats, truth.Dq), 0, (2 * Rig.MaxError(truth.NaiveDq, truth.Dq)) + (truth.LargestWeights / (1 << 22)));
    }

    /// <summary>dL/d ln(1/T) against differences of the mean loss of the definition, over shards and both kinds of gradients.</summary>
    [Theory]
    [InlineData(LossKind.NtXent, 2, 0)]
    [InlineData(LossKind.NtXent, 1, 5)]
    [InlineData(LossKind.SingleView, 1, 0)]
    [InlineData(LossKind.Decoupled, 2, 0)]
    [InlineData(LossKind.SupCon, 1, 3)]
    [InlineData(LossKind.Sigmoid, 2, 0)]
    [InlineData(LossKind.Sigmoid, 1, 5)]
    public void TheLogitScalesSlopeIsThatOfTheMeanLoss(LossKind kind, int shards, int negatives)
    {
        const int samples = 12;
        TrainingSettings settings = new()
        {
            Batch = new() { Size = samples }, Encoder = new() { EmbeddingDimension = Depth },
            Loss = new() { Kind = kind, Shards = shards, Negatives = negatives, LearnTemperature = true },
        };
        int own = samples / shards, rows = 2 * own;
        using Rig rig = new(4L * samples * Depth);
        Tensor z = UnitRows(rig, 2 * samples);
        int[] labels = [.. Enumerable.Range(0, samples).Select(i => i % 4)];
        using BatchLoss loss = new(rig.Ops, settings);
        double MeanLoss(double scale, float bias) => Enumerable.Range(0, shards).Average(shard =>
        {
            int Label(int row) => labels[(shard * own) + (row % own)];
            Pairing all = kind switch { LossKind.SupCon => Pairing.Labelled(rows, Label), LossKind.SingleView or LossKind.Sigmoid => Pairing.OtherView(own), _ => Pairing.BothViews(rows) };
            Pairing pairing = all.Drawn(settings.SampleAt(0, shard));
            double[] q = Rig.Doubles(z.Slice(shard * rows, rows));
            return new ContrastiveReference<double>(
                new ContrastiveSettings((float)Math.Exp(-scale), settings.Loss.Formula) { Bias = bias }, pairing, q[..(pairing.Rows * Depth)], q[((rows - pairing.Keys) * Depth)..], []).Loss.Average();
        });
        const double at = 1.5, step = 1e-2;
        float bias = kind == LossKind.Sigmoid ? -2.5f : 0;
        BatchLossResult found = loss.Compute(z, labels, 0, (float)Math.Exp(-at), bias);
        double slope = Slope(by => MeanLoss(at + by, bias));
        Assert.Equal(slope, found.ByLogitScale, 1e-5 * Math.Max(1, Math.Abs(slope)));
        if (kind != LossKind.Sigmoid) return;
        slope = Slope(by => MeanLoss(at, (float)(bias + by)));
        Assert.Equal(slope, found.ByBias, 1e-5 * Math.Max(1, Math.Abs(slope)));

        static double Slope(Func<double, double> loss) => (8 * (loss(step) - loss(-step)) - loss(2 * step) + loss(-2 * step)) / (12 * step);
    }

    [Fact]
    public void AShardDoesNotSeeTheOthers()
    {
        TrainingSettings settings = new() { Batch = new() { Size = 8 }, Loss = new() { Shards = 2 }, Encoder = new() { EmbeddingDimension = Depth } };
        using Rig rig = new(40L * Depth);
        Tensor z = UnitRows(rig, 16);
        using BatchLoss loss = new(rig.Ops, settings);
        float[] before = loss.Compute(z, [], 0, 0.5f).Dz.Floats.ToArray();
        rig.Ops.Copy(z.Slice(14, 1), z.Slice(9, 1));
        float[] after = loss.Compute(z, [], 0, 0.5f).Dz.Floats.ToArray();
        Assert.Equal(before[..(8 * Depth)], after[..(8 * Depth)]);
        Assert.NotEqual(before[(8 * Depth)..], after[(8 * Depth)..]);
    }

    [Fact]
    public void EveryShardAndEveryStepSubSamplesOnItsOwn()
    {
        TrainingSettings settings = new() { Batch = new() { Size = 12 }, Loss = new() { Shards = 3, Negatives = 2 } };
        uint[] keys = [.. Enumerable.Range(0, 4).SelectMany(step => Enumerable.Range(0, 3).Select(shard => settings.SampleAt(step, shard).Step))];
        Assert.Equal(12, keys.Distinct().Count());
        Assert.Equal(7u, (settings with { Loss = settings.Loss with { Shards = 1 } }).SampleAt(7).Step);
    }

    private static Tensor UnitRows(Rig rig, int rows)
    {
        Tensor x = rig.Random(rows, Depth);
        for (int row = 0; row < rows; row++)
        {
            double length = Math.Sqrt(x.Row(row).ToArray().Sum(value => (double)value * value));
            foreach (ref float value in x.Row(row)) value = (float)(value / length);
        }

        return x;
    }
}
