using System.Globalization;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.SelfTest;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private DeviceExchange? exchange;

    /// <summary>The GPU in words, without what it computes with.</summary>
    public string DeviceName => device.Name;

    /// <summary>How ranks exchange what lies on their GPUs, in words.</summary>
    internal string ExchangeDescription => Exchange.Description;

    /// <summary>What operations over ranks exchange by; all of them ask here. Host memory, unless <see cref="Join(Collective)"/> has found better.</summary>
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
    internal void RequireOwnGpu(Collective ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (device is GpuDevice gpu && ranks.Size > 1) RankGpu.RequireDifferent(ranks, gpu.Identity, gpu.Name);
    }

    /// <summary>
    /// Spreads this device's operations over ranks, each of which has a GPU of its own and asks at once: by NCCL where all ranks have it, in one version.
    /// </summary>
    /// <param name="ranks">The ranks.</param>
    /// <returns>Why it is not by NCCL; empty where it is, and for one rank.</returns>
    /// <exception cref="NcclException">NCCL is asked for by name and not there, or does not start.</exception>
    internal string Join(Collective ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        (NcclLibrary? library, string reason) = ranks.Size == 1 ? (null, "") : NcclLibrary.Find();
        return Join(ranks, library, reason);
    }

    /// <summary>The same with a library that is loaded already.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="library">The library; null for none.</param>
    /// <param name="reason">Why there is none.</param>
    internal string Join(Collective ranks, NcclLibrary? library, string reason)
    {
        Collective = ranks;
        if (ranks.Size == 1 || device is not GpuDevice gpu) return reason;
        double[] versions = new double[ranks.Size];
        ranks.AllGather([library?.Version ?? 0], versions);
        int without = Array.IndexOf(versions, 0), other = Array.FindIndex(versions, version => version != versions[0]);
        if (without >= 0) return without == ranks.Rank ? reason : string.Create(CultureInfo.InvariantCulture, $"rank {without} has no NCCL");
        if (other >= 0)
            return string.Create(CultureInfo.InvariantCulture, $"rank {other} has version {versions[other]} of NCCL and rank 0 version {versions[0]}");
        NcclCommunicator communicator = NcclCommunicator.Of(library!, ranks, gpu);
        exchange?.Dispose();
        exchange = new NcclExchange(ranks, device, launcher, scratch, communicator);
        return "";
    }

    /// <summary>Spreads operations over two ranks of which the other has the same numbers; their exchange stays on this GPU.</summary>
    internal void JoinEcho()
    {
        Collective = new EchoRanks();
        exchange?.Dispose();
        exchange = new NcclExchange(Collective, device, launcher, scratch, new EchoCopies(device));
    }

    /// <summary>Stands for one of several ranks whose memory is planned: with the workspace of NCCL's sums, which is the larger.</summary>
    private void JoinPlanned(Collective ranks)
    {
        Collective = Collective.Planned(ranks.Rank, ranks.Size);
        exchange = new NcclExchange(Collective, device, launcher, scratch, copies: null);
    }
}
