using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Checkpoints;

/// <summary>A run that is given more epochs, and one that goes on though something was changed.</summary>
public class ResumeCheckTests
{
    /// <summary>Trained to its end, or stopped on the way, and then further: the bytes of a run that was begun with the restart in its settings.</summary>
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(4)]
    public void ARunTrainedFurtherIsTheRunThatWasBegunSo(int stopAfter)
    {
        using TinyRun tiny = new();
        TrainingSettings longer = TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer.ContinuedTo(5) };
        TrainingOutcome whole = tiny.Train("whole", settings: longer);
        tiny.Train("parts", stopAfter: stopAfter);
        TrainingOutcome stopped = tiny.Train("parts", stopAfter: 3, resume: new ResumeOptions(Epochs: 5));
        Assert.Equal(stopAfter == 4 ? 7 : 12, stopped.Steps);
        Assert.Equal(longer, RunFolder.ReadSettings(tiny.Folder("parts")));
        TrainingOutcome rest = tiny.Train("parts", settings: longer);
        Assert.Equal((15, true), (rest.Steps, rest.Completed));
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "state.json" }) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(rest, file));
        Assert.All(RunVerification.Check(tiny.Folder("parts")), part => Assert.Null(part.Fault));
        Assert.Throws<SettingsException>(() => tiny.Train("parts", settings: longer, resume: new ResumeOptions(Epochs: 5)));
    }

    /// <summary>Epochs that do not begin as the checkpoint's do are another run.</summary>
    [Theory]
    [InlineData(4, "")]
    [InlineData(2, "")]
    [InlineData(6, "2")]
    public void OtherEpochsThanFurtherOnesAreRefused(int epochs, string restarts)
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 3);
        TrainingSettings other = TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Epochs = epochs, RestartEpochs = restarts, WarmupEpochs = 0.3 } };
        Assert.Contains("'epochs' 3, not", Assert.Throws<SettingsException>(() => tiny.Train("run", settings: other)).Message, StringComparison.Ordinal);
    }

    /// <summary>A file leaves two views out; a run of other ones is another run all the same.</summary>
    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    public void OtherViewsAreRefused(int then, int now)
    {
        using TinyRun tiny = new();
        TrainingSettings Of(int views) => TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Views = views } };
        tiny.Train("run", stopAfter: 3, settings: Of(then));
        Assert.Contains($"'views' {then}, not {now}", Assert.Throws<SettingsException>(() => tiny.Train("run", settings: Of(now))).Message, StringComparison.Ordinal);
        Assert.True(tiny.Train("run", settings: Of(then)).Completed);
    }

    [Fact]
    public void WhatWasChangedIsInEveryLaterCheckpointOfARunThatGoesOnAnyway()
    {
        using TinyRun tiny = new();
        TrainingSettings cold = TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Temperature = 0.05 } };
        tiny.Train("run", stopAfter: 3);
        Assert.Contains("`resumeAnyway`", Assert.Throws<SettingsException>(() => tiny.Train("run", settings: cold)).Message, StringComparison.Ordinal);
        List<string> warnings = [];
        tiny.Train("run", stopAfter: 2, settings: cold, images: TinyRun.Images(seed: 2), resume: new ResumeOptions(Anyway: true), warn: warnings.Add);
        Assert.Equal(2, warnings.Count);
        TrainingOutcome end = tiny.Train("run", settings: cold, images: TinyRun.Images(seed: 2));
        IReadOnlyList<string> resumed = Checkpoint.ReadState(end.Checkpoint).Resumed!;
        Assert.Equal(2, resumed.Count);
        Assert.Equal("from step 3 on with other settings than before: 'temperature' 0.5, not 0.05", resumed[0]);
        Assert.StartsWith("from step 3 on with other images: ", resumed[1], StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(tiny.Folder("run"), "config.json"), File.ReadAllText(Path.Combine(tiny.Folder("run"), "config.json"))
            .Replace("\"temperature\": 0.5", "\"temperature\": 0.05", StringComparison.Ordinal));
        Assert.Contains(RunVerification.Check(tiny.Folder("run")), part => part.Fault is null && part.What.Contains("'temperature' 0.5, not 0.05", StringComparison.Ordinal));
    }

    [Fact]
    public void NothingIsWrittenDownOfARunThatIsRefused()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 3);
        string config = Path.Combine(tiny.Folder("run"), "config.json"), before = File.ReadAllText(config);
        Assert.Throws<BadDataException>(() => tiny.Train("run", images: TinyRun.Images(seed: 2), resume: new ResumeOptions(Epochs: 9)));
        Assert.Equal(before, File.ReadAllText(config));
    }
}
