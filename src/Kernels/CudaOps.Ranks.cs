using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private DeviceExchange? exchange;

    /// <summary>How ranks exchange what lies on their GPUs, in words.</summary>
    public string ExchangeDescription => Exchange.Description;

    /// <summary>What operations over ranks exchange by; all of them ask here.</summary>
    private DeviceExchange Exchange
    {
        get
        {
            if (exchange?.Collective == Collective) return exchange;
            exchange?.Dispose();
            return exchange = new HostExchange(device, Collective);
        }
    }

    /// <summary>Refuses ranks of a machine that compute on one GPU. All ranks ask at once.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <exception cref="DeviceException">Two ranks have the same GPU; both are named.</exception>
    public void RequireOwnGpu(Collective ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (device is GpuDevice gpu && ranks.Size > 1) RankGpu.RequireDifferent(ranks, gpu.Identity, gpu.Name);
    }
}
