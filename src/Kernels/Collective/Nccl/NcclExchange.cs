using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>
/// From GPU to GPU by NCCL, or by whatever moves numbers; a kernel of ours adds them up in the order of the ranks. So the bits are those of <see cref="HostExchange"/>.
/// </summary>
/// <param name="collective">The ranks.</param>
/// <param name="device">The GPU.</param>
/// <param name="launcher">Its kernels.</param>
/// <param name="scratch">Their workspace.</param>
/// <param name="copies">The GPUs of all ranks; null moves nothing, where memory is planned.</param>
internal sealed class NcclExchange(Collective collective, KernelDevice device, KernelLauncher launcher, DeviceScratch scratch, IDeviceCopies? copies)
    : DeviceExchange(collective)
{
    private const int Threads = 256;

    public override string Description => copies?.Name ?? "NCCL";

    public override void AllGather(nint all, long bytes) => copies?.AllGather(all, bytes);

    public override void ReduceScatter(nint all, nint own, long part)
    {
        DeviceSpan parts = scratch.Take("parts of a sum over ranks", part * Collective.Size);
        copies?.Exchange(all, parts.Address, part * sizeof(float));
        AddInOrder(parts, own, part);
    }

    public override void Sum(nint x, long count)
    {
        long part = count / Collective.Size, rest = count - (part * Collective.Size);
        if (part > 0)
        {
            ReduceScatter(x, x + (nint)(Collective.Rank * part * sizeof(float)), part);
            AllGather(x, part * sizeof(float));
        }

        if (rest == 0) return;
        DeviceSpan all = scratch.Take("rest of a sum over ranks", rest * Collective.Size);
        nint last = x + (nint)(part * Collective.Size * sizeof(float));
        device.CopyOnDevice(last, all.Address + (nint)(Collective.Rank * rest * sizeof(float)), rest * sizeof(float));
        AllGather(all.Address, rest * sizeof(float));
        AddInOrder(all, last, rest);
    }

    public override void Dispose()
    {
        // The workspace is the device's, and the communicator outlives both.
    }

    private void AddInOrder(DeviceSpan parts, nint sum, long part) =>
        launcher.Launch(SumOfRanksKernel, checked((int)Tiling.Blocks(part, Threads)), Threads, 0, parts, new DeviceSpan(sum, part), Collective.Size, part);

    /// <summary>A thread per number: one addition after the other.</summary>
    [LaunchBounds(Threads)]
    private static void SumOfRanksKernel(ArrayView<float> parts, ArrayView<float> sum, int ranks, long part)
    {
        long i = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (i >= part) return;
        float value = parts[i];
        for (int rank = 1; rank < ranks; rank++) value += parts[i + (rank * part)];
        sum[i] = value;
    }
}
