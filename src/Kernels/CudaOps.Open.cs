using System.Diagnostics.CodeAnalysis;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>Opens the first GPU (<c>CUDA_VISIBLE_DEVICES</c> chooses which that is).</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <exception cref="DeviceException">There is no driver, the driver or the GPU is too old, or it fails.</exception>
    public static CudaOps Open(Precision precision)
    {
        (CudaDriver? driver, string reason) = CudaDriver.Find();
        if (driver is null) throw new DeviceException($"`device` cuda: {reason}. Without a GPU, use `device` cpu.");
        return new CudaOps(new GpuDevice(driver), precision);
    }

    /// <summary>Opens the first GPU where there is one that works.</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <param name="ops">The GPU.</param>
    /// <param name="reason">Why there is none, in words; empty if there is one.</param>
    public static bool TryOpen(Precision precision, [NotNullWhen(true)] out CudaOps? ops, out string reason)
    {
        ops = null;
        (CudaDriver? driver, reason) = CudaDriver.Find();
        if (driver is null) return false;
        try
        {
            ops = new CudaOps(new GpuDevice(driver), precision);
            return true;
        }
        catch (DeviceException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>What some work would reserve on a GPU. Nothing is computed and no GPU is needed.</summary>
    /// <param name="precision">What the matrix-shaped kernels would compute with.</param>
    /// <param name="work">Is run on a device that gives back zeros for every number.</param>
    public static MemoryPlan Plan(Precision precision, Action<Ops> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using PlanningDevice device = new();
        using CudaOps ops = new(device, precision);
        work(ops);
        return MemoryPlan.From(device.AtPeak.Select(place => new MemoryPlace(place.Name, place.Bytes)));
    }

    /// <summary>Bytes of GPU memory that are free now.</summary>
    public long FreeBytes => device.Memory.Free;
}
