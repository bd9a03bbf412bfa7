using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Study.Sweep;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>The command lines that make a sweep again.</summary>
internal static class Reproduction
{
    // What is missing here never changes a number, or is the sweep's axis.
    private static readonly string[] Settings =
    [
        "data", "dataKind", "encoder", "stem", "imageSize", "embeddingDimension", "batchSize", "epochs", "loss", "temperature", "optimizer", "learningRate", "momentum",
        "weightDecay", "trust", "warmupEpochs", "jitterStrength", "minimumCrop",
    ];

    /// <param name="data">The sweep.</param>
    /// <param name="flagOf">What the command line calls a setting.</param>
    public static IReadOnlyList<string> Commands(SweepData data, Func<string, string> flagOf)
    {
        SweepManifest manifest = data.Manifest;
        TrainingSettings settings = manifest.Settings;
        JsonObject given = Json(settings), defaults = Json(new TrainingSettings().Resolve(settings.Data.Kind ?? "shapes"));
        List<string> words =
        [
            "negsamples sweep", $"{flagOf(manifest.Axis == SweepAxis.BatchSize ? "batchSizes" : "negatives")} {string.Join(',', manifest.Values)}",
            $"{flagOf("seeds")} {string.Join(',', manifest.Seeds)}",
        ];
        foreach (string key in Settings)
        {
            bool isAxis = manifest.Axis == SweepAxis.BatchSize && key == "batchSize", isDefault = JsonNode.DeepEquals(given[key], defaults[key]);
            if (!isAxis && !isDefault && given[key] is { } value) words.Add($"{flagOf(key)} {Quoted(value.ToString())}");
        }

        words.Add(FormattableString.Invariant($"{flagOf("linearEpochs")} {manifest.LinearEpochs}"));
        return [string.Join(' ', words), $"negsamples report {Quoted(data.Folder)}"];
    }

    /// <summary>A word for a shell.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(symbol => char.IsLetterOrDigit(symbol) || "-_./:=,+".Contains(symbol, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static JsonObject Json(TrainingSettings settings) => JsonSerializer.SerializeToNode(settings, SettingsJson.Default.TrainingSettings)!.AsObject();
}
