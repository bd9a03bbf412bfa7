using System.Text.Json.Nodes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Runs whose negatives come from shards of the batch or from a momentum queue, and batches in pieces.</summary>
public class TrainerTests
{
    /// <summary>Batches of 8 in every way of embedding them and of taking their negatives: two shards, pieces with a ragged last one, a queue that no number of batches fills evenly.</summary>
    private static TrainingSettings Way(string name) => name switch
    {
        "whole" => TinyRun.Settings,
        "shards" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Shards = 2, Negatives = 3 } },
        "pieces" => TinyRun.Settings with { Batch = TinyRun.Settings.Batch with { MicroBatch = 3 } },
        "one piece" => TinyRun.Settings with { Batch = TinyRun.Settings.Batch with { MicroBatch = 8 } },
        "shards in pieces" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Shards = 2, Kind = LossKind.SingleView }, Batch = TinyRun.Settings.Batch with { MicroBatch = 2 } },
        "queue" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Queue = 20, KeyMomentum = 0.9 } },
        "hard" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = LossKind.Hard, Hardness = 2 }, Optimizer = TinyRun.Settings.Optimizer with { Kind = OptimizerKind.AdamW } },
        "supcon in shards" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = LossKind.SupCon, Shards = 2 }, Batch = TinyRun.Settings.Batch with { MicroBatch = 3 } },
        "debiased with a queue" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = LossKind.Debiased, Queue = 20, KeyMomentum = 0.9 } },
        "queue in pieces" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Queue = 5, KeyMomentum = 0.5 }, Batch = TinyRun.Settings.Batch with { MicroBatch = 3 }, Optimizer = TinyRun.Settings.Optimizer with { Kind = OptimizerKind.Sgd } },
        "views" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Views = 3 } },
        "views in shards and pieces" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Views = 3, Shards = 2, Negatives = 5, LearnTemperature = true }, Batch = TinyRun.Settings.Batch with { MicroBatch = 3 } },
        "supcon of views" => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = LossKind.SupCon, Views = 4 } },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name),
    };

    [Theory]
    [InlineData("shards", 4)]
    [InlineData("pieces", 1)]
    [InlineData("shards in pieces", 5)]
    [InlineData("queue", 1)]
    [InlineData("queue", 4)]
    [InlineData("queue in pieces", 5)]
    [InlineData("hard", 4)]
    [InlineData("supcon in shards", 5)]
    [InlineData("debiased with a queue", 4)]
    [InlineData("views", 4)]
    [InlineData("views in shards and pieces", 5)]
    public void StoppingAndResumingOnOtherThreadsGivesTheBytesOfARunInOneGo(string way, int stopAfter)
    {
        using TinyRun tiny = new();
        TrainingOutcome whole = tiny.Train("whole", settings: Way(way));
        tiny.Train("parts", stopAfter: stopAfter, settings: Way(way));
        TrainingOutcome rest = tiny.Train("parts", threads: 2, settings: Way(way));
        string[] files = [.. Directory.GetFiles(whole.Checkpoint).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(Way(way).Loss.Queue > 0, files.Contains("queue.safetensors") && files.Contains("momentum-model.safetensors"));
        Assert.Equal(files, Directory.GetFiles(rest.Checkpoint).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        foreach (string file in files) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(rest, file));
        Assert.Equal(Losses(tiny, "whole"), Losses(tiny, "parts"));
    }

    [Fact]
    public void OnePieceOrOneShardIsTheWholeBatchAndMoreAreNot()
    {
        using TinyRun tiny = new();
        byte[] whole = TinyRun.Bytes(tiny.Train("whole", settings: Way("whole")), "model.safetensors");
        Assert.Equal(whole, TinyRun.Bytes(tiny.Train("one piece", settings: Way("one piece")), "model.safetensors"));
        Assert.NotEqual(whole, TinyRun.Bytes(tiny.Train("pieces", settings: Way("pieces")), "model.safetensors"));
        Assert.NotEqual(whole, TinyRun.Bytes(tiny.Train("shards", settings: TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Shards = 2 } }), "model.safetensors"));
    }

    [Fact]
    public void TheLossAgainstAQueueFalls()
    {
        using TinyRun tiny = new();
        tiny.Train("run", threads: 2, settings: (Way("queue") with { Optimizer = Way("queue").Optimizer with { Epochs = 30, Kind = OptimizerKind.AdamW, LearningRate = 0.05 } }).Resolve("shapes"));
        double[] losses = Losses(tiny, "run");
        Assert.Equal(90, losses.Length);
        Assert.True(losses[^15..].Average() < losses[8..23].Average() - 0.1, $"{losses[8..23].Average()} -> {losses[^15..].Average()}");
    }

    /// <summary>Thirty epochs on 27 pictures: the mean loss of the last five against that of the first five after the warm-up.</summary>
    [Theory]
    [InlineData(LossKind.Decoupled, 0)]
    [InlineData(LossKind.Debiased, 0)]
    [InlineData(LossKind.Hard, 0)]
    [InlineData(LossKind.SupCon, 0)]
    [InlineData(LossKind.CrossEntropy, 0)]
    [InlineData(LossKind.Decoupled, 20)]
    [InlineData(LossKind.Hard, 20)]
    [InlineData(LossKind.NtXent, 0, 3)]
    [InlineData(LossKind.SupCon, 0, 3)]
    public void EveryLossOfTheFamilyFalls(LossKind loss, int queue, int views = 2)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = loss, Queue = queue, KeyMomentum = 0.9, Views = views }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 30, Kind = OptimizerKind.AdamW, LearningRate = 0.05 } };
        if (loss == LossKind.CrossEntropy) settings = settings with { Encoder = settings.Encoder with { EmbeddingDimension = TinyRun.Images().ClassNames.Count } };
        tiny.Train("run", threads: 1, settings: settings.Resolve("shapes"));
        double[] losses = Losses(tiny, "run");
        Assert.Equal(90, losses.Length);
        Assert.True(losses[^15..].Average() < losses[8..23].Average() - 0.03, $"{losses[8..23].Average()} -> {losses[^15..].Average()}");
    }

    /// <summary>Pieces change the batch norms' statistics a little; the loss of the first step must still be nearly the same.</summary>
    [Fact]
    public void PiecesLeaveTheFirstLossNearlyAsItIs()
    {
        using CpuOps ops = new(2);
        using Trainer whole = new(ops, Way("whole"), TinyRun.Images()), pieces = new(ops, Way("pieces"), TinyRun.Images());
        double expected = whole.Step().Loss;
        Assert.InRange(pieces.Step().Loss, 0.8 * expected, 1.2 * expected);
    }

    /// <summary>The parameters reach the loss, and a hardness of 0 is the debiased loss bit for bit.</summary>
    [Fact]
    public void PriorAndHardnessChangeTheFirstLoss()
    {
        using CpuOps ops = new(2);
        double First(LossKind loss, double prior, double hardness)
        {
            using Trainer trainer = new(ops, TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = loss, PositivePrior = prior, Hardness = hardness } }, TinyRun.Images());
            return trainer.Step().Loss;
        }

        double debiased = First(LossKind.Debiased, 0.1, 1);
        Assert.Equal(debiased, First(LossKind.Hard, 0.1, 0));
        Assert.True(First(LossKind.Debiased, 0.2, 1) < debiased);
        Assert.True(First(LossKind.Hard, 0.1, 1) > debiased);
        Assert.Equal(First(LossKind.NtXent, 0, 0), First(LossKind.Debiased, 0, 0), 1e-5);
    }

    [Fact]
    public void TheLearningRateIsScaledByTheShard()
    {
        using CpuOps ops = new(2);
        TrainingSettings settings = TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { LearningRate = 2, WarmupEpochs = 0 } };
        using Trainer whole = new(ops, settings, TinyRun.Images()), shards = new(ops, settings with { Loss = settings.Loss with { Shards = 4 } }, TinyRun.Images());
        Assert.Equal(2 * 8 / 256f, whole.Step().LearningRate);
        Assert.Equal(2 * 2 / 256f, shards.Step().LearningRate);
    }

    [Theory]
    [InlineData("shards")]
    [InlineData("pieces")]
    [InlineData("shards in pieces")]
    [InlineData("queue")]
    [InlineData("queue in pieces")]
    [InlineData("hard")]
    [InlineData("supcon in shards")]
    [InlineData("views")]
    [InlineData("views in shards and pieces")]
    [InlineData("supcon of views")]
    public void AStepAllocatesNoManagedMemoryAfterTheFirst(string way)
    {
        using CpuOps ops = new(2);
        using Trainer trainer = new(ops, Way(way) with { Optimizer = Way(way).Optimizer with { Epochs = 20 } }, TinyRun.Images());
        for (int step = 0; step < 4; step++) trainer.Step();
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            for (int step = 0; step < 3; step++) trainer.Step();
        }));
    }

    /// <summary>A run begun before these settings existed has neither their keys nor their files.</summary>
    [Fact]
    public void ARunWithoutTheLaterSettingsGoesOnWithTheirDefaults()
    {
        using TinyRun tiny = new();
        TrainingOutcome whole = tiny.Train("whole");
        tiny.Train("old", stopAfter: 4);
        string config = Path.Combine(tiny.Folder("old"), "config.json");
        JsonObject json = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        foreach (string later in new[] { "shards", "microBatch", "queue", "keyMomentum", "positivePrior", "hardness" }) Assert.True(json.Remove(later), later);
        File.WriteAllText(config, json.ToJsonString());
        TrainingSettings settings = RunFolder.ReadSettings(tiny.Folder("old"));
        Assert.Equal(TinyRun.Settings, settings);
        Assert.Equal(TinyRun.Bytes(whole, "model.safetensors"), TinyRun.Bytes(tiny.Train("old", settings: settings), "model.safetensors"));

        File.WriteAllText(config, "[]");
        Assert.Contains("does not hold the settings of a run", Assert.Throws<BadDataException>(() => RunFolder.ReadSettings(tiny.Folder("old"))).Message, StringComparison.Ordinal);
        File.WriteAllText(config, """{ "shard": 2 }""");
        Assert.Contains("does not hold the settings of a run", Assert.Throws<BadDataException>(() => RunFolder.ReadSettings(tiny.Folder("old"))).Message, StringComparison.Ordinal);
    }

    private static double[] Losses(TinyRun tiny, string run) => [.. MetricsLog.Read(Path.Combine(tiny.Folder(run), "metrics.jsonl")).Select(line => line.Loss)];
}
