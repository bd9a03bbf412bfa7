using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Checkpoints;

/// <summary>What makes a run this run: every setting that changes a number. With the data and the step they decide the weights.</summary>
/// <remarks>A setting belongs to the identity unless it is named here as one of place or of record, so a new one is compared without being listed.</remarks>
internal static class RunIdentity
{
    private static readonly HashSet<string> Free = ["data", "cache", "neighbours", "init", "logEvery", "checkpointEvery", "monitorEvery", "tensorboard", "threads", "device", "precision", "kernels"];

    // A run that is trained further has more of these, and is the same run up to then.
    private static readonly string[] Lengths = ["epochs", "restartEpochs"];

    /// <summary>The settings that decide the numbers, by their names in the settings file.</summary>
    /// <param name="settings">Resolved settings.</param>
    public static JsonObject Of(TrainingSettings settings) => Bound(JsonSerializer.SerializeToNode(settings, SettingsJson.Default.TrainingSettings)!.AsObject());

    /// <summary>Where a checkpoint is of another run than the settings, as the rest of a sentence about it; null where it is not, or holds no settings.</summary>
    /// <param name="state">Of the checkpoint.</param>
    /// <param name="settings">Of the run.</param>
    /// <param name="file">Where the settings were read.</param>
    public static string? Difference(CheckpointState state, TrainingSettings settings, string file)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Settings is not null && Differences(state.Settings, settings) is [_, ..] differences
            ? $"was trained with {string.Join("; ", differences)} as {file} has it" : null;
    }

    /// <summary>Where two identities part, in words: "'temperature' 0.5, not 0.05"; empty where they are one run's.</summary>
    /// <param name="checkpoint">Of a checkpoint, perhaps of another version: what it lacks had its default.</param>
    /// <param name="settings">Of the run.</param>
    public static IReadOnlyList<string> Differences(JsonObject checkpoint, TrainingSettings settings)
    {
        JsonObject defaults = Bound(FlatSettings.Of(new TrainingSettings())), now = Bound(FlatSettings.Of(settings));
        if (IsEarlierStage(checkpoint, settings.Optimizer))
        {
            checkpoint = checkpoint.DeepClone().AsObject();
            foreach (string name in Lengths) checkpoint[name] = now[name]!.DeepClone();
        }

        return [.. now.Select(setting => (setting.Key, Now: Text(setting.Value), Then: Text(checkpoint.ContainsKey(setting.Key) ? checkpoint[setting.Key] : defaults[setting.Key])))
            .Where(setting => setting.Now != setting.Then)
            .Select(setting => $"'{setting.Key}' {setting.Then}, not {setting.Now}"),
            .. checkpoint.Where(setting => !now.ContainsKey(setting.Key)).Select(setting => $"'{setting.Key}' {Text(setting.Value)}, which this version does not know")];
    }

    /// <summary>Whether the settings go on where the checkpoint's end: its stages of the schedule are the first of theirs.</summary>
    private static bool IsEarlierStage(JsonObject checkpoint, OptimizerSettings now)
    {
        try
        {
            OptimizerSettings then = now with
            {
                Epochs = checkpoint[Lengths[0]]?.GetValue<int>() ?? now.Epochs, RestartEpochs = checkpoint[Lengths[1]]?.GetValue<string>() ?? "",
            };
            IReadOnlyList<int> stages = then.StageEnds();
            return now.StageEnds().Take(stages.Count).SequenceEqual(stages);
        }
        catch (Exception exception) when (exception is SettingsException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private static JsonObject Bound(JsonObject all)
    {
        foreach (string name in Free) all.Remove(name);
        return all;
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";
}
