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
        bool isUnequal = report.CommonestShare is not null;
        string chance = isUnequal ? $"; always the commonest class: {Percent(report.Chance)} %" : "";
        terminal.Say($"{report.Checkpoint} on {report.Data}: classifiers from {report.TrainImages:N0} training images, accuracy on {report.TestImages:N0} test images, {report.Classes} classes{chance}");
        Table table = terminal.NewTable();
        table.AddColumn("classifier");
        table.AddColumn("features");
        string[] balanced = isUnequal ? ["balanced %", "untrained balanced %"] : [];
        foreach (string heading in (string[])["top-1 %", "top-5 %", "untrained top-1 %", "untrained top-5 %", .. balanced, "gain"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("seed");
        table.AddColumn("protocol");
        foreach (EvaluationRow row in report.Rows)
        {
            string[] recalls = isUnequal ? [Percent(row.Balanced ?? double.NaN), Percent(row.UntrainedBalanced ?? double.NaN)] : [];
            table.AddRow([
                row.Classifier, row.Head ? "after head"
                : "before head", Percent(row.Top1), Percent(row.Top5), Percent(row.UntrainedTop1), Percent(row.UntrainedTop5), .. recalls,
                (100 * (row.Top1 - row.UntrainedTop1)).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture), row.Seed.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(row.Protocol)]);
        }

        terminal.Console.Write(table);
        if (report.Measures is not { Count: > 0 } measures) return;
        terminal.Say($"What the features of the test images are like, without a classifier:");
        Table measured = terminal.NewTable();
        measured.AddColumn("measure");
        foreach (string heading in new[] { "before head", "after head" }) measured.AddColumn(new TableColumn(heading).RightAligned());
        measured.AddColumn("how to read it");
        measured.AddColumn("source");
        foreach (MeasureName name in measures.Select(measure => measure.Name).Distinct())
            measured.AddRow(
                name.Key, Number(name, head: false), Number(name, head: true), Markup.Escape(BoundPrint.Plain(name.Reading)), Markup.Escape(name.Source));
        terminal.Console.Write(measured);

        string Number(MeasureName name, bool head) => measures.FirstOrDefault(measure => measure.Name == name && measure.Head == head) is { } measure
            ? measure.Value.ToString("G4", CultureInfo.InvariantCulture) : "-";
    }

    public static string Percent(double proportion) => double.IsNaN(proportion) ? "-" : (100 * proportion).ToString("F1", CultureInfo.InvariantCulture);
}
