using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NegSamples.Study.Comparison;
using NegSamples.Study.Embeddings;
using NegSamples.Theory.Measures;

namespace NegSamples.Report.Comparison;

/// <summary>The report of runs and features in any mixture, a column each.</summary>
public static partial class ComparisonReport
{
    /// <summary>The report of folders as text. The same folders give the same text.</summary>
    /// <param name="folders">Folders of runs, and of features with what was measured on them, at least one.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="stop">Ends it.</param>
    /// <remarks>A folder that is neither and damaged files are refused, by a message that names them.</remarks>
    public static string Write(IReadOnlyList<string> folders, ReportFormat format, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return Write(ComparedEntries.Load(folders), format, flagOf: null, stop);
    }

    /// <summary>The report as text.</summary>
    /// <param name="entries">The runs and features, at least one.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="flagOf">What the command line calls a setting; null takes the settings' own names.</param>
    /// <param name="stop">Ends it.</param>
    /// <remarks>Figures are drawn from features of the test split; damaged ones are refused as <see cref="EmbeddingSample.Read"/> says.</remarks>
    internal static string Write(IReadOnlyList<ComparedEntry> entries, ReportFormat format, Func<string, string>? flagOf = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfZero(entries.Count);
        flagOf ??= name => name;
        return SweepReport.Write(format, () => Build(entries, format, flagOf, stop), () => Csv(entries));
    }

    /// <summary>The report's figures.</summary>
    /// <param name="entries">The runs and features, at least one.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>A name in the report, SVG text, and its pixels.</returns>
    internal static IReadOnlyList<(string Name, string Svg, int Width, int Height)> Drawings(IReadOnlyList<ComparedEntry> entries, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return [.. Sections(entries, withFigures: true, stop).SelectMany(section => section.Figures.Select((figure, i) =>
        {
            int[] box = [.. ViewBox().Match(figure.Svg).Groups.Values.Skip(1).Select(group => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture))];
            return (FormattableString.Invariant($"{section.Name}/{i + 1}"), figure.Svg, box[0], box[1]);
        }))];
    }

    private static StudyReport Build(IReadOnlyList<ComparedEntry> entries, ReportFormat format, Func<string, string> flagOf, CancellationToken stop)
    {
        int runs = entries.Count(entry => entry.Run is not null), given = entries.Count - runs;
        string what = string.Join(" and ", new[] { Count(runs, "run"), Count(given, "set of features", "sets of features") }.Where(text => text.Length > 0));
        return new StudyReport(
            entries.Count == 1 ? $"What {entries[0].Name} has learned" : entries.Count <= 4 ? $"{string.Join(", ", entries.Take(entries.Count - 1).Select(entry => entry.Name))} and {entries[^1].Name} side by side"
                : $"{what} side by side",
            what, ComparedFacts.Of(entries), [.. ComparedCommands.Of(entries, format, flagOf)], [.. entries.SelectMany(entry => entry.Missing).Select(line => Setting().Replace(line, match => flagOf(match.Groups[1].Value)))],
            ComparedFindings.Of(entries), [.. Sections(entries, format == ReportFormat.Html, stop)]);
    }

    private static string Count(int count, string one, string? several = null) =>
        count == 0 ? "" : FormattableString.Invariant($"{count} {(count == 1 ? one : several ?? one + "s")}");

    private static IEnumerable<ReportSection> Sections(IReadOnlyList<ComparedEntry> entries, bool withFigures, CancellationToken stop)
    {
        if (entries.Any(entry => entry.Accuracies.Count > 0))
            yield return new ReportSection(
                "accuracy", "Accuracy", ["What classifiers read out of the embeddings of the test split."], withFigures ? ComparedFigures.Accuracies(entries) : [],
                [ComparedTables.Accuracies(entries)]);
        if (entries.Any(entry => entry.Bounds.Count > 0))
            yield return new ReportSection(
                "bounds", "Upper bounds of the supervised loss",
                ["The supervised loss L_{sup} of the mean classifier is at most each of these, from the contrastive loss with K negatives and counts of classes."], [],
                [ComparedTables.Bounds(entries)]);
        if (ComparedTables.Measures(entries) is { } measures)
            yield return new ReportSection("measures", "Measures", ["What the features of the test split are like, without a classifier."], [], [measures]);
        if (withFigures && entries.Where(entry => entry.Run?.Metrics.Count > 0).Select(entry => (entry.Name, entry.Run!.Metrics)).ToArray() is { Length: > 0 } curves)
            yield return new ReportSection(
                "training", "Training", ["Losses of different K or of different kinds have different heights; their shapes compare."],
                TrainingFigures.Of(curves, "Training loss"), []);
        yield return new ReportSection("settings", "Settings", [], [], [ComparedTables.Settings(entries)]);
        stop.ThrowIfCancellationRequested();
        if (withFigures && entries.Any(entry => entry.TestFeatures is not null)) yield return ComparedFigures.Embeddings(entries, stop);
    }

    /// <summary>Every number, a line each: who, K where it is of one, quantity, value. Accuracies are proportions; all digits are kept.</summary>
    private static string Csv(IReadOnlyList<ComparedEntry> entries)
    {
        StringBuilder text = new("name,K,quantity,value\n");
        foreach (ComparedEntry entry in entries)
        {
            foreach (ComparedAccuracy row in entry.Accuracies)
            {
                string place = row.Head ? "after_head" : "before_head";
                Line(null, $"{row.Classifier}_top1_{place}", row.Top1);
                if (row.Top5 is { } five) Line(null, $"{row.Classifier}_top5_{place}", five);
                if (row.Balanced is { } balanced) Line(null, $"{row.Classifier}_balanced_{place}", balanced);
                if (row.UntrainedTop1 is { } untrained) Line(null, $"{row.Classifier}_top1_untrained_{place}", untrained);
            }

            foreach ((bool head, MeasuredValue measure) in entry.Measures) Line(null, $"{measure.Name.Key}_{(head ? "after_head" : "before_head")}", measure.Value);
            foreach (Study.BoundReport bound in entry.Bounds)
            {
                foreach (Study.BoundQuantity quantity in bound.Quantities) Line(bound.Negatives, quantity.Name.Key, quantity.Value);
                foreach (Study.BoundRow row in bound.Bounds) Line(bound.Negatives, "upper_bound_" + row.Name.Key, row.Value ?? double.PositiveInfinity);
                foreach (MeasuredValue measure in bound.Measures ?? []) Line(bound.Negatives, measure.Name.Key, measure.Value);
            }

            if (entry.Collision is { } collision) Line(null, "collision_delta", collision.Delta);
            if (entry.Run?.State.LastLoss is { } loss) Line(null, "training_loss_last", loss);

            void Line(int? negatives, string quantity, double value) =>
                text.Append(CultureInfo.InvariantCulture, $"{CsvWriter.Field(entry.Name)},{negatives},{CsvWriter.Field(quantity)},{CsvWriter.Number(value)}\n");
        }

        return text.ToString();
    }

    [GeneratedRegex("viewBox=\"0 0 (\\d+) (\\d+)\"")]
    private static partial Regex ViewBox();

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex Setting();
}
