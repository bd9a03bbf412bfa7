using System.Globalization;
using NegSamples.Study;
using NegSamples.Study.Comparison;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Training;

namespace NegSamples.Report.Comparison;

/// <summary>The command lines that do a comparison again.</summary>
internal static class ComparedCommands
{
    // Of the files of features that a report names, in this order.
    private static readonly string[] InputFlags = ["features", "labels", "testFeatures", "testLabels"];

    public static IEnumerable<string> Of(IReadOnlyList<ComparedEntry> entries, ReportFormat format, Func<string, string> flagOf)
    {
        foreach (ComparedEntry entry in entries)
            foreach (string line in entry.Run is { } run ? OfRun(entry, run, flagOf) : OfFeatures(entry, entry.Features!, flagOf)) yield return line;
        string kind = format switch { ReportFormat.Markdown => "md", ReportFormat.Latex => "latex", _ => "" };
        yield return $"negsamples report {string.Join(' ', entries.Select(entry => ShellWord.OfPath(entry.Path)))}" + (kind.Length == 0 ? "" : $" {flagOf("format")} {kind}");
    }

    private static IEnumerable<string> OfRun(ComparedEntry entry, ComparedRun run, Func<string, string> flagOf)
    {
        foreach (string line in Reproduction.OfRun(entry.Path, run.Settings, run.Evaluation, flagOf)) yield return line;
        string folder = ShellWord.OfPath(entry.Path);
        BoundSettings defaults = new();
        foreach (string line in Bounds(entry.Bounds.Select(bound => ($"{folder}{Unless(defaults.Augmentations, bound.Augmentations, flagOf("augmentations"))}", bound)), flagOf)) yield return line;
        if (entry.Collision is { } collision) yield return $"negsamples collision {folder}{Unless(new CollisionSettings().Seed, collision.Seed, flagOf("seed"))}";
        if (entry.TestFeatures is not null) yield return $"negsamples features {folder}";
    }

    private static IEnumerable<string> OfFeatures(ComparedEntry entry, GivenFolder folder, Func<string, string> flagOf)
    {
        if (entry.Given is { } given && Inputs(folder, folder.ReportPath("evaluation"), [folder.Train, folder.Test], [given.Train, given.Test], flagOf) is { } evaluated)
            yield return $"negsamples eval {evaluated}{(given.Normalised ? " " + flagOf("normalised") : "")}{Reproduction.Linear(given.LinearEpochs, given.Rows.Select(row => row.Seed), flagOf)}";
        var bounds = from file in entry.BoundFiles
            from bound in file.Reports
            let inputs = Inputs(folder, file.Path, [folder.TrainViews, folder.TestViews], [bound.TrainFiles, bound.TestFiles], flagOf)
            where inputs is not null
            select ($"{inputs} {Temperature(bound.Temperature, flagOf)}", bound);
        foreach (string line in Bounds(bounds, flagOf)) yield return line;
        if (entry.Collision is { } collision && Inputs(folder, folder.ReportPath("collision"), [folder.TrainViews], [collision.Files], flagOf) is { } measured)
            yield return $"negsamples collision {measured} {Temperature(collision.Temperature, flagOf)}";
    }

    /// <summary>A line for all K that were measured in one way.</summary>
    private static IEnumerable<string> Bounds(IEnumerable<(string Of, BoundReport Bound)> bounds, Func<string, string> flagOf)
    {
        BoundSettings defaults = new();
        return bounds.GroupBy(
            entry => $"{entry.Of}{Unless(defaults.Passes, entry.Bound.Passes, flagOf("passes"))}{Unless(defaults.Seed, entry.Bound.Seed, flagOf("seed"))}"
                + Unless(defaults.Subclasses, entry.Bound.Subclasses?.PerClass, flagOf("subclasses")), entry => entry.Bound.Negatives,
            (words, negatives) => $"negsamples bound {words} {flagOf("negatives")} {string.Join(',', negatives)}");
    }

    /// <summary>The words that name features: their folder, where they have its names, else their files and where the report of them lies.</summary>
    /// <returns>The words; null where a report of an earlier version does not say which files it is of.</returns>
    private static string? Inputs(GivenFolder folder, string report, ForeignPaths[] own, ForeignSource?[] measured, Func<string, string> flagOf)
    {
        bool isOwn = folder.Key is not null && own.Zip(measured).All(pair => pair.Second is not { } files || new ForeignPaths(files.Features, files.Labels) == pair.First);
        if (isOwn) return $"{flagOf("features")} {ShellWord.OfPath(folder.Text)}";
        if (measured.Contains(null)) return null;
        IEnumerable<string> paths = measured.SelectMany(files => new[] { files!.Features, files.Labels });
        return string.Join(' ', InputFlags.Zip(paths).Append(("output", report)).Select(word => $"{flagOf(word.Item1)} {ShellWord.OfPath(word.Item2)}"));
    }

    private static string Temperature(double temperature, Func<string, string> flagOf) => $"{flagOf("temperature")} {temperature.ToString("R", CultureInfo.InvariantCulture)}";

    private static string Unless<T>(T usual, T? value, string flag)
        where T : struct, IFormattable => value is not { } given || given.Equals(usual) ? "" : $" {flag} {given.ToString(null, CultureInfo.InvariantCulture)}";
}
