using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Study.Sweep;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>The command lines that make a sweep again.</summary>
internal static class Reproduction
{
    // What never changes a number on one machine: who computes, and what is written down. The seeds have a word of their own.
    private static readonly string[] Indifferent = ["seed", "logEvery", "checkpointEvery", "threads", "device"];

    /// <param name="data">The sweep.</param>
    /// <param name="flagOf">What the command line calls a setting.</param>
    /// <param name="format">The word for the report's format; null for the one that needs none.</param>
    public static IReadOnlyList<string> Commands(SweepData data, Func<string, string> flagOf, string? format = null)
    {
        SweepManifest manifest = data.Manifest;
        TrainingSettings settings = manifest.Settings;
        JsonObject given = Json(settings), defaults = Json(new TrainingSettings().Resolve(settings.Data.Kind ?? "shapes"));
        defaults["dataKind"] = "shapes"; // of other data it may have been told, not found
        if (settings.Data.Kind == "folder") given["jpegDecoder"] ??= DataSettings.ImageSharp; // of a sweep that began before there was a choice
        List<string> words =
        [
            "negsamples sweep", $"{flagOf(manifest.Axis == SweepAxis.BatchSize ? "batchSizes" : "negatives")} {string.Join(',', manifest.Values)}",
            $"{flagOf("seeds")} {string.Join(',', manifest.Seeds)}",
        ];
        foreach (string key in FlatSettings.Names.Except(Indifferent))
        {
            bool isAxis = key == (manifest.Axis == SweepAxis.BatchSize ? "batchSize" : "negatives"), isDefault = JsonNode.DeepEquals(given[key], defaults[key]);
            if (!isAxis && !isDefault && given[key] is { } value) words.Add($"{flagOf(key)} {Quoted(value.ToString())}");
        }

        words.Add(FormattableString.Invariant($"{flagOf("linearEpochs")} {manifest.LinearEpochs}"));
        return [string.Join(' ', words), $"negsamples report {Quoted(data.Folder)}" + (format is null ? "" : $" {flagOf("format")} {format}")];
    }

    /// <summary>A word for a shell.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(symbol => char.IsLetterOrDigit(symbol) || "-_./:=,+".Contains(symbol, StringComparison.Ordinal)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static JsonObject Json(TrainingSettings settings) => JsonSerializer.SerializeToNode(settings, SettingsJson.Default.TrainingSettings)!.AsObject();
}
