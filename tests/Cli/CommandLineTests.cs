using NegSamples.Cli;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

public class CommandLineTests
{
    /// <summary>A start makes the verb alone that it is asked for, by the name under which the verb is listed.</summary>
    [Fact]
    public void AVerbIsMadeAloneByItsName()
    {
        foreach (string verb in Commands.Verbs()) Assert.Equal(verb, Assert.Single(Commands.Root(verb).Subcommands).Name);
        Assert.Equal(Commands.Verbs(), Commands.Root("trian").Subcommands.Select(command => command.Name));
    }

    [Theory]
    [InlineData("trian", "trian", ExitCode.Usage)]
    [InlineData("train --batch-size 1", "--batch-size is 1; expected at least 2", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --negatives -1", "--negatives is -1; expected 0 (all) to 14, which is what a batch of 8 has per anchor (2N - 2)", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --loss single-view --negatives -8", "--negatives is -8; expected 0 (all) to 7, which is what a batch of 8 has per anchor (N - 1)", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --shards 2 --negatives 7", "--negatives is 7; expected 0 (all) to 6, which is what a shard of 4 has per anchor (2N - 2)", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --shards 3", "--shards is 3; expected a divisor of the batch of 8", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --shards 8", "--shards is 8; expected at most 4, so that a shard has 2 samples", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --shards 0", "--shards is 0; expected at least 1", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --micro-batch 9", "--micro-batch is 9; expected 1 to 8, the batch, or 0 for the whole batch at once", ExitCode.Usage)]
    [InlineData("train --batch-size 8 --micro-batch -1", "--micro-batch is -1; expected 1 to 8", ExitCode.Usage)]
    [InlineData("train --queue -1", "--queue is -1; expected 1 to 4194303 (2 GiB of keys at --dim 128), or 0 for negatives from the batch", ExitCode.Usage)]
    [InlineData("train --queue 4194304", "--queue is 4194304; expected 1 to 4194303", ExitCode.Usage)]
    [InlineData("train --queue 64 --negatives 65", "--negatives is 65; expected 0 (all) to 64, the keys of the queue", ExitCode.Usage)]
    [InlineData("train --queue 64 --shards 2", "--shards is 2; expected 1 with --queue", ExitCode.Usage)]
    [InlineData("train --queue 64 --batch-size 9 --micro-batch 4", "--micro-batch is 4; expected with --queue, pieces of at least 2 samples, the last of the 9 samples' pieces too", ExitCode.Usage)]
    [InlineData("train --queue 64 --key-momentum 1.5", "--key-momentum is 1.5; expected 0 to 1", ExitCode.Usage)]
    [InlineData("train --queue 64 --key-momentum NaN", "--key-momentum is 'NaN'; expected a finite number", ExitCode.Usage)]
    [InlineData("train --loss triplet", "--loss is triplet; expected one of nt-xent, single-view, decoupled, debiased, hard, supcon, sigmoid, cross-entropy", ExitCode.Usage)]
    [InlineData("train --loss debiased --positive-prior 1", "--positive-prior is 1; expected 0 to below 1", ExitCode.Usage)]
    [InlineData("train --loss hard --hardness -1", "--hardness is -1; expected a number of at least 0", ExitCode.Usage)]
    [InlineData("train --loss hard --batch-size 8 --shards 2 --negatives 7", "--negatives is 7; expected 0 (all) to 6, which is what a shard of 4 has per anchor (2N - 2)", ExitCode.Usage)]
    [InlineData("train --loss supcon --batch-size 8 --negatives 15", "--negatives is 15; expected 0 (all) to 14", ExitCode.Usage)]
    [InlineData("train --views 1", "--views is 1; expected 2 to 16", ExitCode.Usage)]
    [InlineData("train --views 17", "--views is 17; expected 2 to 16", ExitCode.Usage)]
    [InlineData("train --views 3 --loss single-view", "--views is 3; expected 2 with --loss single-view, which sets view 1 against view 2", ExitCode.Usage)]
    [InlineData("train --views 3 --loss cross-entropy", "--views is 3; expected 2, the default, with --loss cross-entropy, which classifies one view", ExitCode.Usage)]
    [InlineData("train --views 3 --queue 64", "--views is 3; expected 2 with --queue", ExitCode.Usage)]
    [InlineData("train --views 3 --batch-size 8 --negatives 22", "--negatives is 22; expected 0 (all) to 21, which is what a batch of 8 has per anchor (3(N - 1))", ExitCode.Usage)]
    [InlineData("train --views 4 --loss supcon --batch-size 8 --shards 2 --negatives 13", "--negatives is 13; expected 0 (all) to 12, which is what a shard of 4 has", ExitCode.Usage)]
    [InlineData("train --views 3 --batch-size 8 --negatives 99999", "--negatives is 99999; expected 0 (all) to 21", ExitCode.Usage)]
    [InlineData("sweep --views 3 --negatives 5,22 --batch-size 8", "--negatives is 22; expected 0 (all) to 21", ExitCode.Usage)]
    [InlineData("sweep --views 3 --losses nt-xent,single-view", "--views is 3; expected 2 with --loss single-view", ExitCode.Usage)]
    [InlineData("train --learn-temperature --temperature 2", "--temperature is 2; expected 0.01 to 1 with --learn-temperature, which keeps it there", ExitCode.Usage)]
    [InlineData("train --loss supcon --queue 64", "--queue is 64; expected 0 with --loss supcon: the keys of a queue have no labels", ExitCode.Usage)]
    [InlineData("train --queue many", "many", ExitCode.Usage)]
    [InlineData("train --temperature 0", "--temperature is 0; expected a number of at least 0.001", ExitCode.Usage)]
    [InlineData("train --temperature -1", "--temperature is -1", ExitCode.Usage)]
    [InlineData("train --encoder resnet19", "--encoder is resnet19; expected one of convnet, resnet18", ExitCode.Usage)]
    [InlineData("train --epochs many", "many", ExitCode.Usage)]
    [InlineData("train --config missing.json", "--config missing.json cannot be read", ExitCode.Usage)]
    [InlineData("train --data nowhere", "nowhere does not exist", ExitCode.BadData)]
    [InlineData("train --resume nowhere", "nowhere is not a run", ExitCode.BadData)]
    [InlineData("train --resume nowhere --seed 3", "--seed cannot be changed with --resume", ExitCode.Usage)]
    [InlineData("train --batch-size 5000", "--batch-size is 5000; shapes train has 4000 images", ExitCode.Usage)]
    [InlineData("eval nowhere", "nowhere is not a run", ExitCode.BadData)]
    [InlineData("eval", "RUN", ExitCode.Usage)]
    public async Task BadInputIsNamedAndLeavesNothing(string arguments, string expected, int code)
    {
        using TinyRun tiny = new();
        string run = tiny.Folder("run");
        string[] words = arguments.Split(' ');
        (int exit, _, string error) = await Commands.Run(words[0] == "train" && !words.Contains("--resume") ? [.. words, "--output", run] : words);
        Assert.Equal(code, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run) && Directory.EnumerateFileSystemEntries(run, "*.json").Any() && !arguments.Contains("5000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnUnknownKeyIsRefusedWithTheNearest()
    {
        using TinyRun tiny = new();
        string config = tiny.Folder("settings.json");
        File.WriteAllText(config, """{ "batchsize": 64 }""");
        (int code, _, string error) = await Commands.Run("train", "--config", config, "--output", tiny.Folder("run"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("unknown key 'batchsize'. Did you mean 'batchSize'?", error, StringComparison.Ordinal);
        File.WriteAllText(config, """{ "batchSize": "many" }""");
        (code, _, error) = await Commands.Run("train", "--config", config);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("'batchSize' is \"many\"", error, StringComparison.Ordinal);
    }

    /// <summary>A message calls a setting what its user called it: a flag, or the key of a file.</summary>
    [Fact]
    public async Task AMessageNamesAFlagOrTheKeyOfAFile()
    {
        using TinyRun tiny = new();
        string config = tiny.Folder("settings.json");
        File.WriteAllText(config, """{ "batchSize": 1, "queue": 64, "negatives": 4 }""");
        Assert.Contains("negsamples: batchSize is 1; expected at least 2", (await Commands.Run("train", "--config", config)).Error, StringComparison.Ordinal);
        File.WriteAllText(config, """{ "lossMethod": "streaming", "batchSize": 1, "queue": 64, "negatives": 4 }"""); // of a run of version 0.1
        Assert.Contains("negsamples: --batch-size is 0; expected", (await Commands.Run("train", "--config", config, "--batch-size", "0")).Error, StringComparison.Ordinal);
        Assert.Contains(
            "negsamples: --negatives is 65; expected 0 (all) to 64, the keys of the queue",
            (await Commands.Run("train", "--config", config, "--batch-size", "8", "--negatives", "65")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainsFromAFileAndFlagsThenEvaluatesThenRefusesTheFolder()
    {
        using TinyRun tiny = new();
        string config = tiny.Folder("settings.json"), run = tiny.Folder("run"), data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 10);
        File.WriteAllText(config, """{ "batchSize": 4, "epochs": 7, "embeddingDimension": 16 }""");
        (int code, string output, string error) = await Commands.Run("train", "--config", config, "--epochs", "2", "--data", data, "--seed", "3", "--output", run, "--threads", "1");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("Done: 24 steps", output, StringComparison.Ordinal);
        TrainingSettings settings = RunFolder.ReadSettings(run);
        Assert.Equal((4, 2, 16, 3ul, "cifar10", 32), (settings.Batch.Size, settings.Optimizer.Epochs, settings.Encoder.EmbeddingDimension, settings.Run.Seed, settings.Data.Kind, settings.Data.ImageSize));
        Assert.Equal(24, MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Count);
        Assert.True(File.Exists(Path.Combine(run, "environment.json")));

        (code, output, error) = await Commands.Run("eval", run, "--linear-epochs", "2");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("knn", output, StringComparison.Ordinal);
        Assert.Contains("untrained top-1 %", output, StringComparison.Ordinal);

        (code, _, error) = await Commands.Run("train", "--data", data, "--batch-size", "4", "--output", run);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains($"continue it with --resume {run}", error, StringComparison.Ordinal);

        (code, output, _) = await Commands.Run("eval", run, "--linear-epochs", "2", "--json");
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith("{", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NegativesBeyondTheBatchComeFromAQueueThatTheRunRemembers()
    {
        using TinyRun tiny = new();
        string run = tiny.Folder("run"), data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 10);
        (int code, string output, string error) = await Commands.Run("train", "--data", data, "--batch-size", "8", "--epochs", "1", "--negatives", "15", "--key-momentum", "0.99", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("--negatives 15 is more than a batch of 8 has: they come from a queue of 15 keys.", output, StringComparison.Ordinal);
        Assert.Contains("batch 8 and a queue of 15 keys", output, StringComparison.Ordinal);
        TrainingSettings settings = RunFolder.ReadSettings(run);
        Assert.Equal((15, 0, 0.99), (settings.Loss.Queue, settings.Loss.Negatives, settings.Loss.KeyMomentum));
        Assert.Single(Directory.GetFiles(run, "queue.safetensors", SearchOption.AllDirectories));
        (code, _, error) = await Commands.Run("eval", run, "--linear-epochs", "1");
        Assert.True(code == ExitCode.Ok, error);
    }

    [Fact]
    public async Task TheSupervisedLossIsRefusedWithoutLabelsBeforeAnythingIsWritten()
    {
        using TinyRun tiny = new();
        string photos = tiny.Folder("photos"), run = tiny.Folder("run");
        Directory.CreateDirectory(photos);
        for (int i = 0; i < 8; i++) File.WriteAllBytes(Path.Combine(photos, $"{i}.png"), TemporaryFolder.Png(4, 4, (byte)i, 2, 3));
        (int code, _, string error) = await Commands.Run("train", "--data", photos, "--loss", "supcon", "--batch-size", "4", "--output", run);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("has no labels; --loss supcon takes images of one class for positives", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public async Task ALossOfTheFamilyTrainsByItsNameAndTheRunRemembersIt()
    {
        using TinyRun tiny = new();
        string run = tiny.Folder("run"), data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 10);
        (int code, _, string error) = await Commands.Run(
            "train", "--data", data, "--batch-size", "8", "--epochs", "1", "--loss", "hard", "--positive-prior", "0.05", "--hardness", "0.5", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        TrainingSettings settings = RunFolder.ReadSettings(run);
        Assert.Equal((LossKind.Hard, 0.05, 0.5), (settings.Loss.Kind, settings.Loss.PositivePrior, settings.Loss.Hardness));
        Assert.Contains("\"loss\": \"hard\"", File.ReadAllText(Path.Combine(run, "config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunWithoutACheckpointIsNamed()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 2), run = tiny.Folder("run");
        using (RunFolder.Create(run, (TinyRun.Settings with { Data = TinyRun.Settings.Data with { Path = data } }).Resolve("cifar10"), "test"))
        {
        }

        (int code, _, string error) = await Commands.Run("eval", run);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("has no checkpoint", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HelpAndDevicesSpeak()
    {
        (int code, string output, _) = await Commands.Run("train", "--help");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("--negatives", output, StringComparison.Ordinal);
        Assert.Contains("Exit codes", output, StringComparison.Ordinal);
        (code, output, _) = await Commands.Run("devices");
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith("cpu ", output, StringComparison.Ordinal);
    }
}
