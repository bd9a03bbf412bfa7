using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>How many blocks of a kernel a multiprocessor holds at a time: what NVIDIA's table of compute capabilities allows.</summary>
/// <param name="Capability">"9.0".</param>
/// <param name="Architecture">The assembler's name of it.</param>
/// <param name="Memory">Its shared memory.</param>
/// <param name="Threads">The most threads of a multiprocessor.</param>
/// <param name="Blocks">The most blocks.</param>
internal sealed record Occupancy(string Capability, string Architecture, SharedMemoryLimits Memory, int Threads, int Blocks)
{
    private const int Registers = 65_536, RegistersOfWarpUnit = 256, WarpThreads = 32;

    public static IReadOnlyList<Occupancy> All { get; } =
    [
        new("9.0", "sm_90", SharedMemoryLimits.Hopper, 2048, 32), new("8.0", "sm_80", GpuLimits.Ampere, 2048, 32), new("8.6", "sm_86", GpuLimits.Rtx, 1536, 16),
    ];

    /// <summary>Blocks of a launch.</summary>
    public int Of(int registers, int threads, int sharedBytes)
    {
        int warps = (threads + WarpThreads - 1) / WarpThreads;
        int ofWarp = ((registers * WarpThreads) + RegistersOfWarpUnit - 1) / RegistersOfWarpUnit * RegistersOfWarpUnit;
        return new[] { Blocks, Threads / (warps * WarpThreads), Registers / (ofWarp * warps), Memory.Blocks(sharedBytes) }.Min();
    }
}
