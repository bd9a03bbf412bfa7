using System.Text.Json.Nodes;
using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Checkpoints;

/// <summary>A resume goes on with the run that began, or names what differs.</summary>
public class IdentityTests
{
    private static readonly string[] Free = ["data", "cache", "init", "logEvery", "checkpointEvery", "monitorEvery", "tensorboard", "threads", "device", "precision"];

    public static TheoryData<string> Settings => [.. FlatSettings.Names];

    /// <summary>Every setting is compared but those that change no number of a run on one device.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void EverySettingIsComparedUnlessItChangesNoNumber(string name)
    {
        JsonObject stored = RunIdentity.Of(TinyRun.Settings);
        if (Free.Contains(name))
        {
            Assert.False(stored.ContainsKey(name));
            return;
        }

        stored[name] = "another value";
        Assert.Contains($"'{name}'", Assert.Single(RunIdentity.Differences(stored, TinyRun.Settings)), StringComparison.Ordinal);
    }

    [Fact]
    public void AnEditedSettingAndTheCheckpointOfAnotherRunAreRefusedByName()
    {
        using TinyRun tiny = new();
        TrainingSettings cold = TinyRun.Settings with { Loss = TinyRun.Settings.Loss with { Temperature = 0.05 } };
        TrainingOutcome run = tiny.Train("run", stopAfter: 3), other = tiny.Train("other", stopAfter: 4, settings: cold);
        Assert.Contains("'temperature' 0.5, not 0.05", Assert.Throws<SettingsException>(() => tiny.Train("run", settings: cold)).Message, StringComparison.Ordinal);
        Directory.Move(other.Checkpoint, Path.Combine(Path.GetDirectoryName(run.Checkpoint)!, Path.GetFileName(other.Checkpoint)));
        Assert.Contains("'temperature' 0.05, not 0.5", Assert.Throws<SettingsException>(() => tiny.Train("run")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("-4")]
    [InlineData("99999999999")]
    public void AnEditedStepIsDamage(string step)
    {
        using TinyRun tiny = new();
        string state = Path.Combine(tiny.Train("run", stopAfter: 3).Checkpoint, "state.json");
        File.WriteAllText(state, File.ReadAllText(state).Replace("\"step\": 3,", $"\"step\": {step},", StringComparison.Ordinal));
        Assert.Contains("sha256", Assert.Throws<BadDataException>(() => tiny.Train("run")).Message, StringComparison.Ordinal);
    }
}
