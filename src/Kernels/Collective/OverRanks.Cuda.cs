namespace NegSamples.Kernels;

/// <remarks>By way of host memory: download, exchange, upload. It serves any GPU, and is what a faster way must equal to the bit.</remarks>
public sealed unsafe partial class CudaOps
{
    private float[] hostNumbers = [];

    /// <inheritdoc/>
    protected override void AllGatherCore(Tensor own, Tensor all)
    {
        if (own.Type == ElementType.Int32)
        {
            int[] labels = new int[all.Count];
            Download(own, labels.AsSpan(Collective.Rank * (int)own.Count, (int)own.Count));
            fixed (int* start = labels) Collective.AllGather(start, own.Count * sizeof(int));
            Upload<int>(labels, all);
            return;
        }

        Span<float> host = HostNumbers(all.Count);
        Download(own, host.Slice(Collective.Rank * (int)own.Count, (int)own.Count));
        fixed (float* start = host) Collective.AllGather(start, own.Count * sizeof(float));
        Upload<float>(host, all);
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

    private Span<float> HostNumbers(long count)
    {
        if (hostNumbers.Length < count) hostNumbers = GC.AllocateArray<float>(checked((int)count), pinned: true);
        return hostNumbers.AsSpan(0, (int)count);
    }
}
