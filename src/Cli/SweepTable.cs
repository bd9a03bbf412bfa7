using System.Globalization;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>What a sweep found, one row a run, for a person.</summary>
internal static class SweepTable
{
    public static void Print(Terminal terminal, SweepData data)
    {
        terminal.Say($"Accuracy before the head on the test samples in %, in brackets the same encoder untrained; upsilon: K + 1 samples hold all {Counted.Of(data.Classes, "class")}; losses in nats");
        Table table = terminal.NewTable();
        string[] axis = data.Manifest.Axis switch { SweepAxis.Temperature => ["temperature"], SweepAxis.Loss => ["loss"], _ => [] };
        foreach (string heading in (string[])["K", "batch", .. axis, "seed", "updates", "peak rate", "mean", "linear", "knn", "upsilon", "supervised loss", "its coupon-collector bound",
            "its CURL bound"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (RunData run in data.Runs)
        {
            table.AddRow([
                Text($"{run.Run.BoundNegatives}"), Text($"{run.Run.Settings.Batch.Size}"), .. axis.Select(_ => data.Label(run.Run.Value)), Text($"{run.Run.Seed}"),
                Text($"{run.State.TotalSteps}"), Text($"{run.Run.Settings.PeakRate:G3}"), Accuracy(run, "mean"),
                Accuracy(run, "linear"), Accuracy(run, "knn"),
                run.Bound is { } bound ? bound.Upsilon.Exact.ToString("G3", CultureInfo.InvariantCulture) : "-",
                run.Bound is { } measured ? measured.Quantity(QuantityName.MeanClassifierLoss).ToString("F2", CultureInfo.InvariantCulture) : "-",
                Bound(run, BoundName.CouponCollector), Bound(run, BoundName.Curl)]);
        }

        terminal.Show(table);
    }

    /// <summary>The same for a program.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="report">The report.</param>
    /// <param name="data">What was found.</param>
    public static FinishedSweep Summary(string sweep, string report, SweepData data) => new(sweep, report, [.. data.Runs.Select(run =>
    {
        double? Top1(string classifier) => run.Accuracy(classifier, head: false)?.Top1;
        return new FinishedRun(
            SweepFolder.RunPath(sweep, run.Run), run.Run.BoundNegatives, run.Run.Settings.Batch.Size, run.Run.Settings.Loss.Temperature,
            SweepRun.LossWord(run.Run.Settings.Loss.Kind), run.Run.Seed, run.State.TotalSteps, run.Run.Settings.PeakRate, Top1("mean"), Top1("linear"), Top1("knn"),
            run.Bound?.Upsilon.Exact, run.Bound?.Quantity(QuantityName.MeanClassifierLoss), run.Bound?.Bound(BoundName.CouponCollector)?.Value,
            run.Bound?.Bound(BoundName.Curl)?.Value);
    })]);

    private static string Accuracy(RunData run, string classifier) => run.Accuracy(classifier, head: false) is { } row
        ? $"{EvaluationTable.Percent(row.Top1)} ({EvaluationTable.Percent(row.UntrainedTop1 ?? double.NaN)})"
        : "-";

    private static string Bound(RunData run, BoundName name) => run.Bound?.Bound(name) is { } bound
        ? bound.Value is { } value ? value.ToString("G3", CultureInfo.InvariantCulture) : "vacuous"
        : "-";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
