using NegSamples.Report.Plots;

namespace NegSamples.Similarity;

/// <summary>Time and memory against K as a figure.</summary>
public static class SimilarityPlot
{
    private const int TimeHeight = 380, MemoryHeight = 280; // pixels

    /// <summary>Loss with gradients: above the median time of each method with its quartiles, and the floor; below the memory beside inputs and outputs: what
    /// was taken or what became resident, whichever is more.</summary>
    /// <param name="report">What was measured.</param>
    /// <returns>SVG.</returns>
    public static string ToSvg(SimilarityReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        List<Series> times = [], memory = [];
        foreach (IGrouping<SimilarityMethod, SimilarityRow> method in report.Rows.GroupBy(row => row.Method).OrderBy(method => method.Key))
        {
            SimilarityRow[] rows = [.. method.OrderBy(row => row.Keys)];
            string name = method.Key == SimilarityMethod.Streaming ? "streaming" : "materialised";
            double[] keys = [.. rows.Select(row => (double)row.Keys)], median = [.. rows.Select(row => row.ForwardBackward.MedianSeconds)];
            times.Add(new(
                name, keys, median, [.. rows.Select(row => (row.ForwardBackward.UpperQuartileSeconds - row.ForwardBackward.LowerQuartileSeconds) / 2)]));
            memory.Add(new(name, keys, [.. rows.Select(row => Math.Max(row.ExtraBytes, row.WorkingSetBytes) / 1e6)]));
        }

        SimilarityRow[] sizes = [.. report.Rows.DistinctBy(row => row.Keys).OrderBy(row => row.Keys)];
        double[] all = [.. sizes.Select(row => (double)row.Keys)];
        double products = sizes.Length > 0 ? sizes[0].ForwardBackward.Products : 0;
        times.Add(new(
            FormattableString.Invariant($"floor: {Counted.Of(products, "product")} at {report.PeakGflops:F0} GFLOP/s"), all,
            [.. sizes.Select(row => row.ForwardBackward.FloorSeconds)]));
        bool hasRowsOfKeys = report.Form is SimilarityForm.NtXent or SimilarityForm.TwoTower;
        string queries = hasRowsOfKeys || sizes.Length == 0 ? "" : FormattableString.Invariant($"{Counted.Of(sizes[0].Rows, "query")}, ");
        string form = report.Form switch
        {
            SimilarityForm.Generic => "Loss, dq and dk",
            SimilarityForm.NtXent => "NT-Xent, loss and dz",
            SimilarityForm.TwoTower => "Two towers both ways, loss and gradients",
            SimilarityForm.Sigmoid => "Sigmoid loss, dq and dk",
            _ => "Queue, loss and dq",
        };
        Axis x = new("keys K", IsLogarithmic: true);
        Figure time = new(FormattableString.Invariant($"{form}: {queries}D = {report.Dimension}"), x, new Axis("seconds", IsLogarithmic: true), times);
        Figure space = new("Memory beside inputs and outputs", x, new Axis("MB", IsLogarithmic: true), memory);
        return Panels.Stack(Charts.Lines(time, height: TimeHeight, xTicks: all), Charts.Lines(space, height: MemoryHeight, xTicks: all));
    }
}
