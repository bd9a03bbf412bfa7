using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cuda;

/// <summary>One argument of a kernel, as the bytes that ILGPU's kernels read.</summary>
/// <remarks>
/// A tensor is an <c>ArrayView&lt;T&gt;</c>: its address and its length in elements. A kernel that reads a tensor by inline PTX takes the bare
/// address as <c>long</c> (<see cref="Address"/>). Everything is passed by value in a buffer on the stack, so that a launch allocates nothing.
/// </remarks>
internal struct KernelArgument
{
    private const int Capacity = 128; // bytes; the largest struct a kernel takes

    private Storage storage;

    /// <summary>How many of the bytes are the argument.</summary>
    public int Bytes { get; private init; }

    public static implicit operator KernelArgument(Tensor tensor) => Of(new View(tensor.IsNone ? 0 : tensor.DeviceAddress, tensor.IsNone ? 0 : tensor.Count));

    public static implicit operator KernelArgument(DeviceSpan span) => Of(new View(span.Address, span.Count));

    public static implicit operator KernelArgument(int value) => Of(value);

    public static implicit operator KernelArgument(uint value) => Of(value);

    public static implicit operator KernelArgument(long value) => Of(value);

    public static implicit operator KernelArgument(ulong value) => Of(value);

    public static implicit operator KernelArgument(float value) => Of(value);

    /// <summary>A flag: ILGPU reads it from 32 bits.</summary>
    public static implicit operator KernelArgument(bool value) => Of(value ? 1 : 0);

    /// <summary>A struct without views, as C# lays it out.</summary>
    public static unsafe KernelArgument Of<T>(T value)
        where T : unmanaged
    {
        if (sizeof(T) > Capacity)
            throw new ArgumentException($"{typeof(T).Name} has {Counted.Of(sizeof(T), "byte")}; a kernel's argument holds up to {Capacity}.", nameof(value));
        KernelArgument argument = new() { Bytes = sizeof(T) };
        Unsafe.WriteUnaligned(ref argument.storage[0], value);
        return argument;
    }

    /// <summary>The address of a tensor's first element, 0 for no tensor, for a kernel's <c>long</c>.</summary>
    public static KernelArgument Address(Tensor tensor) => Of(tensor.IsNone ? 0 : tensor.DeviceAddress);

    /// <summary>The argument's bytes, valid while the argument lives.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Span => MemoryMarshal.CreateReadOnlySpan(in storage[0], Bytes);

    /// <summary>Where the bytes of an argument are that does not move.</summary>
    public static unsafe void* PlaceOf(KernelArgument* argument) => Unsafe.AsPointer(ref argument->storage[0]);

    private readonly record struct View(nint Address, long Count);

    [InlineArray(Capacity)]
    private struct Storage
    {
        private byte first;
    }
}
