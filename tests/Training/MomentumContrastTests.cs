using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The ring of keys, the momentum encoder, their loss and their files.</summary>
public class MomentumContrastTests
{
    private const int Depth = 16;

    private static readonly TrainingSettings Settings = TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Queue = 20, KeyMomentum = 0.9 }, Encoder = TinyRun.Settings.Encoder with { EmbeddingDimension = Depth } };

    [Fact]
    public void TheFirstKeysAreRandomUnitRowsOfTheSeed()
    {
        using CpuOps ops = new(2);
        TrainingSettings settings = Settings with { Loss = Settings.Loss with { Queue = 3000 } };
        using MomentumContrast one = new(ops, settings), same = new(ops, settings), other = new(ops, settings with { Run = settings.Run with { Seed = 6 } });
        Assert.Equal(one.Keys.Floats.ToArray(), same.Keys.Floats.ToArray());
        Assert.NotEqual(one.Keys.Floats.ToArray(), other.Keys.Floats.ToArray());
        double[] means = new double[Depth];
        for (int row = 0; row < 3000; row++)
        {
            Assert.Equal(1, one.Keys.Row(row).ToArray().Sum(value => (double)value * value), 1e-6);
            for (int column = 0; column < Depth; column++) means[column] += one.Keys.Row(row)[column] / 3000;
        }

        // A column's variance is 1/D; six standard errors.
        Assert.All(means, mean => Assert.InRange(mean, -6 / Math.Sqrt(Depth * 3000), 6 / Math.Sqrt(Depth * 3000)));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(16)]
    [InlineData(5)]
    [InlineData(1)]
    public void NewKeysTakeThePlacesOfTheOldest(int length)
    {
        using CpuOps ops = new(2);
        using Trainer trainer = new(ops, Settings with { Loss = Settings.Loss with { Queue = length }, Optimizer = Settings.Optimizer with { Epochs = 20 } }, TinyRun.Images());
        MomentumContrast queue = trainer.Queue!;
        List<float[]> all = [.. Enumerable.Range(0, length).Select(row => queue.Keys.Row(row).ToArray())];
        for (int step = 0; step < 7; step++)
        {
            trainer.Step();
            for (int row = 0; row < 8; row++) all.Add(queue.Positives.Row(row).ToArray());
            float[][] kept = [.. Enumerable.Range(0, length).Select(place => queue.Keys.Row((queue.Oldest + place) % length).ToArray())];
            Assert.Equal(all[^length..], kept);
            Assert.Equal(8 * (step + 1) % length, queue.Oldest);
        }
    }

    [Fact]
    public void TheMomentumEncoderFollowsTheEncoderByItsFormula()
    {
        using CpuOps ops = new(2);
        using Trainer trainer = new(ops, Settings with { Optimizer = Settings.Optimizer with { Epochs = 20, LearningRate = 30, WarmupEpochs = 0 } }, TinyRun.Images());
        Model momentum = trainer.Queue!.Encoder;
        Assert.Equal(trainer.Model.Parameters.Floats.ToArray(), momentum.Parameters.Floats.ToArray());
        double[] truth = [.. momentum.Parameters.Floats.ToArray().Select(value => (double)value)];
        float[] start = momentum.Parameters.Floats.ToArray(), naive = [.. start];
        for (int step = 0; step < 6; step++)
        {
            trainer.Step();
            for (int i = 0; i < truth.Length; i++)
            {
                truth[i] = (0.9 * truth[i]) + (0.1 * trainer.Model.Parameters.Floats[i]);
                naive[i] = (0.9f * naive[i]) + (0.1f * trainer.Model.Parameters.Floats[i]);
            }
        }

        double allowed = (2 * Rig.MaxError(naive, truth)) + 1.2e-7;
        Assert.InRange(Rig.MaxError(momentum.Parameters.Floats, truth), 0, allowed);
        Assert.True(Rig.MaxError(start, truth) > 1000 * allowed, "The encoder has not moved: no measure.");
        Assert.True(momentum.Gradients.Floats.IndexOfAnyExcept(0) < 0, "The keys have no gradient.");
    }

    /// <summary>The keys of a step are those of the weights before it, with the statistics of the second views alone.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void TheMomentumEncoderEmbedsWithTheStatisticsOfItsBatchAndMovesItsOwnRunningOnesOnce(int piece)
    {
        using CpuOps ops = new(2);
        using MomentumContrast queue = new(ops, Settings with { Batch = Settings.Batch with { MicroBatch = piece } });
        using Model model = Model.Create(ops, Settings.Model, Settings.Run.Seed);
        using PiecewiseEmbedding embedding = new(model, 8, piece == 0 ? 8 : piece);
        using Rig rig = new(8L * 16 * 16 * 3);
        Tensor views = rig.Random(8, 16, 16, 3);
        queue.Embed(views);
        Assert.Equal(embedding.Forward(views).Floats.ToArray(), queue.Positives.Floats.ToArray());
        Assert.Equal(model.Statistics.Floats.ToArray(), queue.Encoder.Statistics.Floats.ToArray());
        NamedTensor first = model.Tensors.First(tensor => tensor.Name.EndsWith("running_var", StringComparison.Ordinal));
        Assert.All(first.Value.Floats.ToArray(), value => Assert.True(value is >= 0.9f and < 2, "One move by a tenth from 1."));
    }

    [Fact]
    public void ACheckpointHoldsTheQueueAndTheMomentumEncoder()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 4, settings: Settings);
        using CpuOps ops = new(1);
        using MomentumContrast queue = new(ops, Settings with { Run = Settings.Run with { Seed = 99 } });
        Checkpoint.LoadQueue(outcome.Checkpoint, queue);
        Assert.Equal(32 % 20, queue.Oldest);
        SafetensorsFile file = SafetensorsFile.Read(Path.Combine(outcome.Checkpoint, "queue.safetensors"));
        Assert.Equal(file.Floats("keys"), queue.Keys.Floats.ToArray());
        Assert.NotEqual(TinyRun.Bytes(outcome, "model.safetensors"), TinyRun.Bytes(outcome, "momentum-model.safetensors"));

        // The encoder that learns is the one that is evaluated: its file alone is enough.
        using Model model = Model.Create(ops, Settings.Model, 1);
        Checkpoint.LoadModel(outcome.Checkpoint, model);
    }

    [Fact]
    public void AMissingOrDamagedQueueIsRefusedByName()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 2, settings: Settings);
        string path = Path.Combine(outcome.Checkpoint, "queue.safetensors");
        TinyRun.StoreAsFormat(outcome.Checkpoint, 2); // without hashes, which would tell first
        using CpuOps ops = new(1);
        using MomentumContrast shorter = new(ops, Settings with { Loss = Settings.Loss with { Queue = 19 } });
        Refused("'keys' is [20, 16]; expected [19, 16]", () => Checkpoint.LoadQueue(outcome.Checkpoint, shorter));
        float[] keys = new float[20 * Depth];
        Write(keys, 20);
        Refused("oldest is 20; expected one row of the 20 keys, from 0", () => tiny.Train("run", settings: Settings));
        keys[7] = float.NaN;
        Write(keys, 0);
        Refused("keys holds a number that is not finite", () => tiny.Train("run", settings: Settings));
        File.Delete(path);
        Refused("has no queue.safetensors; a run with a queue needs it", () => tiny.Train("run", settings: Settings));

        void Write(float[] values, long oldest) => Safetensors.Write(
            path, [SafetensorsEntry.Of("keys", values, 20, Depth), SafetensorsEntry.Of("oldest", new[] { oldest }, [])], new Dictionary<string, string>());

        static void Refused(string words, Action action) => Assert.Contains(words, Assert.Throws<BadDataException>(action).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 14, LossKind.NtXent, 0)]
    [InlineData(8, 15, LossKind.NtXent, 15)]
    [InlineData(8, 8, LossKind.SingleView, 8)]
    [InlineData(8, 0, LossKind.NtXent, 0)]
    public void MoreNegativesThanABatchHasComeFromAQueue(int batch, int negatives, LossKind loss, int queue)
    {
        TrainingSettings asked = Settings with { Loss = Settings.Loss with { Queue = 0, Negatives = negatives, Kind = loss }, Batch = Settings.Batch with { Size = batch } }, taken = asked.WithQueueBeyondBatch();
        Assert.Equal((queue, queue == 0 ? negatives : 0), (taken.Loss.Queue, taken.Loss.Negatives));
        taken.Validate();
        TrainingSettings inShards = asked with { Loss = asked.Loss with { Shards = 2, Negatives = 100 } };
        Assert.Equal(inShards, inShards.WithQueueBeyondBatch());
        TrainingSettings ofViews = asked with { Loss = asked.Loss with { Views = 3, Negatives = 100 } };
        Assert.Equal(ofViews, ofViews.WithQueueBeyondBatch());
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
