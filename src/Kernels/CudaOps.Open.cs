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
        if (driver is null) throw new DeviceException($"--device cuda: {reason}. Without a GPU, use --device cpu.");
        return new CudaOps(new GpuDevice(driver), precision);
    }

    /// <summary>Whether there is a GPU that <see cref="Open"/> can use.</summary>
    /// <param name="reason">Why not, in words; empty if there is one.</param>
    public static bool IsAvailable(out string reason)
    {
        (CudaDriver? driver, reason) = CudaDriver.Find();
        if (driver is null) return false;
        try
        {
            using GpuDevice device = new(driver);
            return true;
        }
        catch (DeviceException exception)
        {
            reason = exception.Message;
            return false;
        }
    }
}
