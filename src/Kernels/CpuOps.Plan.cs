using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>The arenas that some work would reserve on the CPU. Nothing is computed; the workspace is <see cref="CpuWorkspace"/>'s to tell.</summary>
    /// <param name="precision">What the CPU would compute with: activations in bfloat16 are half as large.</param>
    /// <param name="work">Is run on a device that gives back zeros for every number.</param>
    internal static MemoryPlan Plan(Precision precision, Action<Ops> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using ArenaCountingDevice device = new();
        using CudaOps ops = new(device, precision);
        work(ops);
        return MemoryPlan.From(device.AtPeak.Select(place => new MemoryPlace(place.Name, place.Bytes)));
    }
}
