using System.Globalization;
using NegSamples.Similarity;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>A report of two towers for a person, and as CSV.</summary>
internal static class TowerPrint
{
    public static void Print(Terminal terminal, TowerReport report)
    {
        string bias = report.Bias is { } b ? FormattableString.Invariant($", b = {b:G6}") : "";
        string files = $"{report.Queries} and {report.Keys}";
        terminal.Say($"{Name(report.Loss)} of {files}: N = {report.Rows}, D = {report.Dimension}, T = {report.Temperature:G6}{bias}; {report.Device}");
        Table grid = terminal.NewTable();
        grid.AddColumn("");
        grid.AddColumn(new TableColumn("").RightAligned());
        foreach ((string name, double? value) in Values(report))
        {
            if (value is { } number) grid.AddRow(name, Number(number));
        }

        terminal.Show(grid);
        terminal.Say($"Retrieval by the greatest dot product: a query finds its key in {Share(report.OfQueries)}, a key its query in {Share(report.OfKeys)}.");
        string extra = SimilarityNeed.Text(report.ExtraBytes);
        terminal.Say($"Loss and gradients took {SimilarityPass.Milliseconds(report.Seconds)} ms and {extra} beside rows and gradients.");
    }

    public static void WriteCsv(TextWriter output, TowerReport report)
    {
        (string Name, object? Value)[] cells =
        [
            ("queries", report.Queries), ("keys", report.Keys), ("rows", report.Rows), ("dimension", report.Dimension), ("normalised", report.Normalised),
            ("loss", Name(report.Loss)), ("temperature", report.Temperature), ("bias", report.Bias), ("mean", report.Mean),
            ("queries_to_keys", report.QueriesToKeys), ("keys_to_queries", report.KeysToQueries),
            ("query_gradient_norm", report.QueryGradientNorm), ("key_gradient_norm", report.KeyGradientNorm),
            ("by_temperature", report.ByTemperature), ("by_scale", report.ByScale), ("by_bias", report.ByBias), ("queries_top1", report.OfQueries.Top1),
            ("queries_top5", report.OfQueries.Top5), ("keys_top1", report.OfKeys.Top1), ("keys_top5", report.OfKeys.Top5), ("seconds", report.Seconds),
            ("extra_bytes", report.ExtraBytes),
        ];
        output.WriteLine(string.Join(',', cells.Select(cell => cell.Name)));
        output.WriteLine(string.Join(',', cells.Select(cell => Quoted(Convert.ToString(cell.Value, CultureInfo.InvariantCulture)!))));
    }

    private static IEnumerable<(string Name, double? Value)> Values(TowerReport report) =>
    [
        ("loss", report.Mean), ("  queries to keys", report.QueriesToKeys), ("  keys to queries", report.KeysToQueries), ("|dq|", report.QueryGradientNorm),
        ("|dk|", report.KeyGradientNorm), ("dL/dT", report.ByTemperature), ("dL/dt, t = 1/T", report.ByScale), ("dL/db", report.ByBias),
    ];

    private static string Name(TowerLoss loss) => loss == TowerLoss.Sigmoid ? "sigmoid" : "info-nce";

    private static string Share(TowerRecall recall) => FormattableString.Invariant($"{100 * recall.Top1:F2} % (among five {100 * recall.Top5:F2} %)");

    private static string Number(double value) => value.ToString("G7", CultureInfo.InvariantCulture);

    // Paths are the user's own words.
    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
