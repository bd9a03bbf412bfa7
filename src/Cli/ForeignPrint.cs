using System.Globalization;
using NegSamples.Study.Foreign;
using NegSamples.Theory.Measures;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>The evaluation of features as given, as tables for a person.</summary>
internal static class ForeignPrint
{
    public static void Print(Terminal terminal, ForeignEvaluationReport report)
    {
        terminal.Say($"Features as given, {report.Dimension} a sample: classifiers from {report.Train.Samples:N0} of {report.Train.Features}, accuracy on {report.Test.Samples:N0} of {report.Test.Features}, {Counted.Of(report.Classes, "class")}; always the commonest class: {EvaluationTable.Percent(report.Chance)} %");
        bool isUnequal = report.Rows.Any(row => row.Balanced is not null), hasFive = report.Rows.Any(row => row.Top5 is not null);
        Table table = terminal.NewTable();
        table.AddColumn("classifier");
        foreach (string heading in (string[])["top-1 %", .. hasFive ? ["top-5 %"] : Array.Empty<string>(), .. isUnequal ? ["balanced %"] : Array.Empty<string>(), "seed"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("protocol");
        foreach (ForeignRow row in report.Rows)
            table.AddRow([
                row.Classifier, EvaluationTable.Percent(row.Top1), .. hasFive ? [EvaluationTable.Percent(row.Top5 ?? double.NaN)] : Array.Empty<string>(),
                .. isUnequal ? [EvaluationTable.Percent(row.Balanced ?? double.NaN)] : Array.Empty<string>(),
                row.Seed.ToString(CultureInfo.InvariantCulture), Markup.Escape(row.Protocol)]);
        terminal.Show(table);
        terminal.Say($"What the test features are like, without a classifier:");
        Table measured = terminal.NewTable();
        measured.AddColumn("measure");
        measured.AddColumn(new TableColumn("value").RightAligned());
        measured.AddColumn("how to read it");
        measured.AddColumn("source");
        foreach (MeasuredValue measure in report.Measures)
            measured.AddRow(
                measure.Name.Key, measure.Value.ToString("G4", CultureInfo.InvariantCulture), Markup.Escape(BoundPrint.Plain(measure.Name.Reading)),
                Markup.Escape(measure.Name.Source));
        terminal.Show(measured);
        EvaluationTable.SayUndefined(terminal, report.Measures.Select(measure => measure.Name));
        foreach (string missing in report.Missing) terminal.Say($"Not measured: {missing}");
    }
}
