using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Bench.Predictions;

/// <summary>What a GPU does in a clock, by its maker's sheets, and the instructions that its products are made of.</summary>
/// <param name="Name">As it is called.</param>
/// <param name="Multiprocessors">How many.</param>
/// <param name="Gigahertz">Of the multiprocessors under load.</param>
/// <param name="FlopsPerClock">Of a multiprocessor's tensor cores, bfloat16 with float32 sums; on compute capability 9.0 <c>mma</c> reaches 0.62 of what <c>wgmma</c> does.</param>
/// <param name="ExponentialsPerClock">Of a multiprocessor.</param>
/// <param name="Gigabytes">Of memory, a second.</param>
/// <param name="CacheGigabytes">Of the second cache, a second.</param>
/// <param name="Shared">Its shared memory.</param>
/// <param name="Kernels">What products are made of.</param>
internal sealed record GpuModel(
    string Name, int Multiprocessors, double Gigahertz, double FlopsPerClock, int ExponentialsPerClock, double Gigabytes, double CacheGigabytes, SharedMemoryLimits Shared,
    MatrixKernels Kernels = MatrixKernels.Mma)
{
    /// <summary>Bytes that a multiprocessor's shared memory moves in a clock.</summary>
    public const int SharedBytesPerClock = 128;

    private const double MmaOfHopper = 0.62;

    /// <summary>Those that the predictions are made for.</summary>
    public static IReadOnlyList<GpuModel> All { get; } =
    [
        new("H200, mma", 132, 1.755, MmaOfHopper * 4096, 16, 4800, 5500, SharedMemoryLimits.Hopper),
        new("H200, wgmma", 132, 1.755, 4096, 16, 4800, 5500, SharedMemoryLimits.Hopper, MatrixKernels.Wgmma),
        new("H200, tma", 132, 1.755, 4096, 16, 4800, 5500, SharedMemoryLimits.Hopper, MatrixKernels.Tma),
        new("A100", 108, 1.41, 2048, 16, 2039, 7200, new(163 * 1024, 164 * 1024)),
        new("RTX 4090", 128, 2.52, 512, 16, 1008, 5000, new(99 * 1024, 100 * 1024)),
    ];

    /// <summary>Seconds of so many clocks.</summary>
    public double Seconds(double clocks) => clocks / (Gigahertz * 1e9);
}
