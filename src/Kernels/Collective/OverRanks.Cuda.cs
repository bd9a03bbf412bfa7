namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void AllGatherCore(Tensor own, Tensor all)
    {
        long bytes = own.Count * ElementTypes.SizeOf(own.Type);
        device.CopyOnDevice(own.DeviceAddress, all.DeviceAddress + (nint)(Collective.Rank * bytes), bytes);
        Exchange.AllGather(all.DeviceAddress, bytes);
    }

    /// <inheritdoc/>
    private protected override void ReduceScatterCore(Tensor all, Tensor own) => Exchange.ReduceScatter(all.DeviceAddress, own.DeviceAddress, own.Count);

    /// <inheritdoc/>
    private protected override void SumOverRanksCore(Tensor x) => Exchange.Sum(x.DeviceAddress, x.Count);
}
