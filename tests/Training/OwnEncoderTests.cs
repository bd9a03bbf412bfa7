using System.Runtime.CompilerServices;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.OwnEncoder;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Encoders;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>An encoder of an assembly that sees no internals: the example of docs/own-encoder.md.</summary>
public class OwnEncoderTests
{
    private static readonly Tiles Train = new(30, seed: 1), Test = new(12, seed: 2);

    [Fact]
    public void TheExampleLearnsItsColoursFromAnAssemblyThatSeesNoInternals()
    {
        Assert.DoesNotContain(
            typeof(Model).Assembly.GetCustomAttributes(typeof(InternalsVisibleToAttribute), false).Cast<InternalsVisibleToAttribute>(),
            attribute => attribute.AssemblyName.StartsWith("NegSamples.OwnEncoder", StringComparison.Ordinal));
        using TemporaryFolder folder = new();
        string run = folder.PathOf("run");
        List<TrainingProgress> steps = [];
        EvaluationReport report = Example.Run(run, Train, Test, steps: 20, steps.Add);
        Assert.Equal(20, steps.Count);
        Assert.All(steps, step => Assert.True(double.IsFinite(step.Loss)));
        Assert.Equal(6, steps.Count(step => step.EndsEpoch)); // 3 steps an epoch, the last epoch cut
        Assert.Equal([15, 20], steps.Where(step => step.Measured is not null).Select(step => step.Step));
        Assert.True(report.Row("linear", head: false).Top1 > 0.9);
        Assert.Equal("patch-net", RunFolder.ReadSettings(run).Encoder.Kind.Name);
        Assert.Equal("tiles", RunFolder.ReadSettings(run).Data.Path);

        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, RunFolder.ReadSettings(run).Model, 99);
        model.LoadWeights(Path.Combine(run, "patch-net.safetensors"));
        using LoadedCheckpoint trained = LoadedCheckpoint.OpenWithoutImages(run, RunFolder.ReadSettings(run), ops);
        Assert.Equal(trained.Model.Parameters.Floats.ToArray(), model.Parameters.Floats.ToArray());
        Assert.Equal(trained.Model.Statistics.Floats.ToArray(), model.Statistics.Floats.ToArray());
    }

    [Fact]
    public void AStoppedRunGoesOnToTheSameBits()
    {
        using TemporaryFolder folder = new();
        TrainingSettings settings = new()
        {
            Encoder = new() { Kind = PatchNet.Kind, EmbeddingDimension = 16 }, Data = new() { ImageSize = 16 }, Batch = new() { Size = 6 },
            Loss = new() { Queue = 12, Negatives = 5 }, Optimizer = new() { Epochs = 3 },
        };
        byte[] At(string name, int stopAfter)
        {
            using CpuOps ops = new(2);
            using CancellationTokenSource stop = new();
            string run = folder.PathOf(name);
            TrainingOutcome outcome = TrainingRun.Train(run, settings, ops, Train, progress => { if (progress.Step == stopAfter) stop.Cancel(); }, Assert.Fail, stop.Token);
            Assert.Equal(stopAfter == 0, outcome.Completed);
            return outcome.Completed ? File.ReadAllBytes(Path.Combine(outcome.Checkpoint, "model.safetensors")) : At(name, 0);
        }

        Assert.Equal(At("whole", 0), At("stopped", 7));
    }

    [Fact]
    public void TheMemoryOfItsRunIsPlanned()
    {
        TrainingSettings settings = new TrainingSettings { Encoder = new() { Kind = PatchNet.Kind }, Data = new() { ImageSize = 16 }, Batch = new() { Size = 6 } }.ResolveFor(Train);
        long Activations(MemoryPlan plan) => plan.Places.Single(place => place.Name == "activations").Bytes;
        Assert.InRange(Activations(HostMemory.OfTraining(settings, Train, precision: Precision.Float32)), 1, long.MaxValue);
        Assert.Equal(Activations(HostMemory.OfTraining(settings, Train, precision: Precision.Float32)), Activations(DeviceMemory.Plan(settings, Train, Precision.Float32)));
    }

    [Fact]
    public void ARunOfAnEncoderThatTheProgramLacksIsRefusedByItsName()
    {
        using TemporaryFolder folder = new();
        TrainingSettings settings = (TinyRun.Settings with { Encoder = new() { Kind = PatchNet.Kind } }).Resolve("shapes");
        RunFolder.Create(folder.PathOf("run"), settings, "test").Dispose();
        string config = folder.PathOf("run/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("patch-net", "their-net", StringComparison.Ordinal));
        string message = Assert.Throws<BadDataException>(() => RunFolder.ReadSettings(folder.PathOf("run"))).Message;
        Assert.Contains("the encoder their-net, which this program does not have: it has convnet, resnet18, resnet34, resnet50, embedding-bag", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItIsNotTracedUnlessItNamesItsOperations()
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, new(PatchNet.Kind, StemKind.Cifar, 16, 16), 1);
        Assert.Contains("PatchNet", Assert.Throws<NotSupportedException>(() => model.Trace(new NoTrace(), "images", head: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameIsOfOneEncoder()
    {
        Func<NegSamples.Training.Layers.Blueprint, ModelSettings, Encoder> declare = (blueprint, settings) => new PatchNet(blueprint, settings.Image, channels: 4);
        EncoderKind kind = EncoderKind.Register("test-net", declare);
        Assert.Same(kind, EncoderKind.Register("test-net", declare));
        Assert.Same(kind, EncoderKind.Find("test-net"));
        Assert.Throws<ArgumentException>(() => EncoderKind.Register("resnet18", declare));
        Assert.Throws<ArgumentException>(() => EncoderKind.Register(PatchNet.Kind.Name, declare)); // Naming its kind registers it, whichever test is first.
        foreach (string name in new[] { "", "My Net", "NET", "a.b" }) Assert.Throws<ArgumentException>(() => EncoderKind.Register(name, declare));
    }

    private sealed class NoTrace : INetworkTrace
    {
        public string Convolution(string x, string weight, int stride, int padding) => x;

        public string BatchNorm(string x, string norm, string? residual, bool relu) => x;

        public string MaxPool(string x, int kernel, int stride, int padding) => x;

        public string MeanOfPixels(string x) => x;

        public string Linear(string x, string weight, string? bias) => x;

        public string UnitRows(string x) => x;
    }

    /// <summary>The page shows the very files that are tested.</summary>
    [Theory]
    [InlineData("PatchNet.cs")]
    [InlineData("Example.cs")]
    [InlineData("Tiles.cs")]
    public void ThePageHoldsTheExample(string file)
    {
        string root = SourceTree.OrSkip();
        string code = File.ReadAllText(Path.Combine(root, "tests/OwnEncoder", file)).TrimEnd();
        Assert.Contains($"```csharp\n{code}\n```", File.ReadAllText(Path.Combine(root, "docs/own-encoder.md")), StringComparison.Ordinal);
    }
}
