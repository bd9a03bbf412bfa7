using System.Text.Json;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Tests.Files.Weights;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.InitialWeights;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.InitialWeights;

/// <summary>Runs that begin with the weights of a file, and runs whose encoder is frozen.</summary>
public sealed class InitialRunTests : IDisposable
{
    private readonly TinyRun tiny = new();

    /// <summary>The run begins with the file's weights; once it has begun it needs the file no more, and its bits are those of a run that was never stopped.</summary>
    [Fact]
    public void ARunBeginsWithTheFileAndGoesOnWithoutIt()
    {
        (string path, float[] conv) = Weights("first.pth");
        TrainingSettings settings = Beginning(path);
        Assert.Equal(64, settings.Encoder.InitSha256!.Length);
        TrainingOutcome whole = tiny.Train("whole", threads: 2, settings: settings);
        string environment = File.ReadAllText(Path.Combine(tiny.Folder("whole"), "environment.json"));
        Assert.Contains(settings.Encoder.InitSha256, environment, StringComparison.Ordinal);
        Assert.Contains("first.pth", environment, StringComparison.Ordinal);

        TrainingOutcome begun = tiny.Train("parts", stopAfter: 1, settings: settings);
        string first = Path.Combine(tiny.Folder("parts"), "checkpoints", Checkpoint.NameOf(0));
        Assert.Equal(conv, SafetensorsFile.Read(Path.Combine(first, "model.safetensors")).Floats("conv1.weight"));
        File.Delete(path);
        Assert.Equal(1, begun.Steps);
        TrainingOutcome parts = tiny.Train("parts", settings: settings with { Encoder = settings.Encoder with { Init = "elsewhere" } });
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" }) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(parts, file));
        Assert.NotEqual(TinyRun.Bytes(tiny.Train("seed"), "model.safetensors"), TinyRun.Bytes(whole, "model.safetensors"));
        TrainingSettings other = settings with { Encoder = settings.Encoder with { InitSha256 = new string('0', 64) } };
        Assert.Contains("'initSha256'", Assert.Throws<SettingsException>(() => tiny.Train("parts", settings: other)).Message, StringComparison.Ordinal);
    }

    /// <summary>Of a run the newest checkpoint is taken with its head, and the new run begins at step 0; a momentum encoder begins with the same weights.</summary>
    [Fact]
    public void ARunBeginsWhereAnotherStands()
    {
        TrainingOutcome before = tiny.Train("before");
        TrainingSettings settings = Beginning(tiny.Folder("before"));
        settings = settings with { Loss = new() { Queue = 9 } };
        Assert.Equal(Path.Combine(before.Checkpoint, "model.safetensors"), settings.Encoder.Init);
        tiny.Train("after", stopAfter: 1, settings: settings);
        string first = Path.Combine(tiny.Folder("after"), "checkpoints", Checkpoint.NameOf(0));
        foreach (string file in new[] { "model.safetensors", "momentum-model.safetensors" })
        {
            SafetensorsFile begun = SafetensorsFile.Read(Path.Combine(first, file)), ended = SafetensorsFile.Read(Path.Combine(before.Checkpoint, "model.safetensors"));
            Assert.All(begun.Names.Where(name => begun.Type(name) == SafetensorsType.F32), name => Assert.Equal(ended.Floats(name), begun.Floats(name)));
        }
    }

    [Fact]
    public void AFileThatWasChangedMeanwhileIsRefused()
    {
        (string path, _) = Weights("first.pth");
        TrainingSettings settings = Beginning(path);
        Weights("first.pth", seed: 99);
        Assert.Contains("`initSha256` is", Assert.Throws<BadDataException>(() => tiny.Train("run", settings: settings)).Message, StringComparison.Ordinal);
        Assert.Contains("`init` is", Assert.Throws<BadDataException>(() => Beginning(tiny.Folder("absent.pth"))).Message, StringComparison.Ordinal);
    }

    /// <summary>Two ranks begin with the file and stay together.</summary>
    [Fact]
    public void RanksBeginWithTheSameWeights()
    {
        (string path, _) = Weights("first.pth");
        TrainingSettings settings = Beginning(path);
        float[][] parameters = ThreadCollective.Run(2, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            using RunFolder? leader = collective.Rank == 0 ? RunFolder.Create(tiny.Folder("ranks"), settings, ops.Description) : null;
            collective.Barrier();
            using RunFolder run = leader ?? RunFolder.Joined(tiny.Folder("ranks"));
            using CancellationTokenSource stop = new();
            TrainingOutcome outcome = TrainingRun.Train(run, settings, ops, TinyRun.Images(), _ => stop.Cancel(), Assert.Fail, stop.Token);
            collective.Barrier();
            return SafetensorsFile.Read(Path.Combine(outcome.Checkpoint, "model.safetensors")).Floats("conv1.weight");
        });
        Assert.Equal(parameters[0], parameters[1]);
        float[] alone = SafetensorsFile.Read(Path.Combine(tiny.Train("alone", stopAfter: 1, settings: settings).Checkpoint, "model.safetensors")).Floats("conv1.weight");
        Assert.InRange(alone.Zip(parameters[0], (a, b) => Math.Abs(a - b)).Max(), 0, 1e-4f); // sums in another order
    }

    /// <summary>Two ranks measure a file as one process does, without a head and with one.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void RanksMeasureAFileAsOneProcessDoes(bool hasHead)
    {
        string path = hasHead ? Path.Combine(tiny.Train("run", stopAfter: 1).Checkpoint, "model.safetensors") : Weights("first.pth").Path;
        TrainingSettings settings = Beginning(path);
        LinearSettings linear = new() { Epochs = 1 };
        string?[] reports = [.. new[] { 1, 2 }.Select(ranks => ThreadCollective.Run(ranks, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            if (collective.Rank == 0)
                return JsonSerializer.Serialize(Evaluator.EvaluateWeights(settings, ops, TinyRun.Images(), TinyRun.Images(train: false), linear, _ => { }), SettingsJson.Default.EvaluationReport);
            Evaluator.AssistWeights(settings, ops, TinyRun.Images(), TinyRun.Images(train: false));
            return null;
        })[0])];
        Assert.Equal(reports[0], reports[1]);
        Assert.Equal(hasHead, reports[0]!.Contains("\"head\": true", StringComparison.Ordinal));
    }

    public static TheoryData<string> Frozen => ["nt-xent", "cross-entropy", "pieces", "queue", "adamw"];

    /// <summary>Of a frozen encoder every bit stays, running statistics and all; the head is trained, with the same bits for any threads and after a resume.</summary>
    [Theory, MemberData(nameof(Frozen))]
    public void AFrozenEncoderStaysAsItIs(string what)
    {
        TrainingSettings settings = TinyRun.Settings with { Encoder = TinyRun.Settings.Encoder with { FreezeEncoder = true } };
        settings = what switch
        {
            "cross-entropy" => (settings with { Loss = new() { Kind = LossKind.CrossEntropy } }).WithEmbedding(TinyRun.Images().ClassNames.Count),
            "pieces" => settings with { Batch = new() { Size = 8, MicroBatch = 3 } },
            "queue" => settings with { Loss = new() { Queue = 9 } },
            "adamw" => settings with { Optimizer = (settings.Optimizer with { Kind = OptimizerKind.AdamW, LearningRate = 0, WarmupEpochs = 0 }).Resolve() },
            _ => settings,
        };
        TrainingOutcome one = tiny.Train("one", threads: 1, settings: settings), two = tiny.Train("two", threads: 2, settings: settings);
        tiny.Train("parts", stopAfter: 4, settings: settings);
        TrainingOutcome parts = tiny.Train("parts", threads: 2, settings: settings);
        Assert.Equal(TinyRun.Bytes(one, "model.safetensors"), TinyRun.Bytes(two, "model.safetensors"));
        Assert.Equal(TinyRun.Bytes(one, "model.safetensors"), TinyRun.Bytes(parts, "model.safetensors"));
        using CpuOps ops = new(1);
        using Model drawn = Model.Create(ops, settings.ModelOf(TinyRun.Images()), settings.Run.Seed);
        using Model trained = Model.Create(ops, settings.ModelOf(TinyRun.Images()), settings.Run.Seed);
        Checkpoint.LoadModel(one.Checkpoint, trained);
        string head = what == "cross-entropy" ? "fc." : "projection_head.";
        foreach ((NamedTensor before, NamedTensor after) in drawn.Tensors.Zip(trained.Tensors))
        {
            if (before.Name.StartsWith(head, StringComparison.Ordinal)) Assert.NotEqual(before.Value.Floats.ToArray(), after.Value.Floats.ToArray());
            else Assert.Equal(before.Value.Floats.ToArray(), after.Value.Floats.ToArray());
        }

        Assert.True(drawn.ActivationBytes(8, training: true) < Whole().ActivationBytes(8, training: true));

        Model Whole() => Model.Create(ops, settings.ModelOf(TinyRun.Images()) with { IsFrozen = false }, 1);
    }

    public void Dispose() => tiny.Dispose();

    private TrainingSettings Beginning(string path) =>
        WeightSource.Resolve(TinyRun.Settings with { Encoder = TinyRun.Settings.Encoder with { Init = path } }, Assert.Fail);

    /// <summary>An encoder of another seed as a file of PyTorch, and its first convolution.</summary>
    private (string Path, float[] Convolution) Weights(string name, ulong seed = 31)
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.ModelOf(TinyRun.Images()), seed);
        List<(string, int[], float[])> tensors = [];
        foreach (NamedTensor tensor in model.Tensors.Where(tensor => !tensor.Name.StartsWith("projection_head.", StringComparison.Ordinal)))
        {
            Tensor value = tensor.Value;
            float[] values = value.Floats.ToArray();
            tensors.Add(tensor.Layout == TensorLayout.ConvolutionWeight
                ? (tensor.Name, [value[0], value[3], value[1], value[2]], ConvolutionLayout.ToOihw(values, value[0], value[1], value[2], value[3]))
                : (tensor.Name, [.. Enumerable.Range(0, value.Rank).Select(axis => value[axis])], values));
        }

        Directory.CreateDirectory(tiny.Root);
        File.WriteAllBytes(tiny.Folder(name), TorchFile.Of(tensors));
        return (tiny.Folder(name), tensors[0].Item3);
    }
}

/// <summary>Settings of a classifier.</summary>
internal static class ClassifierSettings
{
    public static TrainingSettings WithEmbedding(this TrainingSettings settings, int classes) =>
        settings with { Encoder = settings.Encoder with { EmbeddingDimension = classes } };
}
