using System.Text.Json.Nodes;
using NegSamples.Study;
using NegSamples.Study.Comparison;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;
using NegSamples.Training.Settings;

namespace NegSamples.Report.Comparison;

/// <summary>The tables of a comparison: a column for each run and each set of features.</summary>
internal static class ComparedTables
{
    /// <summary>The classifiers.</summary>
    public static ReportTable Accuracies(IReadOnlyList<ComparedEntry> entries)
    {
        List<ReportRow> rows = [];
        foreach (bool head in Quantities.Heads)
        {
            if (!entries.Any(entry => entry.Accuracies.Any(row => row.Head == head))) continue;
            rows.Add(new ReportRow(head ? "After the head" : entries.All(entry => entry.Run is null) ? "Features as given"
                : entries.Any(entry => entry.Run is null) ? "Before the head, and of features as given" : "Before the head (encoder's features)"));
            foreach ((string key, string name) in Quantities.Classifiers)
            {
                rows.Add(Row(name, entry => entry.Accuracy(key, head) is { } row
                    ? new Cell(Numbers.Percent(row.Top1), row.UntrainedTop1 is { } before ? $"untrained {Numbers.Percent(before)}" : null) : new Cell(Numbers.None)));
                if (entries.Any(entry => entry.Accuracy(key, head)?.Balanced is not null))
                    rows.Add(Row(name + ", balanced", entry => new Cell(entry.Accuracy(key, head)?.Balanced is { } share ? Numbers.Percent(share) : Numbers.None)));
            }
        }

        rows.Add(new ReportRow("For comparison"));
        rows.Add(Row("Always the commonest class", entry => new Cell(entry.Chance is { } chance ? Numbers.Percent(chance) : Numbers.None)));
        rows.Add(Row("Test samples", entry => new Cell(entry.TestSamples is { } samples ? Whole(samples) : Numbers.None)));
        rows.Add(Row("Classes", entry => new Cell(entry.Classes is { } classes ? Numbers.Whole(classes) : Numbers.None)));
        return new ReportTable(
            "accuracy", "Accuracy on the test split in per cent.", Columns("", entries), 0, rows,
            "“untrained”: the same classifier on the same encoder before any training, which features as given have not.");

        ReportRow Row(string label, Func<ComparedEntry, Cell> of) => new(label, [.. entries.Select(of)]);
    }

    /// <summary>The bounds at each K that any has.</summary>
    public static ReportTable Bounds(IReadOnlyList<ComparedEntry> entries)
    {
        List<ReportRow> rows = [];
        foreach (int negatives in entries.SelectMany(entry => entry.Bounds).Select(bound => bound.Negatives).Distinct().Order())
        {
            BoundReport?[] at = [.. entries.Select(entry => entry.Bounds.FirstOrDefault(bound => bound.Negatives == negatives))];
            rows.Add(new ReportRow(FormattableString.Invariant($"K = {negatives}")));
            foreach (BoundName name in at.OfType<BoundReport>().SelectMany(bound => bound.Bounds).Where(row => row.Holds).Select(row => row.Name).Distinct())
            {
                Add(name.Label, bound => bound.Bounds.FirstOrDefault(row => row.Name == name) is not { Holds: true } row ? new Cell(Numbers.None)
                    : new Cell(Numbers.Number(row.Value ?? double.PositiveInfinity), IsWeak: !(row.Value <= (bound.AnyEncoder ?? double.PositiveInfinity))));
            }

            Add("Any encoder at all: B(C, t)", bound => new Cell(bound.AnyEncoder is { } any ? Numbers.Number(any) : Numbers.None));
            Add("L_{sup}, measured", bound => new Cell(Numbers.Number(bound.Quantity(QuantityName.MeanClassifierLoss))));
            Add("L_{Info}, measured", bound => new Cell(Numbers.Number(bound.Quantity(QuantityName.ContrastiveLoss))));
            Add("Temperature t", bound => new Cell(Numbers.Number(bound.Temperature)));

            void Add(string label, Func<BoundReport, Cell> of) =>
                rows.Add(new ReportRow(label, [.. at.Select(bound => bound is null ? new Cell(Numbers.None) : of(bound))]));
        }

        return new ReportTable(
            "bounds", "Upper bounds of the supervised loss L_{sup} in nats.", Columns("", entries), 0, rows,
            "In weak italics: vacuous, or above B(C, t), which the loss of no encoder exceeds, so that the bound says nothing. Losses at other temperatures do not compare.");
    }

    /// <summary>The measures; null where none has any.</summary>
    public static ReportTable? Measures(IReadOnlyList<ComparedEntry> entries)
    {
        List<ReportRow> rows = [];
        Add("Views of the test samples", entry => (entry.Bounds.Count > 0 ? entry.Bounds[0].Measures : null) ?? []);
        Add("Plain test samples after the head", entry => entry.Measures.Where(measure => measure.Head).Select(measure => measure.Measure));
        Add("Plain test samples before the head, or as given", entry => entry.Measures.Where(measure => !measure.Head).Select(measure => measure.Measure));
        if (entries.Any(entry => entry.Collision is not null))
        {
            rows.Add(new ReportRow("Training samples"));
            rows.Add(new ReportRow("Collision bound Δ, without 1/t", [.. entries.Select(entry => new Cell(entry.Collision is { } bound ? Numbers.Number(bound.Delta) : Numbers.None)),
                new Cell("How far a class' samples pull an anchor from its own positive; 0 for a collapsed class."), new Cell("Nozawa and Sato 2021")]));
        }

        return rows.Count == 0 ? null : new ReportTable(
            "measures", "Measures of the representations.", [.. Columns("", entries), "How to read it", "Source"], 2, rows,
            "A measure compares encoders of one width and one method; none of them stands for the accuracy. Of several K, measures of views are at the smallest.");

        void Add(string heading, Func<ComparedEntry, IEnumerable<MeasuredValue>> of)
        {
            MeasuredValue[][] values = [.. entries.Select(entry => of(entry).ToArray())];
            MeasureName[] names = [.. values.SelectMany(value => value).Select(measure => measure.Name).Distinct()];
            if (names.Length == 0) return;
            rows.Add(new ReportRow(heading));
            foreach (MeasureName name in names)
            {
                rows.Add(new ReportRow(name.Label, [
                    .. values.Select(some => new Cell(some.FirstOrDefault(measure => measure.Name == name) is { } found ? Numbers.Number(found.Value) : Numbers.None)),
                    new Cell(name.Reading), new Cell(name.Source)]));
            }
        }
    }

    /// <summary>The settings in which runs differ, or all that one run has beside the defaults, and what features are.</summary>
    public static ReportTable Settings(IReadOnlyList<ComparedEntry> entries)
    {
        JsonObject?[] settings = [.. entries.Select(entry => entry.Run is null ? null : FlatSettings.Of(entry.Run.Settings))];
        JsonObject[] given = [.. settings.OfType<JsonObject>()];
        JsonObject reference = given.Length == 1 ? FlatSettings.Of(new TrainingSettings()) : given.FirstOrDefault() ?? [];
        string[] names = [.. FlatSettings.Names.Where(name => given.Any(one => !JsonNode.DeepEquals(one[name], reference[name])))];
        List<ReportRow> rows =
        [
            new("What it is", [.. entries.Select(entry => new Cell(entry.Run is null ? "features" : "run"))]),
            new("Data", [.. entries.Select(entry => new Cell(entry.Data))]),
        ];
        if (given.Length > 0)
        {
            rows.Add(new("Updates", [.. entries.Select(entry => new Cell(entry.Run is { } run ? $"{Whole(run.State.Step)} of {Whole(run.State.TotalSteps)}" : Numbers.None))]));
            rows.Add(new("Peak learning rate", [.. entries.Select(entry => new Cell(entry.Run is { } run ? Numbers.Number(run.Settings.PeakRate) : Numbers.None))]));
        }

        if (given.Length < entries.Count)
            rows.Add(new("Features of a sample", [.. entries.Select(entry => new Cell(entry.Given is { } features ? Numbers.Whole(features.Dimension) : Numbers.None))]));
        rows.AddRange(names.Select(name => new ReportRow(name, [.. settings.Select(one => new Cell(one is null ? Numbers.None : Word(one[name])))])));
        return new ReportTable(
            "settings", given.Length > 1 ? "What differs." : "What it is.", Columns("setting", entries), entries.Count, rows,
            given.Length > 1 ? "Settings that all runs share are in the command lines below." : null);
    }

    private static string Word(JsonNode? value) => value is null ? Numbers.None : value.ToString();

    private static string Whole(long value) => value.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    private static string[] Columns(string first, IReadOnlyList<ComparedEntry> entries) => [first, .. entries.Select(entry => entry.Name)];
}
