using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Cli.Help;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>A file of all settings with their defaults, each under a comment from the help of its flag.</summary>
internal static class SettingsTemplate
{
    private const int Width = 110;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The lines of the file.</summary>
    public static IEnumerable<string> Lines()
    {
        SettingOptions options = new(new Command("train"));
        JsonObject defaults = FlatSettings.Of(new TrainingSettings());
        string group = "";
        yield return "// Settings of negsamples train and sweep: negsamples train --config FILE. Flags override the file, and what is left out has its default.";
        yield return "{";
        List<(string Key, EntryHelp Flag, string Group)> all = [.. options.Entries
            .Select(entry => (entry.Key, EntryHelp.Of(entry.Option), SymbolGroups.Of(entry.Option))).GroupBy(entry => entry.Item3).SelectMany(entries => entries)];
        foreach ((string key, EntryHelp flag, string heading) in all)
        {
            if (heading != group)
            {
                if (group.Length > 0) yield return "";
                yield return $"  // {heading}";
                group = heading;
            }

            yield return "";
            string value = defaults[key]?.ToJsonString(Plain) ?? "null";
            string taken = flag.Default is null || flag.Default == value.Trim('"') ? "" : $" {value} takes the default.";
            foreach (string line in Wrapping.Lines($"{flag.Label}: {flag.Whole}{taken}", Width)) yield return $"  // {line}";
            yield return $"  {JsonSerializer.Serialize(key, Plain)}: {value}{(key == all[^1].Key ? "" : ",")}";
        }

        yield return "}";
    }
}
