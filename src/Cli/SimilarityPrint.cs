using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Similarity;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>A report of similarities for a person, and as CSV.</summary>
internal static class SimilarityPrint
{
    public static void Print(Terminal terminal, SimilarityReport report)
    {
        bool isOfRows = report.Form is SimilarityForm.NtXent or SimilarityForm.TwoTower;
        string queries = isOfRows || report.Rows.Count == 0 ? "" : FormattableString.Invariant($"{Counted.Of(report.Rows[0].Rows, "query")}, ");
        string bias = report.Bias is { } value ? FormattableString.Invariant($", b = {value:G6}") : "";
        terminal.Say($"{Name(report.Form)}: {queries}D = {report.Dimension}, T = {report.Temperature:G6}{bias}; {report.Device}; {report.Processor}");
        if (report.Ranks > 1)
        {
            string parts = string.Join(", ", report.Rows.Select(row => $"K = {Number(row.Keys)}: {KeysOfRank(report, row)} on each"));
            terminal.Say($"The keys lie on {Counted.Of(report.Ranks, "rank")}, {parts}; the queries travel. Pairs and GFLOP/s are those of all ranks, memory that of one.");
        }

        terminal.Say($"Peak in this run: {report.PeakGflops:F0} GFLOP/s of multiply-adds in {report.Precision}. {Counted.Of(report.Repetitions, "repetition")}; times are medians, in brackets the quartiles.");
        Table grid = terminal.NewTable();
        grid.AddColumn(new TableColumn("K").RightAligned());
        grid.AddColumn("method");
        grid.AddColumn("pass");
        foreach (string heading in new[] { "ms", "Gpairs/s", "GFLOP/s", "% peak", "extra MB", "resident MB", "loss error", "dq error", "dk error" })
            grid.AddColumn(new TableColumn(isOfRows ? heading.Replace("dq", "dz", StringComparison.Ordinal) : heading)
                .RightAligned());
        foreach (SimilarityRow row in report.Rows)
        {
            SimilarityError error = row.Error;
            grid.AddRow(
            [
                Number(row.Keys), Name(row.Method), "loss", .. Times(row.Forward), Megabytes(row.ExtraBytes), Megabytes(row.WorkingSetBytes), Error(error.Loss),
                Error(error.QueryGradient),
                error.KeyGradient is { } dk ? Error(dk) : "-",
            ]);
            grid.AddRow(["", "", "+ gradients", .. Times(row.ForwardBackward), "", "", "", "", ""]);
        }

        terminal.Show(grid);
        string enough = report.Form == SimilarityForm.Generic ? ", where 3 are enough for whoever keeps the logits" : "";
        terminal.Say($"Counted for either method, in products of 2*N*K*D FLOPs: {report.Rows[0].Forward.Products} for the loss, {report.Rows[0].ForwardBackward.Products} with gradients{enough}.");
        terminal.Say($"Errors against float64: {Sampled(report)}.");
        foreach (SimilarityNeed need in report.LeftOut)
            terminal.Say($"Left out: K = {need.Keys}, {Name(need.Method)}, needs {need}; {SimilarityNeed.Text(report.AvailableBytes)} were available.");
    }

    public static void WriteCsv(TextWriter output, SimilarityReport report)
    {
        string[] pass = ["products", "median_seconds", "lower_quartile_seconds", "upper_quartile_seconds", "pairs_per_second", "gflops", "peak_share",
            "floor_seconds"];
        output.WriteLine(string.Join(',',
        [
            "form", "ranks", "rows", "keys", "dimension", "temperature", "seed", "spill_bytes", "repetitions", "peak_gflops", "method", "input_bytes",
            "output_bytes", "extra_bytes", "working_set_bytes",
            .. pass.Select(name => "forward_" + name), .. pass.Select(name => "forward_backward_" + name),
            "error_queries", "loss_error", "query_gradient_error", "error_keys", "key_gradient_error", "column_truth",
        ]));
        foreach (SimilarityRow row in report.Rows)
        {
            object?[] values =
            [
                Name(report.Form), report.Ranks, row.Rows, row.Keys, report.Dimension, report.Temperature, report.Seed, report.SpillBytes
                ?? ContrastiveSettings.AutomaticSpillBytes(row.Keys, report.Dimension), report.Repetitions, report.PeakGflops, Name(row.Method),
                row.InputBytes, row.OutputBytes, row.ExtraBytes, row.WorkingSetBytes, .. Values(row.Forward), .. Values(row.ForwardBackward),
                row.Error.Queries, row.Error.Loss, row.Error.QueryGradient, row.Error.Keys, row.Error.KeyGradient, Name(row.Error.ColumnTruth),
            ];
            output.WriteLine(string.Join(',', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))));
        }
    }

    private static string KeysOfRank(SimilarityReport report, SimilarityRow row)
    {
        int least = row.Keys / report.Ranks, most = new SimilarityShape(report.Form, row.Rows, row.Keys, report.Dimension, report.Ranks).MostKeysOfRank;
        return least == most ? Number(least) : $"{Number(least)} or {Number(most)}";
    }

    private static object[] Values(SimilarityPass pass) =>
    [
        pass.Products, pass.MedianSeconds, pass.LowerQuartileSeconds, pass.UpperQuartileSeconds, pass.PairsPerSecond, pass.Gflops, pass.PeakShare,
        pass.FloorSeconds,
    ];

    private static string[] Times(SimilarityPass pass) =>
    [
        $"{SimilarityPass.Milliseconds(pass.MedianSeconds)} ({SimilarityPass.Milliseconds(pass.LowerQuartileSeconds)} - {SimilarityPass.Milliseconds(pass.UpperQuartileSeconds)})",
        (pass.PairsPerSecond / 1e9).ToString("G3", CultureInfo.InvariantCulture), pass.Gflops.ToString("F1", CultureInfo.InvariantCulture),
        (100 * pass.PeakShare).ToString("F1", CultureInfo.InvariantCulture),
    ];

    private static string Sampled(SimilarityReport report)
    {
        SimilarityError first = report.Rows[0].Error;
        string rows = FormattableString.Invariant($"losses (nats) and gradients (over their largest element) of {Counted.Of(first.Queries, "row")}");
        if (first.ColumnTruth == ColumnTruth.None) return rows;
        string keys = first.Keys > 0 ? FormattableString.Invariant($"{rows} and of {Counted.Of(first.Keys, "key")}") : rows;
        int[] measured = [.. report.Rows.Where(row => row.Error.ColumnTruth == ColumnTruth.MeasuredLoss).Select(row => row.Keys).Distinct()];
        if (report.Form == SimilarityForm.Sigmoid) return keys;
        return measured.Length == 0 ? keys + ", from the float64 softmax of every query"
            : FormattableString.Invariant($"{keys}; from K = {measured[0]} on the float64 softmax of all queries takes too long, and the keys' gradient stands on the measured losses of the others");
    }

    private static string Name(SimilarityForm form) => form switch
    {
        SimilarityForm.Generic => "generic", SimilarityForm.NtXent => "nt-xent", SimilarityForm.TwoTower => "two-tower", SimilarityForm.Sigmoid => "sigmoid",
        _ => "queue",
    };

    private static string Name(SimilarityMethod method) => method == SimilarityMethod.Streaming ? "streaming" : "materialised";

    private static string Name(ColumnTruth truth) => truth switch { ColumnTruth.Exact => "exact", ColumnTruth.MeasuredLoss => "measured-loss", _ => "none" };

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture);

    private static string Error(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
