using System.Globalization;
using System.Text;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Bench;

/// <summary>All benchmarks of a run as one Markdown table: median, spread and what the roofs say.</summary>
internal static class ResultTable
{
    public static string Of(IEnumerable<Summary> summaries)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"Roofs in this run: {MachinePeak.Gflops:F0} GFLOP/s of multiply-adds on {Environment.ProcessorCount} "
            + $"threads ({MachinePeak.GflopsOfOneThread:F0} on one), {MachinePeak.BFloat16Gflops:F0} of bfloat16, {MachinePeak.GigabytesPerSecond:F1} GB/s of triad.");
        text.AppendLine();
        text.AppendLine("| Operation | Case | Median ms | IQR % | n | " + string.Join(" | ", RoofColumn.All.Select(column => column.ColumnName)) + " |");
        text.AppendLine("|---|---|--:|--:|--:|" + string.Concat(Enumerable.Repeat("--:|", RoofColumn.All.Count)));
        foreach (Summary summary in summaries)
        {
            foreach (BenchmarkCase item in summary.BenchmarksCases) text.AppendLine(Row(summary, item));
        }

        return text.ToString();
    }

    private static string Row(Summary summary, BenchmarkCase item)
    {
        string operation = item.Descriptor.Type.Name.Replace("Bench", "", StringComparison.Ordinal) + "." + item.Descriptor.WorkloadMethod.Name;
        string parameters = string.Join(", ", item.Parameters.Items.Select(parameter => $"{parameter.Name} {parameter.Value}"));
        if (summary[item]?.ResultStatistics is not { } time)
            return $"| {operation} | {parameters} | failed | | | " + string.Concat(Enumerable.Repeat(" |", RoofColumn.All.Count));
        string roofs = string.Join(" | ", RoofColumn.All.Select(column => column.GetValue(summary, item)));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {operation} | {parameters} | {time.Median / 1e6:G4} | {100 * time.InterquartileRange / time.Median:F1} | {time.N} | {roofs} |");
    }
}
