using System.Globalization;
using NegSamples.Theory.Measures;
using NegSamples.Training.Evaluation;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>An evaluation as a table for a person.</summary>
internal static class EvaluationTable
{
    public static void Print(Terminal terminal, EvaluationReport report)
    {
        bool isUnequal = report.CommonestShare is not null, hasFive = report.Rows.Any(row => row.Top5 is not null);
        string chance = isUnequal ? $"; always the commonest class: {Percent(report.Chance)} %" : $"; chance {Percent(report.Chance)} %";
        terminal.Say($"{report.Checkpoint} on {report.Data}: classifiers from {Counted.Of(report.TrainImages, "training sample", "N0")}, accuracy on {Counted.Of(report.TestImages, "test sample", "N0")}, {Counted.Of(report.Classes, "class")}{chance}");
        if (report.HeldOutImages is { } heldOut)
            terminal.Say($"The paper's protocol: classifiers from augmented views; an epoch is chosen by {Counted.Of(heldOut, "held-out training sample", "N0")}, or as in the paper on the test samples themselves, which is optimistic.");
        Table table = terminal.NewTable();
        table.AddColumn("classifier");
        table.AddColumn("features");
        string[] five = hasFive ? ["top-5 %"] : [], untrainedFive = hasFive ? ["untrained top-5 %"] : [];
        string[] balanced = isUnequal ? ["balanced %", "untrained balanced %"] : [];
        foreach (string heading in (string[])["top-1 %", .. five, "untrained top-1 %", .. untrainedFive, .. balanced, "gain"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("seed");
        table.AddColumn("protocol");
        foreach (EvaluationRow row in report.Rows)
        {
            string[] recalls = isUnequal ? [Percent(row.Balanced ?? double.NaN), Percent(row.UntrainedBalanced ?? double.NaN)] : [];
            table.AddRow([
                Name(row), row.Head ? "after head"
                : "before head", Percent(row.Top1), .. Five(row.Top5), Percent(row.UntrainedTop1 ?? double.NaN), .. Five(row.UntrainedTop5), .. recalls,
                Gain(row), row.Seed.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(row.Protocol)]);
        }

        terminal.Show(table);
        if (report.Measures is not { Count: > 0 } measures) return;
        terminal.Say($"What the features of the test samples are like, without a classifier:");
        Table measured = terminal.NewTable();
        measured.AddColumn("measure");
        foreach (string heading in new[] { "before head", "after head" }) measured.AddColumn(new TableColumn(heading).RightAligned());
        measured.AddColumn("how to read it");
        measured.AddColumn("source");
        foreach (MeasureName name in measures.Select(measure => measure.Name).Distinct())
            measured.AddRow(
                name.Key, Number(name, head: false), Number(name, head: true), Markup.Escape(BoundPrint.Plain(name.Reading)), Markup.Escape(name.Source));
        terminal.Show(measured);
        SayUndefined(terminal, measures.Select(measure => measure.Name));

        string[] Five(double? share) => hasFive ? [Percent(share ?? double.NaN)] : [];
        string Number(MeasureName name, bool head) => measures.FirstOrDefault(measure => measure.Name == name && measure.Head == head) is { } measure
            ? measure.Value.ToString("G4", CultureInfo.InvariantCulture) : "-";
    }

    /// <summary>Says which measures these features have none of, as a table without them does not.</summary>
    public static void SayUndefined(Terminal terminal, IEnumerable<MeasureName> defined)
    {
        MeasureName[] undefined = [.. RepresentationMeasures.OfLabelled.Except(defined)];
        if (undefined.Length > 0) terminal.Say($"Not defined here, for want of samples, classes or directions: {string.Join(", ", undefined.Select(name => name.Key))}.");
    }

    private static string Name(EvaluationRow row) => row.Classifier + row.Selection switch
    {
        EpochSelection.Last => ", last epoch", EpochSelection.HeldOut => ", best by held-out", EpochSelection.Test => ", best test epoch (optimistic)", _ => "",
    };

    private static string Gain(EvaluationRow row) =>
        row.UntrainedTop1 is { } untrained ? (100 * (row.Top1 - untrained)).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : "-";

    public static string Percent(double proportion) => double.IsNaN(proportion) ? "-" : (100 * proportion).ToString("F1", CultureInfo.InvariantCulture);
}
