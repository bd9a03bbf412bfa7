using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Bench.Devices;

/// <summary>The device of all benchmarks of this process: the CPU, unless a GPU was chosen before the first one is looked for.</summary>
internal static class BenchDevice
{
    private static readonly Dictionary<Precision, Roof> Roofs = [];
    private static Func<Precision, CudaOps>? openGpu;
    private static Func<CudaOps, DevicePeak> measure = gpu => gpu.MeasurePeak();

    /// <summary>Whether that is a GPU.</summary>
    public static bool IsGpu => openGpu is not null;

    /// <summary>What a GPU's products in bfloat16 are made of.</summary>
    public static MatrixKernels Kernels { get; private set; }

    /// <summary>The precisions that it has; with other kernels than the usual ones that alone in which they differ.</summary>
    public static IReadOnlyList<Precision> Precisions => Kernels != MatrixKernels.Mma ? [Precision.BFloat16] : IsGpu
        ? [Precision.BFloat16, Precision.TensorFloat32, Precision.Float32] : [Precision.Float32, Precision.BFloat16];

    /// <summary>In words; empty for the CPU.</summary>
    public static string Name { get; private set; } = "";

    /// <summary>Chooses a GPU and measures its roofs.</summary>
    /// <param name="open">Opens it.</param>
    /// <param name="peak">Measures it; null for as long as a measurement needs.</param>
    /// <exception cref="DeviceException">It cannot be opened.</exception>
    public static void UseGpu(Func<Precision, CudaOps> open, Func<CudaOps, DevicePeak>? peak = null)
    {
        (openGpu, measure) = (open, peak ?? measure);
        Roofs.Clear();
        using CudaOps gpu = open(Precision.BFloat16);
        (Name, Kernels) = (gpu.DeviceName, gpu.MatrixKernels);
    }

    /// <summary>Goes back to the CPU.</summary>
    public static void UseCpu()
    {
        (openGpu, Name, Kernels) = (null, "", MatrixKernels.Mma);
        Roofs.Clear();
    }

    /// <summary>Opens the device, a CPU with one thread per core.</summary>
    public static Ops Open(Precision precision) => openGpu is null ? new CpuOps(0, precision) : openGpu(precision);

    /// <summary>What it does at most.</summary>
    public static Roof RoofOf(Precision precision)
    {
        if (openGpu is null)
            return new(precision == Precision.BFloat16 ? MachinePeak.BFloat16Gflops : MachinePeak.Gflops, MachinePeak.GigabytesPerSecond);
        if (Roofs.TryGetValue(precision, out Roof? roof)) return roof;
        using CudaOps gpu = openGpu(precision);
        DevicePeak peak = measure(gpu);
        return Roofs[precision] = new(peak.Gflops, peak.GigabytesPerSecond);
    }

    /// <summary>The roofs in one line.</summary>
    public static string DescribeRoofs()
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        if (!IsGpu)
        {
            return string.Create(invariant, $"{MachinePeak.Gflops:F0} GFLOP/s of multiply-adds on {Environment.ProcessorCount} threads "
                + $"({MachinePeak.GflopsOfOneThread:F0} on one), {MachinePeak.BFloat16Gflops:F0} of bfloat16, {MachinePeak.GigabytesPerSecond:F1} GB/s of triad.");
        }

        string peaks = string.Join(", ", Precisions.Select(of => string.Create(invariant, $"{PrecisionNames.Of(of)} {RoofOf(of).Gflops:F0}")));
        return string.Create(invariant, $"{Name}: {peaks} GFLOP/s of multiplications, {RoofOf(Precision.Float32).GigabytesPerSecond:F0} GB/s of copies.");
    }
}
