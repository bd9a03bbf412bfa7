using System.Globalization;
using NegSamples.Theory.Tables;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>A coupon table for a person.</summary>
internal static class CouponPrint
{
    // Below it the digits of upsilon say less than its logarithm does.
    private const double Tiny = 1e-12;

    // A console's table of more rows takes minutes to lay out; these are written line by line.
    private const int MostLaidOut = 1000;

    public static void Print(Terminal terminal, CouponTable table, string? picture)
    {
        string kind = table.Population is { } population ? $"draws without replacement from {Counted.Of(population, "sample")}" : "independent draws";
        terminal.Say($"{Counted.Of(table.Classes, table.IsUniform ? "equally frequent class" : "unequally frequent class")}, {kind}");
        bool hasTiny = table.Rows.Any(row => row.Upsilon < Tiny);
        string[] headings = Shown(["n", "upsilon", "log10 upsilon", "1 - upsilon", "K", "tau_K", "E ln(Col+1)"], hasTiny);
        string[][] rows = [.. table.Rows.Select(row => Shown([Number(row.Draws), Number(row.Upsilon), Logarithm(row), Number(row.MissProbability),
            Number(row.Negatives), Number(row.Tau), Number(row.ExpectedLogCollisions)], hasTiny))];
        if (rows.Length <= MostLaidOut) LayOut(terminal, headings, rows);
        else WriteLines(terminal, headings, rows);
        if (table.ExpectedDraws is { } expected)
        {
            terminal.Say($"All classes are covered after {Number(expected)} {Counted.Noun(expected, "draw")} on average.");
            terminal.Say($"{string.Join("; ", table.Thresholds.Select(Threshold))}.");
        }
        else terminal.Say($"No number of draws covers all classes: some class has no sample.");

        if (picture is not null) terminal.Say($"Drawn in {picture}.");
    }

    private static string[] Shown(string[] cells, bool hasTiny) => hasTiny ? cells : [.. cells.Where((_, i) => i != 2)];

    private static void LayOut(Terminal terminal, string[] headings, string[][] rows)
    {
        Table grid = terminal.NewTable();
        foreach (string heading in headings) grid.AddColumn(new TableColumn(heading).RightAligned());
        foreach (string[] row in rows) grid.AddRow(row);
        terminal.Show(grid);
    }

    private static void WriteLines(Terminal terminal, string[] headings, string[][] rows)
    {
        int[] widths = [.. headings.Select((heading, column) => Math.Max(heading.Length, rows.Max(row => row[column].Length)))];
        foreach (string[] row in rows.Prepend(headings))
        {
            terminal.Stop.ThrowIfCancellationRequested();
            terminal.Output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadLeft(widths[column]))));
        }
    }

    private static string Logarithm(CouponRow row) => row.Log10Upsilon is not { } logarithm ? "-inf" : row.Upsilon < Tiny ? Number(logarithm) : "";

    private static string Threshold(CouponThreshold threshold) => threshold.Draws is { } draws
        ? FormattableString.Invariant($"upsilon >= {threshold.Probability} from n = {draws} on")
        : FormattableString.Invariant($"upsilon >= {threshold.Probability} at no n below 2^31");

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
