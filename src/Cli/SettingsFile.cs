using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Reads settings: defaults, then a JSON file, then flags.</summary>
internal static class SettingsFile
{
    private const int MostShown = 100; // characters of a key or a value in a message

    // Line ends and the like in their escapes, so that a refusal is one line; letters of all scripts as they are.
    private static readonly JavaScriptEncoder Text = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The settings of a file with the flags laid over it.</summary>
    /// <param name="path">The file, or null for the defaults.</param>
    /// <param name="flags">The flags, by their keys.</param>
    /// <param name="ofFile">Receives the keys that the file decides.</param>
    /// <exception cref="SettingsException">The file is missing, is not JSON, has an unknown key or a value of the wrong type.</exception>
    public static TrainingSettings Read(string? path, JsonObject flags, ISet<string> ofFile)
    {
        string where = path ?? "the command line";

        JsonObject json = [];
        foreach ((string key, JsonNode? value) in path is null ? [] : Parse(path))
        {
            if (key == FlatSettings.FormerSetting && value?.ToJsonString() is "\"streaming\"" or "\"materialised\"") continue;
            if (key == FlatSettings.FormerSetting)
                throw new SettingsException($"{where}: '{key}' is {value?.ToJsonString() ?? "null"}; expected streaming or materialised, or no '{key}'.");
            if (!FlatSettings.Names.Contains(key))
                throw new SettingsException($"{where} has the unknown key '{Shown(JsonEncodedText.Encode(key, Text).Value)}'. {Meant(key)}");
            json[key] = value?.DeepClone();
            if (!flags.ContainsKey(key)) ofFile.Add(key);
        }

        if (flags.ContainsKey("epochs") && flags.ContainsKey("steps"))
            throw new SettingsException("--epochs and --steps both give the length of the run; give one of them.");

        // Of the two lengths the one on the command line overrides the other in the file as well.
        if (flags.ContainsKey("steps")) json.Remove("epochs");
        if (flags.ContainsKey("epochs")) json.Remove("steps");
        foreach ((string key, JsonNode? value) in flags) json[key] = value?.DeepClone();
        try
        {
            return json.Deserialize(SettingsJson.Default.TrainingSettings)!;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw new SettingsException($"--config {where} holds text that is no Unicode: {exception.Message}", exception);
        }
        catch (JsonException exception)
        {
            string key = exception.Path?.TrimStart('$', '.') ?? "";
            string value = json.TryGetPropertyValue(key, out JsonNode? node) ? node?.ToJsonString() ?? "null" : "?";
            throw new SettingsException($"{where}: '{key}' is {Shown(value)}; expected {SettingOptions.Taken(key)}.", exception);
        }
    }

    private static string Meant(string key) => Spelling.Near(key, FlatSettings.Names) is { } near ? $"Did you mean '{near}'?" : "negsamples init --stdout prints those that there are.";

    // What a file holds may be as long as the file.
    private static string Shown(string text) => text.Length <= MostShown ? text : $"{text[..(char.IsHighSurrogate(text[MostShown - 1]) ? MostShown - 1 : MostShown)]}...";

    /// <summary>The known key that takes the fewest edits.</summary>
    internal static string Nearest(string key, IEnumerable<string> known) =>
        known.OrderBy(candidate => Distance(key, candidate)).ThenBy(candidate => candidate, StringComparer.Ordinal).First();

    private static JsonObject Parse(string path)
    {
        try
        {
            JsonDocumentOptions options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };
            JsonNode? node = JsonNode.Parse(File.ReadAllText(path), null, options);
            return node as JsonObject ?? throw new SettingsException($"--config {path} does not hold a JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException && exception is not ArgumentNullException)
        {
            throw new SettingsException($"--config {path} is not JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--config {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Edits between two words, small and capital letters alike: those of Levenshtein, and two neighbours exchanged (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        int[] before = [], previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = Same(i, j) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + change);
                if (i > 1 && j > 1 && Same(i, j - 1) && Same(i - 1, j)) current[j] = Math.Min(current[j], before[j - 2] + 1);
            }

            (before, previous) = (previous, current);
        }

        return previous[b.Length];

        bool Same(int i, int j) => char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
    }
}
