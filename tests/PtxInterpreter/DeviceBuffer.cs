using System.Runtime.InteropServices;

namespace NegSamples.PtxInterpreter;

/// <summary>What a kernel takes for a pointer or a view.</summary>
public interface IDeviceView
{
    ulong Address { get; }
    long Length { get; }
}

/// <summary>An array in the interpreter's global memory.</summary>
public sealed class DeviceBuffer<T> : IDeviceView
    where T : unmanaged
{
    private readonly Allocation allocation;

    internal DeviceBuffer(Allocation allocation, int length) => (this.allocation, Length) = (allocation, length);

    public ulong Address => allocation.Address;
    public long Length { get; }
    public Span<T> Span => MemoryMarshal.Cast<byte, T>(allocation.Bytes.AsSpan());

    public T this[int index] => Span[index];

    public T[] ToArray() => Span.ToArray();

    /// <summary>A part of it, for a kernel that is given a sub-view; bounds are still those of the whole buffer.</summary>
    public unsafe IDeviceView Slice(int start, int count) => new DeviceSlice(Address + (ulong)(start * sizeof(T)), count);

    private sealed record DeviceSlice(ulong Address, long Length) : IDeviceView;
}
