using System.Numerics;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The loss of a batch in shards against the loss of each shard alone in double.</summary>
public class BatchLossTests
{
    private const int Depth = 16;

    [Theory]
    [InlineData(6, 1, 0, LossKind.NtXent)]
    [InlineData(6, 3, 0, LossKind.NtXent)]
    [InlineData(12, 2, 3, LossKind.NtXent)]
    [InlineData(15, 3, 0, LossKind.SingleView)]
    [InlineData(15, 3, 2, LossKind.SingleView)]
    public void LossAndGradientAreTheMeanOverTheShards(int samples, int shards, int negatives, LossKind kind)
    {
        TrainingSettings settings = new() { Batch = new() { Size = samples }, Loss = new() { Shards = shards, Negatives = negatives, Kind = kind }, Encoder = new() { EmbeddingDimension = Depth }, Run = new() { Seed = 3 } };
        int rows = 2 * samples / shards;
        const long step = 5;
        using Rig rig = new(4L * samples * Depth);
        Tensor z = UnitRows(rig, 2 * samples);
        using BatchLoss loss = new(rig.Ops, settings);
        double mean = loss.Forward(z, step);
        Tensor dz = loss.Backward(z, step);
        double expected = 0;
        for (int shard = 0; shard < shards; shard++)
        {
            Tensor own = z.Slice(shard * rows, rows);
            KNegativesReference truth = new KNegativesReference(rows, Depth, settings.Loss.At(settings.Run.Seed, step, shard)).Compute(own.Floats);
            expected += truth.Loss.Average() / shards;
            double[] gradient = [.. truth.Gradient.Select(value => value / shards)];
            double naive = Rig.MaxError([.. truth.NaiveGradient.Select(value => value / shards)], gradient);
            Assert.InRange(Rig.MaxError(dz.Slice(shard * rows, rows).Floats, gradient), 0, (2 * naive) + 1e-7);
        }

        Assert.Equal(expected, mean, 1e-6);
    }

    /// <summary>Every row of a shard against every other of it, the labels in the order of the rows.</summary>
    [Theory]
    [InlineData(6, 1, LossKind.Decoupled)]
    [InlineData(12, 3, LossKind.Debiased)]
    [InlineData(12, 2, LossKind.Hard)]
    [InlineData(12, 1, LossKind.SupCon)]
    [InlineData(15, 3, LossKind.SupCon)]
    public void TheLossesOfAllPairsAreTheMeanOverTheShardsToo(int samples, int shards, LossKind kind)
    {
        TrainingSettings settings = new() { Batch = new() { Size = samples }, Loss = new() { Shards = shards, Kind = kind, Temperature = 0.1, PositivePrior = 0.2, Hardness = 2 }, Encoder = new() { EmbeddingDimension = Depth } };
        int own = samples / shards, rows = 2 * own;
        using Rig rig = new(4L * samples * Depth);
        Tensor z = UnitRows(rig, 2 * samples);
        ShapesSet images = TinyRun.Images();
        int[] batch = [.. Enumerable.Range(0, samples).Select(i => ((7 * i) + 3) % images.Count)];
        using BatchLoss loss = new(rig.Ops, settings, images: images);
        loss.TakeLabels(batch);
        double mean = loss.Forward(z, 0), expected = 0;
        Tensor dz = loss.Backward(z, 0);
        for (int shard = 0; shard < shards; shard++)
        {
            int Label(int row) => images.Label(batch[(shard * own) + (row % own)]);
            LossFamilyReference<T> Formula<T>()
                where T : struct, IFloatingPointIeee754<T> => new(
                    settings.Loss.OfKeys(), z.Slice(shard * rows, rows), z.Slice(shard * rows, rows), default, i => (i + own) % rows,
                    (i, j) => j != i && (kind == LossKind.SupCon || j != (i + own) % rows), (i, j) => Label(i) == Label(j));
            LossFamilyReference<double> truth = Formula<double>();
            LossFamilyReference<float> naive = Formula<float>();
            expected += truth.Loss.Average() / shards;
            double[] gradient = [.. truth.Dq.Zip(truth.Dk, (q, k) => (q + k) / shards)];
            float[] inFloat = [.. naive.Dq.Zip(naive.Dk, (q, k) => (q + k) / shards)];
            Assert.InRange(Rig.MaxError(dz.Slice(shard * rows, rows).Floats, gradient), 0, (2 * Rig.MaxError(inFloat, gradient)) + (truth.LargestShares / (1 << 22)));
        }

        Assert.Equal(expected, mean, 1e-5);
    }

    [Fact]
    public void AShardDoesNotSeeTheOthers()
    {
        TrainingSettings settings = new() { Batch = new() { Size = 8 }, Loss = new() { Shards = 2 }, Encoder = new() { EmbeddingDimension = Depth } };
        using Rig rig = new(40L * Depth);
        Tensor z = UnitRows(rig, 16);
        using BatchLoss loss = new(rig.Ops, settings);
        loss.Forward(z, 0);
        float[] before = loss.Backward(z, 0).Floats.ToArray();
        rig.Ops.Copy(z.Slice(14, 1), z.Slice(9, 1));
        loss.Forward(z, 0);
        float[] after = loss.Backward(z, 0).Floats.ToArray();
        Assert.Equal(before[..(8 * Depth)], after[..(8 * Depth)]);
        Assert.NotEqual(before[(8 * Depth)..], after[(8 * Depth)..]);
    }

    [Fact]
    public void EveryShardAndEveryStepSubSamplesOnItsOwn()
    {
        TrainingSettings settings = new() { Batch = new() { Size = 12 }, Loss = new() { Shards = 3, Negatives = 2 } };
        uint[] keys = [.. Enumerable.Range(0, 4).SelectMany(step => Enumerable.Range(0, 3).Select(shard => settings.Loss.At(settings.Run.Seed, step, shard).Step))];
        Assert.Equal(12, keys.Distinct().Count());
        Assert.Equal(7u, (settings with { Loss = settings.Loss with { Shards = 1 } }).Loss.At(3, 7).Step); // as before there were shards
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
