using NegSamples.Bench;
using NegSamples.Bench.Comparison;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Bench.Devices;

/// <summary>The benchmarks through CUDA, on a driver that is emulated.</summary>
[Collection("emulated driver")]
public sealed class GpuBenchTests : IDisposable
{
    private const int Calls = 3, Iterations = 2, Rows = 512;
    private readonly CudaDriver driver = EmulatedDriver.Start();

    public void Dispose() => BenchDevice.UseCpu();

    [Fact]
    public void ABenchmarkIsARowOfLaunchesToOneWait()
    {
        Assert.Null(driver.Refusal());
        BenchDevice.UseGpu(precision => new CudaOps(new GpuDevice(driver), precision), gpu => gpu.MeasurePeak(0, 1 << 16));
        Assert.Contains("Emulated GPU", BenchDevice.Name, StringComparison.Ordinal);
        Assert.Equal([Precision.BFloat16, Precision.TensorFloat32, Precision.Float32], BenchDevice.Precisions);

        BenchRun run = BenchRun.Try(["--filter", $"*L2NormalizeBench*Rows: {Rows}*"], Iterations, Calls);
        Assert.False(run.Failed);
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);

        Measurement[] measured = [.. run.Measurements];
        Assert.Equal(BenchDevice.Name, measured[0].Shape);
        Assert.Equal(["L2Normalize.Forward", "L2Normalize.Backward"], measured[1..].Select(line => line.Name));
        Assert.All(measured[1..], line =>
        {
            Assert.Null(line.Error);
            Assert.Equal(("Rows 512", "fp32", Iterations), (line.Shape, line.Precision, line.Rounds));

            // The driver works when the host waits for it, so the calls themselves take next to nothing of the time.
            Assert.InRange(line.HostMs, 1e-6, line.MedianMs / 2);
            Assert.InRange(line.Bytes, 4L * Rows * ((4 * 128) + 1), 8L * Rows * ((4 * 128) + 1));
        });
        string[] rows = [.. run.Table.Split('\n').Where(line => line.StartsWith("| L2Normalize", StringComparison.Ordinal))];
        Assert.All(rows, row => Assert.DoesNotContain("failed", row, StringComparison.Ordinal));
        Assert.Equal(2, rows.Length);
    }

    /// <summary>Other kernels are measured in the precision that they are for, against their own peak, and named beside it.</summary>
    [Theory]
    [InlineData(MatrixKernels.Wgmma, "wgmma")]
    [InlineData(MatrixKernels.Tma, "tma")]
    internal void OtherKernelsAreMeasuredWhereTheyDiffer(MatrixKernels kernels, string name)
    {
        BenchDevice.UseGpu(
            precision => new CudaOps(new PlanningDevice { Warpgroups = true, TensorMaps = true }, precision, kernels),
            gpu => new DevicePeak(gpu.MatrixKernels == kernels ? 2 : 1, 1));
        Assert.Equal([Precision.BFloat16], BenchDevice.Precisions);
        Assert.DoesNotContain(name, BenchDevice.Name, StringComparison.Ordinal);
        BenchRun run = BenchRun.Try(["--filter", "*MatMulBench*"], iterations: 1, calls: 1);
        Assert.False(run.Failed);
        Assert.Equal(MatMulBench.Shapes.Count(), run.Measurements.Count - 1);
        Assert.All(run.Measurements.Skip(1), line => Assert.Equal(("bf16", name, 2), (line.Precision, line.Kernels, line.PeakGflops)));
        BenchDevice.UseCpu();
        Assert.Equal([Precision.Float32, Precision.BFloat16], BenchDevice.Precisions);
    }

    /// <summary>One method of each, on a device that only counts: what a benchmark would read or write in host memory is not there.</summary>
    [Fact]
    public void EveryBenchmarkFindsItsTensorsOnTheGpu()
    {
        BenchDevice.UseGpu(precision => new CudaOps(new PlanningDevice(), precision), _ => new DevicePeak(1, 1));
        BenchRun run = BenchRun.Try(
            [
                "--filter", "*AugmentViewsBench*", "*BatchNormBench.Backward*Channels: 512*BFloat16*",
                "*ContrastiveLossBench.AllGradientsSpilled* 256 x*BFloat16*", "*Conv2dBench*512x4x4*BFloat16*", "*CountNonFiniteBench*",
                "*ElementBench.MovingAverage* 65536)*", "*EmbeddingBagBench* 10000)*", "*InBatchNegativesBench* 1024 x*BFloat16*",
                "*L2NormalizeBench* 512)*", "*ManyViewsBench* 3)*", "*MatMulBench* 512 x 512 x 512*BFloat16*", "*NtXentBench* 512,*BFloat16*",
                "*OptimizerBench.AdamW*", "*PoolBench.MaxBackward*", "*ResNet18StepBench.SimClrStep*BFloat16*", "*SoftmaxCrossEntropyBench* 10)*",
            ],
            iterations: 1, calls: 1);
        Assert.False(run.Failed);
        string[] classes = [.. typeof(OperationBench).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(OperationBench)) && !type.IsAbstract && type != typeof(ContrastiveLossManyKeysBench))
            .Select(type => type.Name[..^5])];
        Assert.Equal(classes.Order(StringComparer.Ordinal),
            run.Measurements.Skip(1).Select(line => line.Name.Split('.')[0]).Distinct().Order(StringComparer.Ordinal));
    }
}
