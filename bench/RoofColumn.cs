using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>A column that sets a benchmark's median time against its floor and the device's peak.</summary>
/// <param name="name">The heading.</param>
/// <param name="legend">What it shows.</param>
/// <param name="value">NaN where it does not apply.</param>
internal sealed class RoofColumn(string name, string legend, Func<RoofColumn.Measured, double> value) : IColumn
{
    private static readonly RoofColumn[] OfAnyDevice =
    [
        new("GFLOP/s", "FLOPs of the formula over the median time", of => of.Floor.Flops > 0 ? of.Floor.Flops / of.Time : double.NaN),
        new("% peak", "of the multiply-adds of the same precision that the whole device reached in this run", of =>
            of.Floor.Flops > 0 ? 100 * of.Floor.Flops / of.Time / BenchDevice.RoofOf(of.Precision).Gflops : double.NaN),
        new("GB/s", "least memory traffic over the median time", of => of.Floor.Flops > 0 ? double.NaN : of.Floor.Bytes / of.Time),
        new("% memory", "of the triad that all cores, or the copies that the GPU reached in this run; above 100 a cache holds it",
            of => of.Floor.Flops > 0 ? double.NaN : 100 * of.Floor.Bytes / of.Time / BenchDevice.RoofOf(of.Precision).GigabytesPerSecond),
        new("images/s", "images over the median time", of => of.Floor.Images > 0 ? of.Floor.Images / of.Time * 1e9 : double.NaN),
    ];

    private static readonly RoofColumn[] OfGpu =
    [
        new("host us", "what a call took of the host until it returned; the other times are the GPU's, by events on its stream",
            of => of.HostShare * of.Time / 1e3),
        new("MB", "device memory of the tensors and the operations' workspace", of => of.Bytes / 1e6),
    ];

    /// <summary>Those of the device, in the order in which they are read.</summary>
    public static IReadOnlyList<RoofColumn> All => BenchDevice.IsGpu ? [.. OfGpu, .. OfAnyDevice] : OfAnyDevice;

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
        (double hostShare, long bytes) = StreamTimes.Of(benchmarkCase);
        double shown = value(new(bench.FloorOf(benchmarkCase.Descriptor.WorkloadMethod.Name), statistics.Median, bench.Precision, hostShare, bytes));
        return double.IsNaN(shown) ? "-" : shown.ToString(shown < 100 ? "F1" : "F0", CultureInfo.InvariantCulture);
    }

    /// <summary>An instance with the parameters of a benchmark, which was not set up.</summary>
    public static OperationBench BenchOf(BenchmarkCase benchmarkCase)
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

    /// <summary>What a column may show of a benchmark: its median time in nanoseconds, and on a GPU the host's time over it and the device's memory.</summary>
    internal readonly record struct Measured(Floor Floor, double Time, Precision Precision, double HostShare, long Bytes);
}
