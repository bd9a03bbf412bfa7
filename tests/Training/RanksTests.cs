using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Training over ranks that are threads of this process: the same model as one process trains.</summary>
public class RanksTests
{
    private static readonly TrainingSettings Plain = TinyRun.Settings with
    {
        Batch = new() { Size = 8 }, Optimizer = new() { Kind = OptimizerKind.Sgd, Epochs = 2, LearningRate = 0.1, WarmupEpochs = 0 },
    };

    public static TheoryData<string, LossSettings> Losses => new()
    {
        { "nt-xent", new() },
        { "nt-xent, 4 shards", new() { Shards = 4 } },
        { "single-view", new() { Kind = LossKind.SingleView } },
        { "decoupled", new() { Kind = LossKind.Decoupled } },
        { "hard", new() { Kind = LossKind.Hard, PositivePrior = 0.1 } },
        { "sigmoid", new() { Kind = LossKind.Sigmoid, Temperature = 0.1 } },
        { "sigmoid, 2 of 7 negatives", new() { Kind = LossKind.Sigmoid, Negatives = 2, SigmoidBias = -3 } },
        { "sigmoid, queue, learned", new() { Kind = LossKind.Sigmoid, Queue = 41, LearnTemperature = true } },
        { "sigmoid, learned", new() { Kind = LossKind.Sigmoid, LearnTemperature = true } },
        { "supcon", new() { Kind = LossKind.SupCon } },
        { "supcon, 3 views", new() { Kind = LossKind.SupCon, Views = 3 } },
        { "3 views", new() { Views = 3 } },
        { "5 of 14 negatives", new() { Negatives = 5 } },
        { "1 of 14 negatives", new() { Negatives = 1 } },
        { "2 of 7 negatives, one way", new() { Kind = LossKind.SingleView, Negatives = 2 } },
        { "4 negatives, 3 views", new() { Views = 3, Negatives = 4 } },
        { "3 of other labels", new() { Kind = LossKind.SupCon, Negatives = 3 } },
        { "3 negatives in 4 shards", new() { Shards = 4, Negatives = 2 } },
        { "queue", new() { Queue = 24 } },
        { "queue that is not divided", new() { Queue = 41, Kind = LossKind.Decoupled } },
        { "hard, queue", new() { Queue = 41, Kind = LossKind.Hard, PositivePrior = 0.1 } },
        { "5 of a queue", new() { Queue = 41, Negatives = 5 } },
        { "2 of a longer queue", new() { Queue = 70, Negatives = 2, Kind = LossKind.Hard } },
        { "learned temperature", new() { LearnTemperature = true } },
        { "learned temperature, 3 views", new() { LearnTemperature = true, Views = 3 } },
        { "learned temperature, queue", new() { LearnTemperature = true, Queue = 24 } },
        { "cross-entropy", new() { Kind = LossKind.CrossEntropy } },
    };

    /// <summary>One step of plain gradient descent: what differs is the rounding of sums, some 10⁻⁶ of a gradient that went through batch norms of 4 images.</summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void AStepOfSeveralRanksIsThatOfOne(string name, LossSettings loss)
    {
        Assert.NotEmpty(name);
        TrainingSettings settings = Plain with { Loss = loss };
        if (loss.Kind == LossKind.CrossEntropy) settings = settings with { Encoder = settings.Encoder with { EmbeddingDimension = 10 } };
        float[] before = Steps(settings, 1, steps: 0)[0].Weights;
        (double oneLoss, float[] one) = Steps(settings, 1)[0];
        double moved = Distance(before, one);
        Assert.True(moved > 1e-5);
        foreach (int ranks in new[] { 2, 4 })
        {
            (double Loss, float[] Weights)[] all = Steps(settings, ranks);
            foreach ((double rankLoss, float[] weights) in all)
            {
                Assert.Equal(all[0].Loss, rankLoss);
                Assert.Equal(all[0].Weights, weights);
            }

            Assert.Equal(oneLoss, all[0].Loss, 1e-6 * Math.Abs(oneLoss));
            Assert.InRange(Distance(one, all[0].Weights), 0, Math.Min(1e-7, Math.Pow(2, -24) + (1e-5 * moved))); // weights are rounded once, too
        }
    }

    [Theory]
    [InlineData(8, 1, 0, 3, "`batchSize` is 8; expected a multiple of the 3 ranks")]
    [InlineData(8, 4, 0, 8, "`shards` is 4; expected 1, or a multiple of the 8 ranks")]
    [InlineData(8, 2, 0, 4, "`shards` is 2; expected 1, or a multiple of the 4 ranks")]
    [InlineData(8, 1, 5, 2, "`microBatch` is 5; expected at most 4")]
    [InlineData(8, 1, 0, 4, "`queue` is 3; expected 0, or at least a key for each of the 4 ranks", 3)]
    public void WhatCannotBeSharedOutIsRefused(int batch, int shards, int micro, int ranks, string expected, int queue = 0)
    {
        TrainingSettings settings = Plain with { Batch = new() { Size = batch, MicroBatch = micro }, Loss = new() { Shards = shards, Queue = queue } };
        AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(ranks, collective => RankShare.Of(settings, collective)));
        Assert.Contains(expected, Assert.IsType<SettingsException>(fault.InnerException).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(1, 24)]
    public void AStepOfARankAllocatesNothingAfterTheFirst(int shards, int queue) => Assert.Equal([0L, 0L], ThreadCollective.Run(2, collective =>
    {
        using CpuOps ops = new(1) { Collective = collective };
        TrainingSettings settings = TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Epochs = 20 }, Loss = new() { Shards = shards, Queue = queue } };
        using Trainer trainer = new(ops, settings, TinyRun.Images());
        for (int step = 0; step < 4; step++) trainer.Step();
        return ManagedBytes.EachRoundOf(() => trainer.Step()); // the event that ranks meet at takes a lock the first time that one sleeps at it
    }));

    /// <summary>Six steps turn a short ring twice and more, and its seam meets that of two ranks; a ring shorter than a batch keeps the last of its keys.</summary>
    [Theory]
    [InlineData(21)]
    [InlineData(5)]
    public void TheRingIsThatOfOneProcess(int length)
    {
        TrainingSettings settings = Plain with { Loss = new() { Queue = length } };
        (int oldest, float[] one) = Ring(1);
        foreach (int ranks in new[] { 2, 4 })
        {
            (int Oldest, float[] Keys) several = Ring(ranks);
            Assert.Equal(oldest, several.Oldest);
            Assert.InRange(one.Zip(several.Keys, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-3); // rounding; other rows are apart by 0.1 and more
        }

        (int Oldest, float[] Keys) Ring(int ranks) => ThreadCollective.Run(ranks, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            using Trainer trainer = new(ops, settings, TinyRun.Images());
            for (int step = 0; step < 6; step++) trainer.Step();
            Assert.InRange(trainer.Queue!.Keys[0], length / ranks, (length / ranks) + 1);
            return (trainer.Queue.Oldest, trainer.Queue.GatherKeys());
        })[0];
    }

    [Fact]
    public void AQueueOverRanksHasTheSameBitsForAnyNumberOfThreads()
    {
        TrainingSettings settings = Plain with { Loss = new() { Queue = 700 } };
        Assert.Equal(Steps(settings, 2, steps: 3)[0].Weights, Steps(settings, 2, steps: 3, threads: 3)[0].Weights);
    }

    /// <summary>The file has the whole ring, whoever wrote it, and any number of ranks takes its places out of it.</summary>
    [Fact]
    public void AQueueGoesOnOverOtherRanks()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with { Loss = new() { Queue = 21 } };
        float[] whole = Run(tiny, "whole", 2, settings: settings);
        Run(tiny, "parts", 2, stopAfter: 3, settings: settings);
        (long oldest, float[] keys) = FileOf("parts");
        foreach (int ranks in new[] { 1, 2, 4 })
        {
            (int Oldest, float[] Keys) read = ThreadCollective.Run(ranks, collective =>
            {
                using CpuOps ops = new(1) { Collective = collective };
                using MomentumContrast queue = new(ops, settings);
                Checkpoint.LoadQueue(Checkpoint.Newest(RunFolder.CheckpointsOf(tiny.Folder("parts")))!, queue);
                return (queue.Oldest, queue.GatherKeys());
            })[0];
            Assert.Equal(oldest, read.Oldest);
            Assert.Equal(keys, read.Keys);
        }

        Run(tiny, "parts", 4, stopAfter: 3, settings: settings);
        Assert.InRange(Distance(whole, Run(tiny, "parts", 1, settings: settings)), 0, 1e-4);
        Assert.Equal(FileOf("whole").Oldest, FileOf("parts").Oldest);
        Assert.InRange(FileOf("whole").Keys.Zip(FileOf("parts").Keys, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-2);

        (long Oldest, float[] Keys) FileOf(string name)
        {
            SafetensorsFile file = SafetensorsFile.Read(Path.Combine(Checkpoint.Newest(RunFolder.CheckpointsOf(tiny.Folder(name)))!, "queue.safetensors"));
            return (file.Longs("oldest")[0], file.Floats("keys", [21, settings.Encoder.EmbeddingDimension]));
        }
    }

    /// <summary>What is kept of a step that ended in no number has the keys of all ranks, and one process does it again.</summary>
    [Fact]
    public void ADivergedStepOfAQueueOverRanksIsDoneAgainByOne()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = Plain with { Loss = new() { Queue = 21 }, Optimizer = Plain.Optimizer with { LearningRate = 1e30 } };
        string fault = Assert.IsType<NonFiniteLossException>(Assert.Throws<AggregateException>(() => Run(tiny, "run", 2, settings: settings)).InnerException).Message;
        using CpuOps ops = new(1);
        DivergedStepRecord kept = DivergedStep.Read(tiny.Folder("run")), again = DivergedStep.Replay(tiny.Folder("run"), kept, settings, ops, TinyRun.Images());
        Assert.Contains(kept.Fault, fault, StringComparison.Ordinal);
        Assert.NotEmpty(again.Fault);
        Assert.Equal(kept.Images, again.Images);
    }

    /// <summary>The pieces of a batch lie on the ranks: another number of them would be another run, as a batch norm sees it.</summary>
    [Fact]
    public void PiecesGoOnOverAsManyRanksOnly()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with { Batch = TinyRun.Settings.Batch with { MicroBatch = 2 } };
        Run(tiny, "two", 2, stopAfter: 2, settings: settings);
        Assert.Contains("was trained over 2 ranks, these are 4: with `microBatch` a batch norm sees 2 samples", Refused("two", 4), StringComparison.Ordinal);
        Assert.Contains("was trained over 2 ranks, these are 1: ", Refused("two", 1), StringComparison.Ordinal);
        Run(tiny, "two", 2, stopAfter: 1, settings: settings);
        Run(tiny, "one", 1, stopAfter: 2, settings: settings);
        Assert.Contains("was trained over 1 rank, these are 2: ", Refused("one", 2), StringComparison.Ordinal);
        Run(tiny, "one", 2, settings: settings, resume: new ResumeOptions(Anyway: true));
        Assert.Contains("over 2 ranks, not 1, with `microBatch` 2",
            Assert.Single(Checkpoint.ReadState(Checkpoint.Newest(RunFolder.CheckpointsOf(tiny.Folder("one")))!).Resumed!), StringComparison.Ordinal);

        string Refused(string name, int ranks) => Assert.IsType<SettingsException>(Record.Exception(() => Run(tiny, name, ranks, settings: settings)) switch
        {
            AggregateException several => several.InnerException,
            Exception fault => fault,
            null => null,
        }).Message;
    }

    [Fact]
    public void StoppingAndResumingOverRanks()
    {
        using TinyRun tiny = new();
        float[] whole = Run(tiny, "whole", 2), parts, four, one;
        Run(tiny, "parts", 2, stopAfter: 5);
        CopyFolder(tiny.Folder("parts"), tiny.Folder("four"));
        CopyFolder(tiny.Folder("parts"), tiny.Folder("one"));
        (parts, four, one) = (Run(tiny, "parts", 2), Run(tiny, "four", 4), Run(tiny, "one", 1));
        Assert.Equal(whole, parts);
        Assert.InRange(Distance(whole, four), 0, 1e-4);
        Assert.InRange(Distance(whole, one), 0, 1e-4);
        Assert.Equal(Enumerable.Range(1, 9).Select(step => (long)step), MetricsLog.Read(Path.Combine(tiny.Folder("parts"), "metrics.jsonl")).Select(line => line.Step));
    }

    [Fact]
    public void RanksOfOtherSettingsOrImagesAreNamed()
    {
        using TinyRun tiny = new();
        Assert.Contains("Rank 1 has another settings than rank 0", Refused(rank => TinyRun.Settings with { Run = TinyRun.Settings.Run with { Seed = (ulong)(5 + (rank % 2)) } }, 1), StringComparison.Ordinal);
        Assert.Contains("Rank 2 has another images than rank 0", Refused(_ => TinyRun.Settings, 3), StringComparison.Ordinal);

        string Refused(Func<int, TrainingSettings> settings, int ranks)
        {
            AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(ranks == 1 ? 2 : ranks, collective =>
            {
                using CpuOps ops = new(1) { Collective = collective };
                RankAgreement.Require(ops, settings(collective.Rank), TinyRun.Images(seed: ranks > 1 && collective.Rank == 2 ? 9ul : 1));
            }));
            return Assert.IsType<SettingsException>(fault.InnerException).Message;
        }
    }

    [Fact]
    public void WeightsThatDriftApartAreNoticed()
    {
        AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(2, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            using Trainer trainer = new(ops, TinyRun.Settings, TinyRun.Images());
            RankAgreement agreement = new(trainer.Model);
            trainer.Step();
            agreement.RequireSameWeights(1);
            if (collective.Rank == 1) trainer.Model.Parameters.Floats[3] = MathF.BitIncrement(trainer.Model.Parameters.Floats[3]);
            agreement.RequireSameWeights(2);
        }));
        Assert.Contains("After step 2 the weights of rank 1 are others", fault.InnerException!.Message, StringComparison.Ordinal);
    }

    /// <summary>Ranks take a part each of the memory of one process, and what they exchange.</summary>
    [Fact]
    public void ThePlanOfARankIsSmaller()
    {
        TrainingSettings settings = TinyRun.Settings with { Batch = new() { Size = 24 } };
        long one = Of(Collective.Alone), half = Of(Collective.Planned(0, 2));
        Assert.InRange(half, one / 3, one);

        TrainingSettings queue = TinyRun.Settings with { Batch = new() { Size = 24 }, Loss = new() { Queue = 200_001 } };
        long row = sizeof(float) * queue.Encoder.EmbeddingDimension;
        Assert.InRange(OfQueue(Collective.Alone), 200_001 * row, 200_101 * row);
        Assert.InRange(OfQueue(Collective.Planned(3, 4)), 50_001 * row, 50_101 * row);

        // In float32, whose activations are more than what a rank has of its own; so small a batch in bfloat16 is not.
        long Of(Collective ranks) => HostMemory.OfTraining(settings, TinyRun.Images(), ranks, Precision.Float32).Bytes;

        long OfQueue(Collective ranks) =>
            HostMemory.OfTraining(queue, TinyRun.Images(), ranks).Places.Where(place => place.Name == "queue of keys").Sum(place => place.Bytes);
    }

    private static (double Loss, float[] Weights)[] Steps(TrainingSettings settings, int ranks, int steps = 1, int threads = 1) => ThreadCollective.Run(ranks, collective =>
    {
        using CpuOps ops = new(threads) { Collective = collective };
        using Trainer trainer = new(ops, settings, TinyRun.Images());
        double loss = 0;
        for (int step = 0; step < steps; step++) loss = trainer.Step().Loss;
        return (loss, Weights(trainer));
    });

    private static float[] Run(
        TinyRun tiny, string name, int ranks, int stopAfter = int.MaxValue, TrainingSettings? settings = null, ResumeOptions? resume = null) => ThreadCollective.Run(ranks, collective =>
    {
        settings ??= TinyRun.Settings;
        using CpuOps ops = new(1) { Collective = collective };
        bool exists = Directory.Exists(tiny.Folder(name));
        collective.Barrier();
        using RunFolder? leader = collective.Rank > 0 ? null : exists ? RunFolder.Open(tiny.Folder(name)) : RunFolder.Create(tiny.Folder(name), settings, ops.Description);
        collective.Barrier();
        using RunFolder run = leader ?? RunFolder.Joined(tiny.Folder(name));
        using CancellationTokenSource stop = new();
        int steps = 0;
        TrainingOutcome outcome = TrainingRun.Train(
            run, settings, ops, TinyRun.Images(), _ => { if (++steps == stopAfter) stop.Cancel(); }, warning => Assert.True(resume is not null, warning), stop.Token, resume);
        collective.Barrier();
        using Model model = ModelOf(ops, outcome);
        return model.Parameters.Floats.ToArray();
    })[0];

    private static Model ModelOf(Ops ops, TrainingOutcome outcome)
    {
        Model model = Model.Create(ops, TinyRun.Settings.ModelOf(TinyRun.Images()), 1);
        Checkpoint.LoadModel(outcome.Checkpoint, model);
        return model;
    }

    private static float[] Weights(Trainer trainer) => trainer.Model.Parameters.Floats.ToArray();

    private static double Distance(float[] one, float[] other) =>
        Math.Sqrt(one.Zip(other, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / one.Sum(a => (double)a * a));

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
