using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Study.Sweep;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>Training and sweeps under real launchers: the same bits over every engine, and ends that leave nobody waiting.</summary>
[Collection("launchers")]
public class RankTrainingTests
{
    private static readonly string[] Small = ["--batch-size", "16", "--steps", "12", "--dim", "16", "--threads", "1"];

    [Theory]
    [InlineData("Open MPI", "--queue 41 --micro-batch 4")]
    [InlineData("MPICH", "--negatives 5")]
    public void ARunHasTheBitsOfRanksThatAreThreads(string engine, string loss) => Compare(engine, loss);

    [Theory(Explicit = true)]
    [InlineData("")]
    [InlineData("--shards 2")]
    [InlineData("--queue 64")]
    [InlineData("--loss supcon")]
    [InlineData("--negatives 5")]
    [InlineData("--views 3")]
    public void EveryLossHasTheSameBitsOverBothEngines(string loss)
    {
        Compare("Open MPI", loss);
        Compare("MPICH", loss);
    }

    [Theory]
    [InlineData("Open MPI", "--batch-size 15", "--batch-size is 15; expected a multiple of the 2 ranks")]
    [InlineData("MPICH", "--shards 3 --batch-size 12", "--shards is 3; expected 1, or a multiple of the 2 ranks")]
    public void WhatTheRanksCannotShareIsSaidOnce(string engine, string flags, string words)
    {
        using TinyRun tiny = new();
        (int code, string output, string error) = Run(engine, ["train", "--steps", "2", "--output", tiny.Folder("run"), .. flags.Split(' ')]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Single((output + error).Split('\n'), line => line.Contains(words, StringComparison.Ordinal));
        Assert.False(Directory.Exists(tiny.Folder("run")));
    }

    [Fact]
    public void RanksWithoutACommonFolderAreRefused()
    {
        (int code, _, string error) = Run("MPICH", ["train", "--steps", "2"]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--output is missing; of 2 ranks expected a folder that all of them share", error, StringComparison.Ordinal);
    }

    /// <summary>Two machines with a folder of the same name on each are stood for by two working folders.</summary>
    [Theory]
    [InlineData("train", "--output")]
    [InlineData("resume", "--resume")]
    public void AFolderThatRanksDoNotShareIsRefused(string what, string flag)
    {
        using TinyRun tiny = new();
        string[] places = [tiny.Folder("a"), tiny.Folder("b")];
        foreach (string place in places)
        {
            Directory.CreateDirectory(place);
            if (what == "resume") RunFolder.Create(Path.Combine(place, "run"), TinyRun.Settings.Resolve("shapes"), place).Dispose();
        }

        string[] arguments = what == "resume" ? ["train", "--resume", "run"] : ["train", "--data", "shapes", .. Small, "--output", "run"];
        (int code, string output, string error) = Mpirun.Of("MPICH").RunIn(places, typeof(CommandLine).Assembly.Location, arguments);
        Assert.Equal((ExitCode.Usage, error), (code, error));
        Assert.Single((output + error).Split('\n'), line => line.Contains($"{flag} is run, which rank 1 does not share with rank 0", StringComparison.Ordinal));
        Assert.Equal(what == "resume", Directory.Exists(Path.Combine(places[0], "run")));
    }

    [Fact]
    public async Task ASweepIsDealtOut()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), shared = tiny.Folder("shared"), alone = tiny.Folder("alone");
        string[] words = ["sweep", "--data", data, "--negatives", "3,11", "--seeds", "3,5", "--batch-size", "16", "--epochs", "1", "--dim", "8", "--linear-epochs", "1", "--threads", "1"];
        (int code, string output, string error) = Run("Open MPI", [.. words, "--output", shared]);
        Assert.True(code == ExitCode.Ok, output + error);
        (code, _, error) = await Commands.Run([.. words, "--output", alone]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("4 of 4 runs", output, StringComparison.Ordinal);
        foreach (SweepRun run in SweepFolder.ReadManifest(alone).Runs)
        {
            foreach (string file in new[] { Path.Combine("checkpoints", SweepFolder.FinishedCheckpoint(SweepFolder.RunPath(alone, run))!, "model.safetensors"),
                Path.GetRelativePath(SweepFolder.RunPath(alone, run), Directory.GetFiles(RunFolder.EvaluationsOf(SweepFolder.RunPath(alone, run))).Single()) })
                Assert.Equal(File.ReadAllBytes(Path.Combine(SweepFolder.RunPath(alone, run), file)), File.ReadAllBytes(Path.Combine(SweepFolder.RunPath(shared, run), file)));
        }
    }

    private static void Compare(string engine, string loss)
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), path = tiny.Folder("run");
        string[] flags = loss.Length == 0 ? [] : loss.Split(' ');
        (int code, string output, string error) = Run(engine, ["train", "--data", data, .. Small, .. flags, "--output", path]);
        Assert.True(code == ExitCode.Ok, output + error);
        Assert.Single(output.Split('\n'), line => line.StartsWith("Done: 12 steps", StringComparison.Ordinal));
        Assert.Equal(
            loss.Contains("--micro-batch", StringComparison.Ordinal), output.Contains("note: a batch norm sees 4 samples of each of 2 ranks", StringComparison.Ordinal));

        TrainingSettings settings = RunFolder.ReadSettings(path);
        using ImageData images = DataSets.Open(data);
        float[][] threads = ThreadCollective.Run(2, collective =>
        {
            using CpuOps ops = new(1, CpuOps.PrecisionOf(settings.Place.Precision)) { Collective = collective };
            using Trainer trainer = new(ops, settings, images.Train);
            for (int step = 0; step < 12; step++) trainer.Step();
            return trainer.Model.Parameters.Floats.ToArray();
        });
        using CpuOps alone = new(1, CpuOps.PrecisionOf(settings.Place.Precision));
        using Model model = Model.Create(alone, settings.ModelOf(images.Train), 1);
        Checkpoint.LoadModel(Checkpoint.Newest(RunFolder.CheckpointsOf(path))!, model);
        Assert.Equal(threads[0], model.Parameters.Floats.ToArray());
        string environment = File.ReadAllText(RunFolder.EnvironmentOf(path));
        Assert.Contains("2 ranks on 1 host", environment, StringComparison.Ordinal);
        RunEnvironment of = JsonSerializer.Deserialize(environment, SettingsJson.Default.RunEnvironment)!;
        Assert.Equal([Environment.MachineName, Environment.MachineName], of.Hosts!);
    }

    private static (int Code, string Output, string Error) Run(string engine, string[] arguments) => Mpirun.Of(engine).Run(2, typeof(CommandLine).Assembly.Location, arguments);
}
