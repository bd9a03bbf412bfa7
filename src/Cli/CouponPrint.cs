using System.Globalization;
using NegSamples.Theory.Tables;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>A coupon table for a person.</summary>
internal static class CouponPrint
{
    // Below it the digits of upsilon say less than its logarithm does.
    private const double Tiny = 1e-12;

    public static void Print(Terminal terminal, CouponTable table, string? picture)
    {
        string kind = table.Population is null ? "independent draws"
            : FormattableString.Invariant($"draws without replacement from {table.Population} samples");
        terminal.Say($"{table.Classes} {(table.IsUniform ? "equally frequent" : "unequally frequent")} classes, {kind}");
        bool hasTiny = table.Rows.Any(row => row.Upsilon < Tiny);
        Table grid = terminal.NewTable();
        foreach (string heading in new[] { "n", "upsilon", "log10 upsilon", "1 - upsilon", "K", "tau_K", "E ln(Col+1)" })
        {
            if (hasTiny || heading != "log10 upsilon") grid.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (CouponRow row in table.Rows)
        {
            string[] cells = [Number(row.Draws), Number(row.Upsilon), Logarithm(row), Number(row.MissProbability), Number(row.Negatives), Number(row.Tau),
                Number(row.ExpectedLogCollisions)];
            grid.AddRow(hasTiny ? cells : [.. cells.Where((_, i) => i != 2)]);
        }

        // A table of many rows takes a minute to lay out; a request to stop leaves it behind.
        Task.Run(() => terminal.Console.Write(grid)).Wait(terminal.Stop);
        if (table.ExpectedDraws is { } expected)
        {
            terminal.Say($"All classes are covered after {Number(expected)} draws on average.");
            terminal.Say($"{string.Join("; ", table.Thresholds.Select(Threshold))}.");
        }
        else terminal.Say($"No number of draws covers all classes: some class has no sample.");

        if (picture is not null) terminal.Say($"Drawn in {picture}.");
    }

    private static string Logarithm(CouponRow row) => row.Log10Upsilon is not { } logarithm ? "-inf" : row.Upsilon < Tiny ? Number(logarithm) : "";

    private static string Threshold(CouponThreshold threshold) => threshold.Draws is { } draws
        ? FormattableString.Invariant($"upsilon >= {threshold.Probability} from n = {draws} on")
        : FormattableString.Invariant($"upsilon >= {threshold.Probability} at no n below 2^31");

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
