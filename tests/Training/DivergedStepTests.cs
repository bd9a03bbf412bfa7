using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

public class DivergedStepTests
{
    /// <summary>A step that went wrong goes wrong in the same way again, to the last digit of every layer's norms.</summary>
    [Theory]
    [InlineData(OptimizerKind.Sgd, 0, 1e18)]
    [InlineData(OptimizerKind.AdamW, 0, 1e25)]
    [InlineData(OptimizerKind.Sgd, 12, 1e18)]
    public void AStepThatDivergedIsKeptAndDivergesAgain(OptimizerKind optimizer, int queue, double rate)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with
        {
            Optimizer = TinyRun.Settings.Optimizer with { Kind = optimizer, LearningRate = rate, WarmupEpochs = 0 }, Loss = TinyRun.Settings.Loss with { Queue = queue },
        };
        string message = Assert.Throws<NonFiniteLossException>(() => tiny.Train("run", settings: settings)).Message;
        Assert.Contains("diverged", message, StringComparison.Ordinal);
        DivergedStepRecord kept = DivergedStep.Read(tiny.Folder("run"));
        Assert.Equal(settings, kept.Settings);
        Assert.Equal(8, kept.Images.Distinct().Count());
        Assert.StartsWith(kept.Fault, message, StringComparison.Ordinal);
        Assert.Contains(kept.Layers, layer => layer.WeightNorm > 1e15 || layer.WeightsNotFinite > 0);
        using CpuOps ops = new(2);
        DivergedStepRecord again = DivergedStep.Replay(tiny.Folder("run"), kept, settings, ops, TinyRun.Images());
        Assert.Equal(kept.Fault, again.Fault);
        Assert.Equal(kept.Images, again.Images);
        Assert.Equal(kept.Layers, again.Layers);
        Assert.Contains("other images", Assert.Throws<BadDataException>(
            () => DivergedStep.Replay(tiny.Folder("run"), kept, settings, ops, TinyRun.Images(seed: 2))).Message, StringComparison.Ordinal);
    }

    /// <summary>The norms are those of the weights and gradients that the step had.</summary>
    [Fact]
    public void TheNormsAreThoseOfTheNumbersThatAreFinite()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Kind = OptimizerKind.Sgd, LearningRate = 1e18, WarmupEpochs = 0 } };
        Assert.Throws<NonFiniteLossException>(() => tiny.Train("run", settings: settings));
        DivergedStepRecord kept = DivergedStep.Read(tiny.Folder("run"));
        float[] weights = SafetensorsFile.Read(Path.Combine(tiny.Folder("run"), "diverged", $"step-{kept.Step:D9}.safetensors")).Floats("parameters");
        double squares = weights.Where(float.IsFinite).Sum(weight => (double)weight * weight);
        Assert.Equal(1, kept.Layers.Sum(layer => layer.WeightNorm * layer.WeightNorm) / squares, 1e-9);
        Assert.Equal(weights.Count(weight => !float.IsFinite(weight)), kept.Layers.Sum(layer => layer.WeightsNotFinite));
    }

    [Fact]
    public void ARunThatDidNotDivergeHasNothingToReplay()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 2);
        Assert.Contains("no step to replay", Assert.Throws<BadDataException>(() => DivergedStep.Read(tiny.Folder("run"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    public void ADamagedRecordIsRefused(string text)
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 2);
        Directory.CreateDirectory(Path.Combine(tiny.Folder("run"), "diverged"));
        File.WriteAllText(Path.Combine(tiny.Folder("run"), "diverged", "step-000000002.json"), text);
        Assert.Contains("step-000000002.json", Assert.Throws<BadDataException>(() => DivergedStep.Read(tiny.Folder("run"))).Message, StringComparison.Ordinal);
    }
}
