using System.Diagnostics;
using NegSamples.Augment.Data;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Report;
using NegSamples.Study.Embeddings;
using NegSamples.Tests.Training;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;
using NegSamples.Theory.Tables;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>Alone on the machine, because they measure time.</summary>
[CollectionDefinition(nameof(StopTests), DisableParallelization = true)]
public class AloneForStopTests;

/// <summary>A request to stop ends every verb and every long loop within a second.</summary>
[Collection(nameof(StopTests))]
public class StopTests
{
    // Half a second beside the promised one is for other work on the same cores. The best of a few tries counts: a loop that does not ask is late in each.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(1.5);
    private const int Tries = 4;

    // Long enough to be in the middle of the work, and the arguments of work that takes far longer. RUN is a run, DATA its images, OUT a new folder.
    private static readonly Dictionary<string, (double Seconds, string[] Arguments)> Verbs = new()
    {
        ["train"] = (2, ["train", "--data", "DATA", "--epochs", "100000", "--batch-size", "32", "--output", "OUT"]),
        ["verify"] = (0, ["verify", "RUN"]),
        ["neighbours"] = (0, ["neighbours", "no.vec", "--data", "DATA", "--output", "OUT"]),
        ["views"] = (0, ["views", "--data", "DATA", "--output", "OUT"]),
        ["replay"] = (0, ["replay", "RUN"]),
        ["eval"] = (2, ["eval", "RUN", "--linear-epochs", "1000000"]),
        ["sweep"] = (2, ["sweep", "--data", "DATA", "--epochs", "100000", "--batch-sizes", "16,32", "--output", "OUT"]),
        ["report"] = (0, ["report", "OUT"]),
        ["bound"] = (2, ["bound", "RUN", "--augmentations", "2000"]),
        ["collision"] = (0.7, ["collision", "RUN"]),
        ["features"] = (0.7, ["features", "RUN"]),
        ["embed"] = (0.7, ["embed", "--onnx", "ONNX", "--data", "DATA", "--views", "200", "--output", "OUT"]),
        ["export"] = (0, ["export", "RUN", "--onnx", "OUT"]),
        ["coupon"] = (1.5, ["coupon", "--classes", "2", "--without-replacement", "--population", "2000000000", "--draws", "500000000,600000000,700000000,800000000,1000000000"]),
        ["similarity"] = (2, ["similarity", "--keys", "65536", "--rows", "2048", "--repetitions", "1000"]),
        ["devices"] = (0, ["devices"]),
        ["doctor"] = (0, ["doctor"]),
        ["init"] = (0, ["init", "-"]),
        ["completion"] = (0, ["completion", "bash"]),
        ["man"] = (0, ["man"]),
    };

    [Fact]
    public void EveryVerbIsInTheTable() => Assert.Equal(Commands.Verbs().Order(), Verbs.Keys.Order());

    [Fact]
    public async Task EveryVerbEndsWithinASecond()
    {
        using TinyRun tiny = new();
        string path = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 1000), run = tiny.Folder("run");
        using ImageData data = DataSets.Open(path);
        tiny.Train("run", stopAfter: 1, settings: new TrainingSettings { Data = new() { Path = path }, Batch = new() { Size = 16 }, Optimizer = new() { Epochs = 1 } }.Resolve("cifar10"), images: data.Train);
        Npy.Write(tiny.Folder("features.npy"), Numbers(2000 * 64), 2000, 64);
        Npy.Write(tiny.Folder("labels.npy"), (long[])[.. Enumerable.Range(0, 2000).Select(i => i % 10L)], 2000);
        Assert.Equal(ExitCode.Ok, await CommandLine.RunAsync(["export", run, "--onnx", tiny.Folder("model.onnx")], TextWriter.Null, TextWriter.Null));
        string[] pair = ["--features", "FEATURES", "--labels", "LABELS", "--test-features", "FEATURES", "--test-labels", "LABELS"];
        foreach ((string verb, (double seconds, string[] arguments)) in Verbs.Append(new("eval --protocol paper", (3, ["eval", "RUN", "--protocol", "paper", "--linear-epochs", "1000000"])))
            .Append(new("eval --encoder", (1, ["eval", "--encoder", "WEIGHTS", "--data", "DATA", "--linear-epochs", "1000000"])))
            .Append(new("eval --features", (1, ["eval", .. pair, "--linear-epochs", "1000000"]))))
        {
            TimeSpan least = TimeSpan.MaxValue;
            for (int attempt = 0; attempt < Tries && least >= Most; attempt++)
            {
                using CancellationTokenSource stop = new();
                string[] given = [.. arguments.Select(word => word switch { "RUN" => run, "WEIGHTS" => Path.Combine(Checkpoint.Newest(Path.Combine(run, "checkpoints"))!, "model.safetensors"), "DATA" => path, "ONNX" => tiny.Folder("model.onnx"), "OUT" => tiny.Folder($"out-{verb}-{attempt}"), "FEATURES" => tiny.Folder("features.npy"), "LABELS" => tiny.Folder("labels.npy"), _ => word })];
                Task<int> work = CommandLine.RunAsync(given, TextWriter.Null, TextWriter.Null, stop.Token);
                if (seconds > 0) Assert.True(await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken)) != work, $"{verb} has ended by itself");
                Stopwatch watch = Stopwatch.StartNew();
                await stop.CancelAsync();
                int code = await work;
                if (seconds > 0) Assert.Equal((verb, ExitCode.Interrupted), (verb, code));
                least = TimeSpan.FromTicks(Math.Min(least.Ticks, watch.Elapsed.Ticks));
            }

            Assert.True(least < Most, $"{verb} took {least.TotalSeconds:F1} s to stop");
        }
    }

    public static TheoryData<string> Loops => new(Work.Keys);

    // What each makes for its work, and the work.
    private static readonly Dictionary<string, Func<Action<CancellationToken>>> Work = new()
    {
        ["nearest neighbours"] = () => { FeatureSet train = Features(60_000, 512), test = Features(20_000, 512); return stop => NearestNeighbours.Evaluate(new CpuOps(2), train, test, stop: stop); },
        ["mean classifier"] = () => { FeatureSet set = Features(60_000, 512, classes: 1000); return stop => MeanClassifier.Evaluate(set, set, stop); },
        ["linear classifier"] = () => { FeatureSet set = Features(20_000, 256); return stop => LinearClassifier.Train(new CpuOps(2), set, set, new LinearSettings { Epochs = 100_000 }, stop: stop); },
        ["principal components"] = () => { float[] rows = Numbers(8000 * 2048); return stop => PrincipalComponents.Of(rows, 2048, 2, stop); },
        ["similarities"] = () => { EmbeddingSample sample = new(Numbers(20_000 * 256), 256, new int[20_000], []); return stop => SimilarityHistogram.Of(sample, 50, stop); },
        ["collision bound"] = () => { EmbeddedSet set = Embedded(40_000, 64); return stop => CollisionBound.Measure(set, 0.5, 2, stop); },
        ["bounds of a large batch"] = () => { EmbeddedSet set = Embedded(12_000, 64); int[] all = [.. Enumerable.Range(0, 12_000)]; return stop => new BoundEstimator(ClassDistribution.Uniform(1), 64, 0.5, new double[64]).AddBatches(set, all, 12_000, 2, stop); },
        ["coupon table of unequal classes"] = () => { ClassDistribution classes = ClassDistribution.Proportional([.. Enumerable.Range(1, 300_000).Select(i => (double)i)]); return stop => CouponTable.Of(classes, [400_000, 4_000_000], stop); },
        ["coupon table of a huge set"] = () => stop => CouponTable.Of(ClassCounts.Balanced(2, 1_000_000_000), [2, 500_000_000, 1_000_000_000], stop),
        ["coupon figure"] = () => { int[] draws = [.. Enumerable.Range(1, 1_000_000)]; return stop => CouponFigure.Draw(n => CouponTable.Of(ClassDistribution.Uniform(500), n, stop), draws); },
        ["an operation"] = () => stop => { using CpuOps ops = new(2) { Stop = stop }; using Arena arena = ops.CreateArena("a", 1L << 29); Tensor a = arena.Take(4096, 4096), b = arena.Take(4096, 4096), c = arena.Take(4096, 4096); while (true) ops.MatMul(a, b, c); },
    };

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task EveryLongLoopEndsWithinASecond(string name)
    {
        Action<CancellationToken> work = Work[name]();
        TimeSpan least = TimeSpan.MaxValue;
        for (int attempt = 0; attempt < Tries && least >= Most; attempt++)
        {
            using CancellationTokenSource stop = new();
            Stopwatch watch = new();
            using CancellationTokenRegistration begun = stop.Token.Register(watch.Start);
            stop.CancelAfter(TimeSpan.FromSeconds(1));

            // Over and over, so that a fast or a quiet machine is in the middle of it too.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => { while (true) work(stop.Token); }, TestContext.Current.CancellationToken));
            least = TimeSpan.FromTicks(Math.Min(least.Ticks, watch.Elapsed.Ticks));
        }

        Assert.True(least < Most, $"{name} took {least.TotalSeconds:F1} s to stop");
    }

    [Fact]
    public async Task ATableOfManyRowsIsWrittenLineByLine()
    {
        (int code, string output, _) = await Commands.Run("coupon", "--classes", "3", "--draws", "1..3000:1");
        Assert.Equal(ExitCode.Ok, code);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 3000);
        Assert.Contains(lines, line => line.TrimStart().StartsWith("3000 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("similarity", "--keys", "32", "--rows", "8", "--repetitions", "1")]
    [InlineData("train", "--epochs", "1", "--memory-plan", "--device", "cpu")]
    public async Task ThreadsFarBeyondTheCoresAreFewerWithANote(params string[] arguments)
    {
        (int code, _, string error) = await Commands.Run([.. arguments, "--threads", "1000"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains(FormattableString.Invariant($"note: --threads is 1000; {4 * Environment.ProcessorCount} are used"), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThreadsOfAFileAreCalledAsTheFileDoes()
    {
        using TinyRun tiny = new();
        File.WriteAllText(tiny.Folder("settings.json"), """{"threads": 1000, "epochs": 1, "device": "cpu"}""");
        (int code, _, string error) = await Commands.Run("train", "--config", tiny.Folder("settings.json"), "--memory-plan");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("note: threads is 1000", error, StringComparison.Ordinal);
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i))];

    private static FeatureSet Features(int count, int dimension, int classes = 10) =>
        new(Numbers(count * dimension), count, dimension, [.. Enumerable.Range(0, count).Select(i => i % classes)], classes);

    private static EmbeddedSet Embedded(int count, int dimension)
    {
        double[] rows = [.. Numbers(count * dimension).Select(value => (double)value)];
        return new EmbeddedSet(dimension, rows, rows, rows, new int[count]);
    }
}
