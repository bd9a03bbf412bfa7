using System.Runtime.InteropServices;

namespace NegSamples.Tests.PtxInterpreter;

/// <summary>What a kernel takes for a pointer or a view.</summary>
internal interface IDeviceView
{
    ulong Address { get; }
    long Length { get; }
}

/// <summary>An array in the interpreter's global memory.</summary>
internal sealed class DeviceBuffer<T>(Allocation allocation, int length) : IDeviceView
    where T : unmanaged
{
    public ulong Address => allocation.Address;
    public long Length => length;
    public Span<T> Span => MemoryMarshal.Cast<byte, T>(allocation.Bytes.AsSpan());

    public T this[int index] => Span[index];

    public T[] ToArray() => Span.ToArray();

    /// <summary>A part of it, for a kernel that is given a sub-view; bounds are still those of the whole buffer.</summary>
    public unsafe IDeviceView Slice(int start, int count) => new DeviceSlice(Address + (ulong)(start * sizeof(T)), count);

    private sealed record DeviceSlice(ulong Address, long Length) : IDeviceView;
}
