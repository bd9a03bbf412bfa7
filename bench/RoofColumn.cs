using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Bench;

/// <summary>A column that sets a benchmark's median time against its floor and the machine's peak.</summary>
/// <param name="name">The heading.</param>
/// <param name="legend">What it shows.</param>
/// <param name="value">From the floor, the median in nanoseconds and the precision; NaN where it does not apply.</param>
public sealed class RoofColumn(string name, string legend, Func<Floor, double, Precision, double> value) : IColumn
{
    /// <summary>All of them, in the order in which they are read.</summary>
    public static IReadOnlyList<RoofColumn> All { get; } =
    [
        new("GFLOP/s", "FLOPs of the formula over the median time", (floor, time, _) => floor.Flops > 0 ? floor.Flops / time : double.NaN),
        new("% peak", "of the multiply-adds of the same precision that all cores reached in this run", (floor, time, precision) =>
            floor.Flops > 0 ? 100 * floor.Flops / time / PeakOf(precision) : double.NaN),
        new("GB/s", "least memory traffic over the median time", (floor, time, _) => floor.Flops > 0 ? double.NaN : floor.Bytes / time),
        new("% memory", "of the triad that all cores reached in this run; above 100 the cache holds it",
            (floor, time, _) => floor.Flops > 0 ? double.NaN : 100 * floor.Bytes / time / MachinePeak.GigabytesPerSecond),
        new("images/s", "images over the median time", (floor, time, _) => floor.Images > 0 ? floor.Images / time * 1e9 : double.NaN),
    ];

    public string Id => nameof(RoofColumn) + "." + name;

    public string ColumnName => name;

    public string Legend => legend;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "failed";
        OperationBench bench = BenchOf(benchmarkCase);
        double shown = value(bench.FloorOf(benchmarkCase.Descriptor.WorkloadMethod.Name), statistics.Median, bench.Precision);
        return double.IsNaN(shown) ? "-" : shown.ToString(shown < 100 ? "F1" : "F0", CultureInfo.InvariantCulture);
    }

    private static double PeakOf(Precision precision) => precision == Precision.BFloat16 ? MachinePeak.BFloat16Gflops : MachinePeak.Gflops;

    private static OperationBench BenchOf(BenchmarkCase benchmarkCase)
    {
        Type type = benchmarkCase.Descriptor.Type;
        OperationBench bench = (OperationBench)Activator.CreateInstance(type)!;
        foreach (ParameterInstance parameter in benchmarkCase.Parameters.Items)
        {
            PropertyInfo property = type.GetProperty(parameter.Name)
                ?? throw new InvalidOperationException($"{type.Name} has no public property {parameter.Name}.");
            property.SetValue(bench, parameter.Value);
        }

        return bench;
    }
}
