using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>By way of host memory: download, exchange, upload. It serves every GPU, and is what a faster way must equal to the bit.</summary>
/// <param name="device">The GPU.</param>
/// <param name="collective">The ranks.</param>
internal sealed unsafe class HostExchange(KernelDevice device, Collective collective) : DeviceExchange(collective)
{
    private const int Piece = 1 << 24; // Bytes of a copy: an upload takes a staging place of its size on the device.

    private byte* host;
    private long hostBytes;

    public override string Description => "host memory";

    public override void AllGather(nint all, long bytes)
    {
        byte* numbers = Host(bytes * Collective.Size);
        long own = Collective.Rank * bytes;
        Download(all + (nint)own, numbers + own, bytes);
        Collective.AllGather(numbers, bytes);
        Upload(numbers, all, bytes * Collective.Size);
    }

    public override void ReduceScatter(nint all, nint own, long part)
    {
        float* numbers = (float*)Host(part * Collective.Size * sizeof(float)), sums = numbers + (Collective.Rank * part);
        Download(all, (byte*)numbers, part * Collective.Size * sizeof(float));
        Collective.ReduceScatter(numbers, sums, part);
        Upload((byte*)sums, own, part * sizeof(float));
    }

    public override void Sum(nint x, long count)
    {
        byte* numbers = Host(count * sizeof(float));
        Download(x, numbers, count * sizeof(float));
        Collective.Sum((float*)numbers, count);
        Upload(numbers, x, count * sizeof(float));
    }

    public override void Dispose()
    {
        NativeMemory.AlignedFree(host);
        host = null;
        hostBytes = 0;
    }

    private void Download(nint source, byte* target, long bytes)
    {
        for (long first = 0; first < bytes; first += Piece)
            device.Download(source + (nint)first, new Span<byte>(target + first, (int)Math.Min(Piece, bytes - first)));
    }

    private void Upload(byte* source, nint target, long bytes)
    {
        for (long first = 0; first < bytes; first += Piece)
            device.Upload(new ReadOnlySpan<byte>(source + first, (int)Math.Min(Piece, bytes - first)), target + (nint)first);
    }

    private byte* Host(long bytes)
    {
        if (bytes <= hostBytes) return host;
        Dispose();
        host = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        hostBytes = bytes;
        return host;
    }
}
