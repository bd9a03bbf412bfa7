using NegSamples.Kernels.Cuda.Peak;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private const int PeakRounds = 3; // noise only takes away
    private const int PeakBlocksOfMultiprocessor = 4; // of eight warps: eight for each scheduler

    /// <summary>Measures what this GPU does at most: multiplications in one precision by its kind of kernels, and copies within its memory.</summary>
    /// <param name="leastSeconds">The shortest time that counts: long against a launch.</param>
    /// <param name="copiedBytes">Bytes of a copy, far more than a cache holds; an eighth of what is free at most.</param>
    /// <param name="of">The precision; null for its own.</param>
    internal DevicePeak MeasurePeak(double leastSeconds = 0.02, long copiedBytes = 512L << 20, Precision? of = null)
    {
        Precision precision = of ?? Precision;
        copiedBytes = Math.Min(copiedBytes, FreeBytes / 8);
        int blocks = PeakBlocksOfMultiprocessor * device.Multiprocessors;
        using Arena results = CreateArena("peak", (long)blocks * PeakKernels.Threads * sizeof(float)), copies = CreateArena("copies", 2 * copiedBytes);
        double flops = PeakOf(precision).Flops * blocks * PeakKernels.Threads;
        int rounds = 16;
        Multiply(results.DeviceAddress, blocks, 1, precision); // It compiles.
        double seconds = Seconds(() => Multiply(results.DeviceAddress, blocks, rounds, precision));
        while (seconds < leastSeconds && rounds < 1 << 24)
        {
            rounds *= 4;
            seconds = Seconds(() => Multiply(results.DeviceAddress, blocks, rounds, precision));
        }

        double multiplied = Enumerable.Range(0, PeakRounds).Min(_ => Seconds(() => Multiply(results.DeviceAddress, blocks, rounds, precision)));
        double copied = Enumerable.Range(0, PeakRounds + 1).Min(_ =>
            Seconds(() => device.CopyOnDevice(copies.DeviceAddress, copies.DeviceAddress + (nint)copiedBytes, copiedBytes)));
        return new(flops * rounds / multiplied / 1e9, 2.0 * copiedBytes / copied / 1e9);
    }

    /// <summary>Waits for everything asked for so far, and tells the milliseconds of the device's own time since the last lap.</summary>
    internal double Lap() => device.Lap();

    /// <summary>Adds up so many rounds of ones in every thread: results [blocks · 256].</summary>
    internal void Multiply(nint results, int blocks, int rounds, Precision precision) => Launch(
        PeakOf(precision).Kernel, blocks, PeakKernels.Threads, InWarpgroups(precision) ? PeakKernels.WarpgroupSharedBytes : 0, (long)results, rounds);

    /// <summary>Its kernel that only multiplies, the FLOPs of a thread's round, and what a round adds to a thread's result.</summary>
    internal (Delegate Kernel, double Flops, double Added) PeakOf(Precision precision) =>
        InWarpgroups(precision) ? PeakKernels.OfWarpgroups : PeakKernels.Of(precision);

    private bool InWarpgroups(Precision precision) => precision == Precision.BFloat16 && MatrixKernels != MatrixKernels.Mma;

    private double Seconds(Action work)
    {
        device.Lap();
        work();
        return device.Lap() / 1e3;
    }
}

/// <summary>What a device does at most, as it was measured on it.</summary>
/// <param name="Gflops">Multiplications and additions from registers, of warpgroups from shared memory, in GFLOP/s.</param>
/// <param name="GigabytesPerSecond">Bytes read and written by a copy within its memory, in GB/s.</param>
internal sealed record DevicePeak(double Gflops, double GigabytesPerSecond);
