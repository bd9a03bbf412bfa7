using System.Diagnostics.CodeAnalysis;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>Opens the first GPU (<c>CUDA_VISIBLE_DEVICES</c> chooses which that is).</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <param name="matrixKernels">What they are made of, where the GPU has it.</param>
    /// <exception cref="DeviceException">There is no driver, the driver or the GPU is too old, or it fails.</exception>
    public static CudaOps Open(Precision precision, MatrixKernels matrixKernels = MatrixKernels.Mma)
    {
        (CudaDriver? driver, string reason) = CudaDriver.Find();
        if (driver is null) throw new DeviceException($"`device` cuda: {reason}. Without a GPU, use `device` cpu.");
        return new CudaOps(new GpuDevice(driver), precision, matrixKernels);
    }

    /// <summary>Opens the first GPU where there is one that works.</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <param name="ops">The GPU.</param>
    /// <param name="reason">Why there is none, in words; empty if there is one.</param>
    public static bool TryOpen(Precision precision, [NotNullWhen(true)] out CudaOps? ops, out string reason) => TryOpen(precision, null, out ops, out reason);

    /// <summary>Opens the GPU of a rank, see <see cref="RankGpu"/>, where there is one that works.</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <param name="ranks">The ranks; null for one.</param>
    /// <param name="ops">The GPU; its operations are this rank's alone.</param>
    /// <param name="reason">Why there is none, in words; empty if there is one.</param>
    /// <param name="matrixKernels">What the matrix-shaped kernels are made of, where the GPU has it.</param>
    public static bool TryOpen(
        Precision precision, Collective? ranks, [NotNullWhen(true)] out CudaOps? ops, out string reason, MatrixKernels matrixKernels = MatrixKernels.Mma)
    {
        ops = null;
        (CudaDriver? driver, reason) = CudaDriver.Find();
        if (driver is null) return false;
        try
        {
            int index = ranks is null ? 0 : RankGpu.IndexOf(ranks.LocalRank, ranks.LocalSize, driver.Count, RankGpu.Visible);
            ops = new CudaOps(new GpuDevice(driver, index), precision, matrixKernels);
            return true;
        }
        catch (DeviceException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>The GPUs that this process sees.</summary>
    public static int CountGpus() => CudaDriver.Find().Driver?.Count ?? 0;

    /// <summary>What some work would reserve on a GPU. Nothing is computed and no GPU is needed.</summary>
    /// <param name="precision">What the matrix-shaped kernels would compute with.</param>
    /// <param name="work">Is run on a device that gives back zeros for every number.</param>
    /// <param name="ranks">The ranks that would share the work, of which this is one; null for one.</param>
    public static MemoryPlan Plan(Precision precision, Action<Ops> work, Collective? ranks = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        using PlanningDevice device = new();
        using CudaOps ops = new(device, precision);
        if (ranks is { Size: > 1 }) ops.JoinPlanned(ranks);
        work(ops);
        return MemoryPlan.From(device.AtPeak.Select(place => new MemoryPlace(place.Name, place.Bytes)));
    }

    /// <summary>Bytes of GPU memory that are free now.</summary>
    public long FreeBytes => device.Memory.Free;
}
