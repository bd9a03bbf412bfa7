using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;

namespace NegSamples.Bench.Comparison;

/// <summary>The benchmarks of a run as measurements, to be set beside those of others.</summary>
internal static class MeasuredRun
{
    /// <summary>The device, then a measurement for each benchmark.</summary>
    public static IEnumerable<Measurement> Of(IEnumerable<Summary> summaries)
    {
        yield return new(Measurement.Machine, BenchDevice.IsGpu ? BenchDevice.Name : "CPU", "", "NegSamples");
        foreach (Summary summary in summaries)
        {
            foreach (BenchmarkCase item in summary.BenchmarksCases) yield return Of(summary, item);
        }
    }

    /// <summary>"MatMul.Forward".</summary>
    public static string NameOf(BenchmarkCase item) =>
        item.Descriptor.Type.Name.Replace("Bench", "", StringComparison.Ordinal) + "." + item.Descriptor.WorkloadMethod.Name;

    private static Measurement Of(Summary summary, BenchmarkCase item)
    {
        OperationBench bench = RoofColumn.BenchOf(item);
        string shape = string.Join(", ", item.Parameters.Items.Where(parameter => parameter.Name != nameof(OperationBench.Precision))
            .Select(parameter => $"{parameter.Name} {parameter.Value}"));
        Measurement measurement = new(NameOf(item), shape, PrecisionNames.Of(bench.Precision), "NegSamples")
        {
            Kernels = BenchDevice.Kernels == MatrixKernels.Mma ? null : MatrixKernelNames.Of(BenchDevice.Kernels),
            Flops = bench.FloorOf(item.Descriptor.WorkloadMethod.Name).Flops, PeakGflops = BenchDevice.RoofOf(bench.Precision).Gflops,
        };
        if (summary[item]?.ResultStatistics is not { } time) return measurement with { Error = "failed" };
        (double hostShare, long bytes) = StreamTimes.Of(item);
        return measurement with
        {
            MedianMs = time.Median / 1e6, Q1Ms = time.Q1 / 1e6, Q3Ms = time.Q3 / 1e6, Rounds = time.N, Bytes = bytes,
            HostMs = double.IsNaN(hostShare) ? 0 : hostShare * time.Median / 1e6,
        };
    }
}
