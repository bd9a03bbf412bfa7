using System.Globalization;
using NegSamples.Training.Evaluation;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>An evaluation as a table for a person.</summary>
internal static class EvaluationTable
{
    public static void Print(Terminal terminal, EvaluationReport report)
    {
        terminal.Say($"{report.Checkpoint} on {report.Data}: classifiers from {report.TrainImages:N0} training images, accuracy on {report.TestImages:N0} test images, {report.Classes} classes");
        Table table = terminal.NewTable();
        table.AddColumn("classifier");
        table.AddColumn("features");
        foreach (string heading in new[] { "top-1 %", "top-5 %", "untrained top-1 %", "untrained top-5 %", "gain" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("seed");
        table.AddColumn("protocol");
        foreach (EvaluationRow row in report.Rows)
        {
            table.AddRow(
                row.Classifier, row.Head ? "after head"
                : "before head", Percent(row.Top1), Percent(row.Top5), Percent(row.UntrainedTop1), Percent(row.UntrainedTop5),
                (100 * (row.Top1 - row.UntrainedTop1)).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture), row.Seed.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(row.Protocol));
        }

        terminal.Console.Write(table);
    }

    public static string Percent(double proportion) => double.IsNaN(proportion) ? "-" : (100 * proportion).ToString("F1", CultureInfo.InvariantCulture);
}
