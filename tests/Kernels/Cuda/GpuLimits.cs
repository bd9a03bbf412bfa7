using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>The shared memory of the GPUs that the engine runs on, from NVIDIA's table of compute capabilities.</summary>
internal static class GpuLimits
{
    /// <summary>8.6, 8.9 and 12.0: RTX 30, 40, 50.</summary>
    public static readonly SharedMemoryLimits Rtx = new(101_376, 102_400);

    /// <summary>8.0: A100.</summary>
    public static readonly SharedMemoryLimits Ampere = new(166_912, 167_936);

    public static SharedMemoryLimits Of(int bytesOfBlock) => bytesOfBlock switch
    {
        101_376 => Rtx,
        166_912 => Ampere,
        _ => SharedMemoryLimits.Hopper,
    };
}
