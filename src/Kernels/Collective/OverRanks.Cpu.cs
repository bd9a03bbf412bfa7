namespace NegSamples.Kernels;

public sealed unsafe partial class CpuOps
{
    /// <inheritdoc/>
    private protected override void AllGatherCore(Tensor own, Tensor all)
    {
        long bytes = own.Count * ElementTypes.SizeOf(own.Type);
        byte* start = Start(all);
        Buffer.MemoryCopy(Start(own), start + (Collective.Rank * bytes), bytes, bytes);
        Collective.AllGather(start, bytes);
    }

    /// <inheritdoc/>
    private protected override void ReduceScatterCore(Tensor all, Tensor own) => Collective.ReduceScatter(all.FloatPointer, own.FloatPointer, own.Count);

    /// <inheritdoc/>
    private protected override void SumOverRanksCore(Tensor x) => Collective.Sum(x.FloatPointer, x.Count);

    private static byte* Start(Tensor tensor) => tensor.Type == ElementType.Int32 ? (byte*)tensor.IntPointer : (byte*)tensor.FloatPointer;
}
