using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NegSamples.Augment.Data;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>The planned host memory beside the measured peak of a process, and what becomes of work that does not fit.</summary>
public class HostMemoryTests
{
    // What the program has beside everything that is planned: .NET itself, its compiled code, and the console. Measured: 67 to 75 MB, and 80 where the assembler
    // of the machine code for bfloat16 has run.
    private const long Base = 90_000_000;

    private static readonly TrainingSettings Shapes = new()
    {
        Data = new() { Path = "shapes" }, Optimizer = new() { Epochs = 1 }, Place = new() { Device = "cpu", Threads = 2 },
    };

    /// <summary>Each is a process that trains: the kinds of memory in every test run, the others when they are asked for.</summary>
    [Theory]
    [InlineData("batch")]
    [InlineData("pieces")]
    [InlineData("queue", Explicit = true)]
    [InlineData("hard", Explicit = true)]
    [InlineData("drawn", Explicit = true)]
    [InlineData("resnet", Explicit = true)]
    [InlineData("views", Explicit = true)]
    public void ThePlanOfARunIsWhatItTakes(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        TrainingSettings settings = (name switch
        {
            "batch" => Shapes,
            "pieces" => Shapes with { Batch = new() { Size = 1024, MicroBatch = 64 } },
            "queue" => Shapes with { Batch = new() { Size = 64 }, Loss = new() { Queue = 150_000 }, Optimizer = new() { Epochs = 1, Kind = OptimizerKind.AdamW } },
            "hard" => Shapes with { Batch = new() { Size = 512, MicroBatch = 64 }, Loss = new() { Kind = LossKind.Hard }, Encoder = new() { EmbeddingDimension = 512 } },
            "drawn" => Shapes with { Batch = new() { Size = 128 }, Loss = new() { Kind = LossKind.SingleView, Negatives = 32 } },
            "views" => Shapes with { Batch = new() { Size = 256 }, Loss = new() { Views = 4 } },
            _ => Shapes with { Batch = new() { Size = 1000, MicroBatch = 100 }, Encoder = new() { Kind = EncoderKind.ResNet18 }, Data = new() { Path = "shapes", ImageSize = 8 } },
        }).Resolve("shapes");
        using TinyRun tiny = new();
        Directory.CreateDirectory(tiny.Root);
        File.WriteAllText(tiny.Folder("settings.json"), JsonSerializer.Serialize(settings, SettingsJson.Default.TrainingSettings));
        using ImageData data = DataSets.Open("shapes");
        MemoryPlan plan = HostMemory.Joined(HostMemory.OfTraining(settings, data.Train), HostMemory.OfImages(settings.Data).Places);
        AssertNear(plan, Measure("train", "--config", tiny.Folder("settings.json"), "--output", tiny.Folder("run")));
    }

    [Fact(Explicit = true)]
    public void ThePlansOfMeasurementsAreWhatTheyTake()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        using TinyRun tiny = new();
        string path = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 600), run = tiny.Folder("run");
        TrainingSettings settings = (Shapes with { Data = new() { Path = path, ImageSize = 8 }, Encoder = new() { EmbeddingDimension = 2048 } }).Resolve("cifar10");
        using ImageData data = DataSets.Open(path);
        tiny.Train("run", stopAfter: 1, settings: settings, images: data.Train);
        using CpuOps ops = new(2, CpuOps.PrecisionOf(settings.Place.Precision));
        IReadOnlyList<MemoryPlace> images = HostMemory.OfImages(settings.Data).Places;
        string[] place = ["--threads", "2", "--device", "cpu"];
        AssertNear(HostMemory.Joined(EvaluationMemory.OfEvaluation(settings, data.Train, data.Test!, new LinearSettings(), ops), images), Measure(["eval", run, "--linear-epochs", "1", .. place]));
        AssertNear(HostMemory.Joined(EvaluationMemory.OfEvaluation(settings, data.Train, data.Test!, new LinearSettings(), ops, EvaluationProtocol.Paper), images), Measure(["eval", run, "--protocol", "paper", "--linear-epochs", "2", .. place]));
        AssertNear(HostMemory.Joined(StudyMemory.OfCollision(settings, data.Train, ops), images), Measure(["collision", run, .. place]));
        AssertNear(HostMemory.Joined(StudyMemory.OfBounds(settings, new BoundSettings(), data.Train, data.Test!, ops), images), Measure(["bound", run, "--negatives", "7", .. place]));
        AssertNear(HostMemory.Joined(StudyMemory.OfFeatures(settings, data.Train, ops), images), Measure(["features", run, .. place]));
    }

    [Theory]
    [InlineData(nameof(MemoryKind.All), "the control group's memory.max", "host memory")]
    [InlineData(nameof(MemoryKind.Managed), ".NET's limit of managed memory", "managed host memory")]
    [InlineData(nameof(MemoryKind.Native), "the limit of the address space (ulimit -v)", "host memory")]
    public async Task ARunThatDoesNotFitIsRefusedBeforeItHasAFolder(string of, string limit, string memory)
    {
        MemoryKind kind = Enum.Parse<MemoryKind>(of);
        using TinyRun tiny = new();
        AvailableMemory.Instead.Value = [new("the machine", 1L << 50), new(limit, 1_000_000 + (kind == MemoryKind.Managed ? 20_000_000 : 60_000_000), kind)];
        string run = tiny.Folder("run");
        string[] queue = kind == MemoryKind.Managed ? ["--queue", "100000"] : [];
        (int code, _, string error) = await Commands.Run(["train", "--device", "cpu", "--epochs", "1", "--batch-size", "128", "--output", run, .. queue]);
        Assert.Equal(ExitCode.Device, code);
        Assert.False(Directory.Exists(run));
        Assert.Matches($@"^negsamples: The run needs [\d,]+ bytes of {memory} \([a-z ]+ [\d,]+\); \d\d,000,000 are available by ", error);
        Assert.Contains(limit + ".", error, StringComparison.Ordinal);
        Assert.Matches(kind == MemoryKind.Managed ? @"--queue \(it is 100000; \d+ fits\)" : @"--batch-size \(it is 128; \d+ fits\), or embed the batch in pieces of --micro-batch \d+", error);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task WhatIsAdvisedFits()
    {
        using TinyRun tiny = new();
        AvailableMemory.Instead.Value = [new("the test", 61_000_000)];
        (int code, _, string error) = await Commands.Run("train", "--device", "cpu", "--precision", "fp32", "--epochs", "1", "--batch-size", "32", "--output", tiny.Folder("run"));
        Assert.Equal(ExitCode.Device, code);
        string fits = Regex.Match(error, @"it is 32; (\d+) fits").Groups[1].Value;
        (code, _, error) = await Commands.Run("train", "--device", "cpu", "--precision", "fp32", "--epochs", "1", "--batch-size", fits, "--output", tiny.Folder("run"));
        Assert.True(code == ExitCode.Ok, error);
    }

    [Fact]
    public async Task ASweepIsRefusedBeforeItHasAFolder()
    {
        using TinyRun tiny = new();
        AvailableMemory.Instead.Value = [new("the test", 60_000_000)];
        (int code, _, string error) = await Commands.Run("sweep", "--device", "cpu", "--epochs", "1", "--batch-sizes", "16,256", "--output", tiny.Folder("sweep"));
        Assert.Equal(ExitCode.Device, code);
        Assert.False(Directory.Exists(tiny.Folder("sweep")));
        Assert.Contains("--batch-sizes", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eval", "The evaluation needs")]
    [InlineData("bound", "Measuring the bounds needs")]
    [InlineData("collision", "The collision bound needs")]
    [InlineData("features", "Writing features needs")]
    public async Task AMeasurementThatDoesNotFitWritesNothing(string verb, string begin)
    {
        using TinyRun tiny = new();
        string path = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), run = tiny.Folder("run");
        using ImageData data = DataSets.Open(path);
        tiny.Train("run", stopAfter: 1, settings: TinyRun.Settings with { Data = new() { Path = path, ImageSize = 16 } }, images: data.Train);
        string[] before = Directory.GetFileSystemEntries(run, "*", SearchOption.AllDirectories);
        AvailableMemory.Instead.Value = [new("the test", 2_000_000)];
        (int code, _, string error) = await Commands.Run(verb, run, "--device", "cpu");
        Assert.Equal(ExitCode.Device, code);
        Assert.Contains(begin, error, StringComparison.Ordinal);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(run, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public void ImagesThatCannotBeHeldAreNotRead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs sparse files");
        using TinyRun tiny = new();
        Directory.CreateDirectory(tiny.Folder("cifar"));
        foreach (string name in new[] { "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch" })
        {
            using FileStream file = File.Create(Path.Combine(tiny.Folder("cifar"), name + ".bin"));
            file.SetLength(30_730_000);
        }

        using Process limited = Start(("DOTNET_GCHeapHardLimit", "0x4000000"), "train", "--data", tiny.Folder("cifar"), "--output", tiny.Folder("run"));
        string error = limited.StandardError.ReadToEnd();
        limited.WaitForExit();
        Assert.Equal(ExitCode.Device, limited.ExitCode);
        Assert.Contains("needs 184,380,000 bytes of managed host memory (images 184,380,000)", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.Folder("run")));
    }

    [Fact]
    public async Task TheMemoryPlanOfTheCpuIsTheHosts()
    {
        (int code, string output, _) = await Commands.Run("train", "--device", "cpu", "--epochs", "1", "--memory-plan");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("host memory for", output, StringComparison.Ordinal);
        Assert.Contains("images", output, StringComparison.Ordinal);
        (_, output, _) = await Commands.Run("train", "--device", "cuda", "--epochs", "1", "--memory-plan");
        Assert.Contains("GPU memory for", output, StringComparison.Ordinal);
    }

    private static void AssertNear(MemoryPlan plan, long measured)
    {
        string places = string.Join(", ", plan.Places.Select(place => FormattableString.Invariant($"{place.Name} {place.Bytes:N0}")));
        Assert.True(measured <= plan.Bytes + Base, FormattableString.Invariant($"Measured {measured:N0}, planned {plan.Bytes:N0}: {places}"));
        Assert.True(plan.Bytes <= 1.25 * measured, FormattableString.Invariant($"Measured {measured:N0}, planned {plan.Bytes:N0}: {places}"));
        if (Environment.GetEnvironmentVariable("NEGSAMPLES_SHOW_MEMORY") is { } file)
            File.AppendAllText(file, FormattableString.Invariant($"measured {measured:N0} planned {plan.Bytes:N0} difference {measured - plan.Bytes:N0}: {places}\n"));
    }

    /// <summary>The peak of a process' resident memory.</summary>
    private static long Measure(params string[] arguments)
    {
        using Process process = Start(null, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.HasExited)
        {
            try
            {
                string? line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
                if (line is not null) peak = Math.Max(peak, 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2], CultureInfo.InvariantCulture));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }

            Thread.Sleep(5);
        }

        Assert.True(process.ExitCode == 0, output.Result + error.Result);
        return peak;
    }

    private static Process Start((string Name, string Value)? variable, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        ChildCompilation.LeaveToTheProgram(start);

        // What a run of all tests may allot is not what users have.
        foreach (string name in (string[])["DOTNET_GCgen0size", "DOTNET_GCLOHThreshold"]) start.Environment.Remove(name);
        if (variable is { } set) start.Environment[set.Name] = set.Value;
        return Process.Start(start)!;
    }
}
