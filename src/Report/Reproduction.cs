using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Study.Sweep;
using NegSamples.Training;

namespace NegSamples.Report;

/// <summary>The command lines that make a sweep again.</summary>
internal static class Reproduction
{
    // The flags of negsamples sweep, by their keys in the settings; what is missing here never changes a number, or is the sweep's axis.
    private static readonly (string Key, string Flag)[] Flags =
    [
        ("data", "--data"), ("dataKind", "--data-kind"), ("encoder", "--encoder"), ("stem", "--stem"), ("imageSize", "--image-size"),
        ("embeddingDimension", "--dim"),
        ("batchSize", "--batch-size"), ("epochs", "--epochs"), ("loss", "--loss"), ("temperature", "--temperature"), ("optimizer", "--optimizer"),
        ("learningRate", "--learning-rate"), ("momentum", "--momentum"), ("weightDecay", "--weight-decay"), ("trust", "--trust"),
        ("warmupEpochs", "--warmup-epochs"),
        ("jitterStrength", "--jitter"), ("minimumCrop", "--min-crop"),
    ];

    public static IReadOnlyList<string> Commands(SweepData data)
    {
        SweepManifest manifest = data.Manifest;
        TrainingSettings settings = manifest.Settings;
        JsonObject given = Json(settings), defaults = Json(new TrainingSettings().Resolve(settings.DataKind ?? "shapes"));
        string axis = manifest.Axis == SweepAxis.BatchSize ? "--batch-sizes" : "--negatives";
        List<string> words = ["negsamples sweep", $"{axis} {string.Join(',', manifest.Values)}", $"--seeds {string.Join(',', manifest.Seeds)}"];
        foreach ((string key, string flag) in Flags)
        {
            bool isAxis = manifest.Axis == SweepAxis.BatchSize && key == "batchSize", isDefault = JsonNode.DeepEquals(given[key], defaults[key]);
            if (!isAxis && !isDefault && given[key] is { } value) words.Add($"{flag} {Quoted(value.ToString())}");
        }

        words.Add(FormattableString.Invariant($"--linear-epochs {manifest.LinearEpochs}"));
        return [string.Join(' ', words), $"negsamples report {Quoted(data.Folder)}"];
    }

    /// <summary>A word for a shell.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(symbol => char.IsLetterOrDigit(symbol) || "-_./:=,+".Contains(symbol, StringComparison.Ordinal)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static JsonObject Json(TrainingSettings settings) => JsonSerializer.SerializeToNode(settings, SettingsJson.Default.TrainingSettings)!.AsObject();
}
