using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

public class TrainingRunTests
{
    [Theory]
    [InlineData(OptimizerKind.Larc, 1)]
    [InlineData(OptimizerKind.Larc, 4)]
    [InlineData(OptimizerKind.AdamW, 5)]
    public void StoppingAndResumingGivesTheBytesOfARunInOneGo(OptimizerKind optimizer, int stopAfter)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = (TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Kind = optimizer, LearningRate = 0 }, Loss = TinyRun.Settings.Loss with { Negatives = 5 } }).Resolve("shapes");
        TrainingOutcome whole = tiny.Train("whole", settings: settings);
        TrainingOutcome part = tiny.Train("parts", stopAfter: stopAfter, settings: settings);
        Assert.False(part.Completed);
        Assert.Equal(stopAfter, part.Steps);
        TrainingOutcome rest = tiny.Train("parts", threads: 2, settings: settings);
        Assert.True(whole.Completed && rest.Completed);
        Assert.Equal(9, whole.Steps);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "state.json" }) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(rest, file));
        Assert.Equal(
            MetricsLog.Read(tiny.Folder("whole") + "/metrics.jsonl").Select(line => (line.Step, line.Loss, line.LearningRate)),
            MetricsLog.Read(tiny.Folder("parts") + "/metrics.jsonl").Select(line => (line.Step, line.Loss, line.LearningRate)));
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        using TinyRun tiny = new();
        byte[] first = TinyRun.Bytes(tiny.Train("one", threads: 1), "model.safetensors");
        Assert.Equal(first, TinyRun.Bytes(tiny.Train("two", threads: 2), "model.safetensors"));
        Assert.Equal(first, TinyRun.Bytes(tiny.Train("seven", threads: 7), "model.safetensors"));
        Assert.NotEqual(first, TinyRun.Bytes(tiny.Train("other seed", settings: TinyRun.Settings with { Run = TinyRun.Settings.Run with { Seed = 6 } }), "model.safetensors"));
    }

    /// <summary>A file may have a sound header and pixels that cannot be read: the run ends with its name, the steps before it kept.</summary>
    [Fact]
    public void AnImageThatCannotBeReadLeavesTheStepsBeforeIt()
    {
        using TinyRun tiny = new();
        TrainingOutcome part = tiny.Train("part", stopAfter: 4), whole = tiny.Train("whole");
        string message = Assert.Throws<BadDataException>(() => tiny.Train("run", images: new FailingSet(reads: (4 * 8) + 3))).Message;
        Assert.Contains("broken.jpg", message, StringComparison.Ordinal);
        string saved = Path.Combine(tiny.Folder("run"), "checkpoints", Path.GetFileName(part.Checkpoint));
        Assert.Contains(saved, message, StringComparison.Ordinal);
        foreach (string file in new[] { "model.safetensors", "state.json" }) Assert.Equal(TinyRun.Bytes(part, file), File.ReadAllBytes(Path.Combine(saved, file)));
        Assert.Equal(TinyRun.Bytes(whole, "model.safetensors"), TinyRun.Bytes(tiny.Train("run"), "model.safetensors"));
    }

    [Fact]
    public void TheLossFalls()
    {
        using TinyRun tiny = new();
        tiny.Train("run", threads: 2, settings: (TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Epochs = 30, Kind = OptimizerKind.AdamW, LearningRate = 0.05 } }).Resolve("shapes"));
        double[] losses = [.. MetricsLog.Read(tiny.Folder("run") + "/metrics.jsonl").Select(line => line.Loss)];
        Assert.Equal(90, losses.Length);
        Assert.True(losses[^15..].Average() < losses[..15].Average() - 0.1, $"{losses[..15].Average()} -> {losses[^15..].Average()}");
    }

    [Fact]
    public void AStepAllocatesNoManagedMemoryAfterTheFirst()
    {
        using CpuOps ops = new(2);
        using Trainer trainer = new(ops, TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Epochs = 20 } }, TinyRun.Images());
        for (int step = 0; step < 4; step++) trainer.Step();
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            for (int step = 0; step < 3; step++) trainer.Step();
        }));
    }

    [Fact]
    public void OtherImagesAreRefusedOnResume()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 2);
        BadDataException refused = Assert.Throws<BadDataException>(() => tiny.Train("run", images: TinyRun.Images(seed: 2)));
        Assert.Contains("other images", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Losses whose sums have the order of before go on bit for bit; the others say which version can finish them.</summary>
    [Theory]
    [InlineData(LossKind.NtXent, 0, true)]
    [InlineData(LossKind.Hard, 0, true)]
    [InlineData(LossKind.SingleView, 0, false)]
    [InlineData(LossKind.NtXent, 3, false)]
    public void ACheckpointOfVersionZeroOneResumesOrSaysWhoWroteIt(LossKind kind, int negatives, bool resumes)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Kind = kind, Negatives = negatives } };
        TrainingOutcome stopped = tiny.Train("run", stopAfter: 2, settings: settings);
        TinyRun.StoreAsFormat(stopped.Checkpoint, 1);
        Assert.Equal(1, Checkpoint.ReadState(stopped.Checkpoint).FormatVersion);
        if (resumes)
        {
            Assert.True(tiny.Train("run", settings: settings).Completed);
            return;
        }

        BadDataException refused = Assert.Throws<BadDataException>(() => tiny.Train("run", settings: settings));
        Assert.Contains("was written by version 0.1 (format 1)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfStoredLogitsIsNotResumedByAnotherOrderOfSums()
    {
        using TinyRun tiny = new();
        string config = Path.Combine(tiny.Folder("run"), "config.json");
        TinyRun.StoreAsFormat(tiny.Train("run", stopAfter: 2).Checkpoint, 1);
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"learnTemperature\": false", "\"lossMethod\": \"materialised\"", StringComparison.Ordinal));
        Assert.Contains("version 0.1", Assert.Throws<BadDataException>(() => tiny.Train("run")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACheckpointOfALaterVersionIsRefused()
    {
        using TinyRun tiny = new();
        TinyRun.StoreAsFormat(tiny.Train("run", stopAfter: 2).Checkpoint, 4);
        Assert.Contains("has format 4; this version reads 1 to 3.", Assert.Throws<BadDataException>(() => tiny.Train("run")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnfinishedCheckpointDoesNotCount()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 2);
        Directory.CreateDirectory(Path.Combine(tiny.Folder("run"), "checkpoints", "step-000000008.tmp"));
        Assert.Equal(outcome.Checkpoint, Checkpoint.Newest(Path.Combine(tiny.Folder("run"), "checkpoints")));
        Assert.Equal(2, Checkpoint.ReadState(outcome.Checkpoint).Step);
    }

    [Fact]
    public void ACheckpointOfAnotherArchitectureIsRefusedByName()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 1);
        using CpuOps ops = new(1);
        using Model other = Model.Create(ops, TinyRun.Settings.Model with { EmbeddingDimension = 24 }, 1);
        BadDataException refused = Assert.Throws<BadDataException>(() => Checkpoint.LoadModel(outcome.Checkpoint, other));
        Assert.Contains("projection_head.3.weight is [16, ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsAreStoredAsPyTorchWantsThem()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 1);
        SafetensorsFile file = SafetensorsFile.Read(Path.Combine(outcome.Checkpoint, "model.safetensors"));
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.Model, 99);
        Checkpoint.LoadModel(outcome.Checkpoint, model);
        NamedTensor convolution = model.Tensors.First(tensor => tensor.Layout == TensorLayout.ConvolutionWeight);
        Tensor w = convolution.Value;
        Assert.Equal([w[0], w[3], w[1], w[2]], file.Shape(convolution.Name).ToArray());
        float[] stored = file.Floats(convolution.Name);
        for (int o = 0; o < w[0]; o++)
        for (int i = 0; i < w[3]; i++)
        for (int r = 0; r < w[1]; r++)
        for (int s = 0; s < w[2]; s++)
            Assert.Equal(w.Floats[(((((o * w[1]) + r) * w[2]) + s) * w[3]) + i], stored[(((((o * w[3]) + i) * w[1]) + r) * w[2]) + s]);
    }

    [Fact]
    public void EvaluationNamesItsProtocolAndComparesWithTheInitialEncoder()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run");
        using CpuOps ops = new(2);
        EvaluationReport report = Evaluator.Evaluate(tiny.Folder("run"), ops, TinyRun.Images(), TinyRun.Images(train: false), new LinearSettings(Epochs: 3), _ => { });
        Assert.Equal(6, report.Rows.Count);
        Assert.All(report.Rows, row => Assert.True(row.Top1 is >= 0 and <= 1 && row.Top5 >= row.Top1 && row.Protocol.Length > 10 && row.Split == "test"));
        Assert.Equal(Path.GetFileName(outcome.Checkpoint), report.Checkpoint);
        Assert.True(File.Exists(Path.Combine(tiny.Folder("run"), "eval", report.Checkpoint + ".json")));

        // A model that never trained must score exactly what the report calls untrained.
        string zero = tiny.Folder("zero");
        tiny.Train("zero", stopAfter: 1, settings: TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { WarmupEpochs = 0, Trust = 1e-30 } });
        EvaluationReport same = Evaluator.Evaluate(zero, ops, TinyRun.Images(), TinyRun.Images(train: false), new LinearSettings(Epochs: 3), _ => { });
        Assert.Equal(report.Rows.Select(row => row.UntrainedTop1), same.Rows.Select(row => row.UntrainedTop1));
    }

    /// <summary>The pictures of a tiny run, of which one read fails.</summary>
    private sealed class FailingSet(int reads) : ImagesOver(TinyRun.Images())
    {
        private int count;

        public override (int Height, int Width) Read(int index, ref byte[] pixels) =>
            ++count == reads ? throw new BadDataException("broken.jpg is a corrupt image.") : base.Read(index, ref pixels);
    }
}
