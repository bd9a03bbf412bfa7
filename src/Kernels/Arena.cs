using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>Owns one allocation and hands out tensors in it, one behind the other.</summary>
/// <remarks>
/// Parameters, gradients, optimizer state and activations of a model have one each, as have views, the loss and a queue, sized once. So an optimizer step is
/// one pass over a flat array and a training step allocates nothing. Tensors start at multiples of 64 bytes, a cache line and a vector
/// register. Memory starts as zeros.
/// </remarks>
public sealed class Arena : IDisposable
{
    private const int Alignment = 64; // bytes

    // So much of the host's memory may be that of arenas nobody disposed until the collector next runs by itself. It hears of what is beyond: told of every arena,
    // it collects the whole heap again and again where they come and go, as in calls over arrays.
    private const long Untold = 256L << 20;
    private static int living;
    private static long hostBytes;
    private readonly Action<nint>? free;
    private long used;

    internal Arena(Ops ops, string name, long bytes, nint hostAddress, Action<nint>? free)
    {
        Ops = ops;
        Name = name;
        Capacity = bytes;
        HostAddress = hostAddress;
        this.free = free;
        if (free is not null) Interlocked.Increment(ref living);
    }

    /// <summary>How many arenas of the process own memory now. For tests.</summary>
    internal static int Living => Volatile.Read(ref living);

    /// <summary>The device whose memory this is.</summary>
    public Ops Ops { get; }

    /// <summary>What the arena holds, for messages.</summary>
    public string Name { get; }

    /// <summary>Its size in bytes.</summary>
    public long Capacity { get; }

    /// <summary>Bytes taken so far.</summary>
    public long Used => used;

    internal bool IsDisposed { get; private set; }

    internal nint HostAddress { get; private set; }

    internal nint DeviceAddress { get; private set; }

    /// <summary>The bytes that a tensor takes in an arena, the rounding to 64 included.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or the bytes are beyond 64 bits.</exception>
    public static long BytesFor(ElementType type, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (long.MaxValue - Alignment) / ElementTypes.SizeOf(type));
        return Tiling.RoundUp(count * ElementTypes.SizeOf(type), Alignment);
    }

    /// <summary>Takes a float32 tensor.</summary>
    /// <param name="shape">1 to 4 axes.</param>
    /// <exception cref="DeviceMemoryException">The arena is full.</exception>
    public Tensor Take(params ReadOnlySpan<int> shape) => Take(ElementType.Float32, shape);

    /// <summary>Takes a tensor of any type.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">1 to 4 axes, each at least 1.</param>
    /// <exception cref="DeviceMemoryException">The arena is full.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public Tensor Take(ElementType type, params ReadOnlySpan<int> shape)
    {
        if (IsDisposed) throw new ObjectDisposedException(Name, $"The arena '{Name}' is disposed; expected one that is not.");
        if (shape.Length is < 1 or > 4) throw new ArgumentException($"shape has {Counted.Of(shape.Length, "axis")}; expected 1 to 4.", nameof(shape));
        Tensor tensor = new(this, used, type, shape);
        Int128 bytes = ElementTypes.SizeOf(type); // Four axes are beyond 64 bits, and what overflows may look small.
        foreach (int axis in shape)
        {
            if (axis < 1) throw new ArgumentException($"shape is {tensor.ShapeText}; every axis must be at least 1.", nameof(shape));
            bytes *= axis;
        }

        bytes = (bytes + Alignment - 1) / Alignment * Alignment;
        if (bytes > Capacity - used)
            throw new DeviceMemoryException($"The arena '{Name}' of {Counted.Of(Capacity, "byte", "N0")} has {Capacity - used:N0} left; {tensor} needs {bytes:N0}.");
        used += (long)bytes;
        return tensor;
    }

    /// <summary>The present fill, to give to <see cref="Release"/>.</summary>
    public long Mark() => used;

    /// <summary>Gives back everything taken since the mark. The memory keeps its values.</summary>
    /// <param name="mark">What <see cref="Mark"/> returned.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is no mark of what is taken now.</exception>
    public void Release(long mark)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mark);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mark, used);
        used = mark;
    }

    /// <summary>Everything taken so far as one flat float32 tensor, gaps of the alignment (zeros) included.</summary>
    public Tensor Whole() => new(this, 0, ElementType.Float32, [checked((int)(used / sizeof(float)))]);

    /// <summary>Frees the memory. Tensors in it must not be used any more; on the host they throw.</summary>
    public void Dispose()
    {
        if (HostAddress + DeviceAddress != 0) free?.Invoke(HostAddress + DeviceAddress); // One of the two is 0.
        if (!IsDisposed && free is not null) Interlocked.Decrement(ref living);
        (HostAddress, DeviceAddress, IsDisposed) = (0, 0, true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory of an arena that nobody disposed. What fails here has nobody to tell, and would end the process.</summary>
    ~Arena()
    {
        try
        {
            Dispose();
        }
        catch (Exception exception) when (exception is DeviceException or ObjectDisposedException)
        {
            // The device is gone or broken, and its memory with it.
        }
    }

    internal static Arena OnDevice(Ops ops, string name, long bytes, KernelDevice device)
    {
        long rounded = Rounded(name, bytes);
        return new Arena(ops, name, rounded, 0, device.Free) { DeviceAddress = device.Allocate(name, rounded) };
    }

    /// <summary>An arena over memory that somebody else owns.</summary>
    internal static Arena OnDevice(Ops ops, string name, nint address) => new(ops, name, 0, 0, null) { DeviceAddress = address };

    /// <summary>An arena over memory of the host that somebody else owns and keeps in its place.</summary>
    internal static Arena OnHost(Ops ops, string name, nint address, long bytes) => new(ops, name, bytes, address, null);

    private static long Rounded(string name, long bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes > long.MaxValue - (2 * Alignment)) throw new DeviceMemoryException($"The arena '{name}' needs {Counted.Of(bytes, "byte", "N0")}, which no machine has.");
        return Math.Max(Alignment, Tiling.RoundUp(bytes, Alignment));
    }

    internal static unsafe Arena OnHost(Ops ops, string name, long bytes)
    {
        long rounded = Rounded(name, bytes);
        nint memory;
        try
        {
            // The system's own zeros: a page of them is made where it is first used, and nothing is written twice.
            memory = (nint)NativeMemory.AllocZeroed((nuint)rounded + Alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new DeviceMemoryException($"The arena '{name}' needs {Counted.Of(rounded, "byte", "N0")} of host memory, which the system refused.");
        }

        bool told = Interlocked.Add(ref hostBytes, rounded) > Untold;
        if (told) GC.AddMemoryPressure(rounded);
        return new Arena(ops, name, rounded, (nint)Tiling.RoundUp(memory, Alignment), _ =>
        {
            NativeMemory.Free((void*)memory);
            Interlocked.Add(ref hostBytes, -rounded);
            if (told) GC.RemoveMemoryPressure(rounded);
        });
    }
}
