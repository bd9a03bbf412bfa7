using System.Globalization;
using System.Text;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NegSamples.Bench.Comparison;
using NegSamples.Bench.Devices;

namespace NegSamples.Bench;

/// <summary>All benchmarks of a run as one Markdown table: median, spread and what the roofs say.</summary>
internal static class ResultTable
{
    public static string Of(IEnumerable<Summary> summaries)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"Roofs in this run: {BenchDevice.DescribeRoofs()}");
        text.AppendLine();
        string time = BenchDevice.IsGpu ? "Device" : "Median";
        text.AppendLine($"| Operation | Case | {time} ms | IQR % | n | {string.Join(" | ", RoofColumn.All.Select(column => column.ColumnName))} |");
        text.AppendLine("|---|---|--:|--:|--:|" + string.Concat(Enumerable.Repeat("--:|", RoofColumn.All.Count)));
        foreach (Summary summary in summaries)
        {
            foreach (BenchmarkCase item in summary.BenchmarksCases) text.AppendLine(Row(summary, item));
        }

        return text.ToString();
    }

    private static string Row(Summary summary, BenchmarkCase item)
    {
        string operation = MeasuredRun.NameOf(item);
        string parameters = string.Join(", ", item.Parameters.Items.Select(parameter => $"{parameter.Name} {parameter.Value}"));
        if (summary[item]?.ResultStatistics is not { } time)
            return $"| {operation} | {parameters} | failed | | | " + string.Concat(Enumerable.Repeat(" |", RoofColumn.All.Count));
        string roofs = string.Join(" | ", RoofColumn.All.Select(column => column.GetValue(summary, item)));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {operation} | {parameters} | {time.Median / 1e6:G4} | {100 * time.InterquartileRange / time.Median:F1} | {time.N} | {roofs} |");
    }
}
