using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <remarks>By way of host memory: download, exchange, upload. It serves any GPU, and is what a faster way must equal to the bit.</remarks>
public sealed unsafe partial class CudaOps
{
    private float[] hostNumbers = [];

    /// <inheritdoc/>
    protected override void AllGatherCore(Tensor own, Tensor all)
    {
        if (own.Type == ElementType.Int32) AllGather(own, all, MemoryMarshal.Cast<float, int>(HostNumbers(all.Count)));
        else AllGather(own, all, HostNumbers(all.Count));
    }

    /// <inheritdoc/>
    protected override void ReduceScatterCore(Tensor all, Tensor own)
    {
        Span<float> host = HostNumbers(all.Count);
        Download(all, host);
        int count = (int)own.Count, first = Collective.Rank * count;
        fixed (float* start = host) Collective.ReduceScatter(start, start + first, count);
        Upload<float>(host.Slice(first, count), own);
    }

    /// <inheritdoc/>
    protected override void SumOverRanksCore(Tensor x)
    {
        Span<float> host = HostNumbers(x.Count);
        Download(x, host);
        fixed (float* start = host) Collective.Sum(start, x.Count);
        Upload<float>(host, x);
    }

    private void AllGather<T>(Tensor own, Tensor all, Span<T> host)
        where T : unmanaged
    {
        int count = (int)own.Count;
        Download(own, host.Slice(Collective.Rank * count, count));
        fixed (T* start = host) Collective.AllGather(start, own.Count * sizeof(T));
        Upload<T>(host, all);
    }

    private Span<float> HostNumbers(long count)
    {
        if (hostNumbers.Length < count) hostNumbers = GC.AllocateArray<float>(checked((int)count), pinned: true);
        return hostNumbers.AsSpan(0, (int)count);
    }
}
