using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Optimizers;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

public class LearnedTemperatureTests
{
    private static TrainingSettings Learning(LossKind kind = LossKind.NtXent, OptimizerKind optimizer = OptimizerKind.Sgd) => TinyRun.Settings with
    {
        Loss = TinyRun.Settings.Loss with { Kind = kind, LearnTemperature = true, Temperature = 0.3 },
        Optimizer = TinyRun.Settings.Optimizer with { Kind = optimizer, LearningRate = 8, WarmupEpochs = 0 },
    };

    /// <summary>Rows that match no better than chance want a temperature that tells less; the metrics say what it is.</summary>
    [Theory]
    [InlineData(LossKind.NtXent, OptimizerKind.Sgd)]
    [InlineData(LossKind.SingleView, OptimizerKind.AdamW)]
    [InlineData(LossKind.Decoupled, OptimizerKind.Larc)]
    [InlineData(LossKind.Sigmoid, OptimizerKind.AdamW)]
    public void TheTemperatureMovesIsSavedAndStaysWithinItsClamp(LossKind kind, OptimizerKind optimizer)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = Learning(kind, optimizer);
        TrainingOutcome outcome = tiny.Train("run", settings: settings);
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, settings.Model, settings.Run.Seed);
        Assert.Equal(0.3, model.LogitScale!.Temperature, 1e-6);
        Checkpoint.LoadModel(outcome.Checkpoint, model);
        Assert.InRange(model.LogitScale.Temperature, LearnedTemperature.Least - 1e-9, LearnedTemperature.Greatest);
        Assert.NotEqual(0.3, model.LogitScale.Temperature, 1e-4);
        IReadOnlyList<Metrics> metrics = MetricsLog.Read(Path.Combine(tiny.Folder("run"), "metrics.jsonl"));
        Assert.Equal(0.3, metrics[0].Temperature!.Value, 1e-6);
        Assert.NotEqual(metrics[0].Temperature, metrics[^1].Temperature);
        Assert.Equal(kind == LossKind.Sigmoid, model.LogitBias is not null);
        Assert.Equal(kind == LossKind.Sigmoid ? -1 / 0.3 : null, metrics[0].Bias, (a, b) => a is null ? b is null : Math.Abs(a.Value - b!.Value) < 1e-6);
        Assert.Equal(model.LogitBias?.Value is { } bias && bias != metrics[0].Bias, kind == LossKind.Sigmoid);
    }

    [Fact]
    public void ASetTemperatureStandsInNoMetricAndNoCheckpoint()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 1);
        Assert.DoesNotContain("temperature", File.ReadAllText(Path.Combine(tiny.Folder("run"), "metrics.jsonl")), StringComparison.Ordinal);
        Assert.False(SafetensorsFile.Read(Path.Combine(outcome.Checkpoint, "model.safetensors")).Contains("logit_scale"));
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd, LossKind.Sigmoid)]
    public void StoppingAndResumingGivesTheBytesOfARunInOneGo(OptimizerKind optimizer, LossKind kind = LossKind.NtXent)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = Learning(kind, optimizer);
        TrainingOutcome whole = tiny.Train("whole", settings: settings);
        tiny.Train("halves", stopAfter: 4, settings: settings);
        TrainingOutcome halves = tiny.Train("halves", settings: settings);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" }) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(halves, file));
    }

    /// <summary>The step of plain SGD is the learning rate times the slope, until the clamp stops it.</summary>
    [Fact]
    public void TheClampHolds()
    {
        using CpuOps ops = new(1);
        TrainingSettings settings = Learning();
        using Model model = Model.Create(ops, settings.Model, 1);
        using Optimizer optimizer = new(model, settings);
        foreach ((double slope, double expected) in new[] { (0.5, 0.3 * Math.Exp(0.05)), (1e6, 1), (-1e6, 0.01) })
        {
            ops.Zero(model.Gradients);
            foreach ((_, Tensor velocity) in optimizer.State) ops.Zero(velocity);
            model.LogitScale!.SetGradient(slope);
            optimizer.Step(model, 0, 0.1f);
            model.LogitScale.Clamp();
            Assert.Equal(expected, model.LogitScale.Temperature, 1e-6);
        }
    }

    [Theory]
    [InlineData(0.005)]
    [InlineData(1.5)]
    public void AStartOutsideTheClampIsRefused(double temperature)
    {
        TrainingSettings settings = Learning() with { Loss = new() { LearnTemperature = true, Temperature = temperature } };
        Assert.Contains("0.01 to 1 with `learnTemperature`", Assert.Throws<SettingsException>(settings.Validate).Message, StringComparison.Ordinal);
    }
}
