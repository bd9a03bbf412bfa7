using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>A view of numbers in an <see cref="Arena"/>: place, element type and shape, row-major and dense.</summary>
/// <remarks>
/// A tensor owns nothing; the arena does. Images and feature maps are NHWC, matrices [rows, columns], convolution weights
/// [out, kernelHeight, kernelWidth, in]. The default value is "no tensor" and is what an optional argument of an operation takes.
/// </remarks>
public readonly struct Tensor
{
    private readonly int d0, d1, d2, d3;

    internal Tensor(Arena arena, long byteOffset, ElementType type, ReadOnlySpan<int> shape)
    {
        Arena = arena;
        ByteOffset = byteOffset;
        Type = type;
        Rank = shape.Length;
        d0 = shape.Length > 0 ? shape[0] : 1;
        d1 = shape.Length > 1 ? shape[1] : 1;
        d2 = shape.Length > 2 ? shape[2] : 1;
        d3 = shape.Length > 3 ? shape[3] : 1;
    }

    /// <summary>The owner of the memory.</summary>
    public Arena Arena { get; }

    /// <summary>Where the first element lies in the arena, in bytes.</summary>
    public long ByteOffset { get; }

    /// <summary>The type of every element.</summary>
    public ElementType Type { get; }

    /// <summary>The number of axes, 1 to 4.</summary>
    public int Rank { get; }

    /// <summary>Whether this is the default value, "no tensor".</summary>
    public bool IsNone => Arena is null;

    /// <summary>The length of one axis; 1 beyond the rank.</summary>
    /// <param name="axis">0 for the outermost axis.</param>
    public int this[int axis] => axis switch { 0 => d0, 1 => d1, 2 => d2, 3 => d3, _ => 1 };

    /// <summary>The number of elements.</summary>
    public long Count => (long)d0 * d1 * d2 * d3;

    /// <summary>The length of the last axis: channels of a feature map, columns of a matrix.</summary>
    public int Columns => this[Rank - 1];

    /// <summary>The product of all axes but the last: pixels of a feature map, rows of a matrix.</summary>
    /// <exception cref="OverflowException">They are more than 2³¹ − 1.</exception>
    public int Rows
    {
        get
        {
            long rows = 1;
            for (int axis = 0; axis < Rank - 1; axis++) rows *= this[axis];
            return rows <= int.MaxValue ? (int)rows : throw new OverflowException($"{ShapeText} has {Counted.Of(rows, "row")}; expected at most {int.MaxValue}.");
        }
    }

    /// <summary>The same elements under another shape.</summary>
    /// <param name="shape">1 to 4 axes with the same product.</param>
    /// <exception cref="ArgumentException">The product of the axes differs.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        Tensor view = new(Arena, ByteOffset, Type, shape);
        Int128 count = shape.Length is 0 or > 4 ? -1 : 1;
        foreach (int axis in shape) count = axis < 0 ? -1 : count * axis;
        if (count != Count) throw new ArgumentException($"shape is {view.ShapeText}; expected {Counted.Of(Count, "element")} as in {ShapeText}.", nameof(shape));
        return view;
    }

    /// <summary>A run of the outermost axis.</summary>
    /// <param name="start">The first index.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The run leaves the axis.</exception>
    public Tensor Slice(int start, int length)
    {
        if (start < 0 || length < 0 || start > d0 - length)
            throw new ArgumentOutOfRangeException(nameof(start), $"[{start}, {start + length}) is not within the {Counted.Of(d0, "row")} of {ShapeText}.");
        ReadOnlySpan<int> shape = [length, d1, d2, d3];
        long stride = (long)d1 * d2 * d3 * ElementTypes.SizeOf(Type);
        return new Tensor(Arena, ByteOffset + (start * stride), Type, shape[..Rank]);
    }

    /// <summary>The elements of a float tensor in host memory.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not float32 or lies in device memory.</exception>
    /// <exception cref="ObjectDisposedException">Its arena is disposed.</exception>
    /// <exception cref="OverflowException">It has 2³¹ elements or more.</exception>
    public unsafe Span<float> Floats => new(Host(ElementType.Float32), SpanLength());

    /// <summary>The elements of an integer tensor in host memory.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not int32 or lies in device memory.</exception>
    /// <exception cref="ObjectDisposedException">Its arena is disposed.</exception>
    /// <exception cref="OverflowException">It has 2³¹ elements or more.</exception>
    public unsafe Span<int> Ints => new(Host(ElementType.Int32), SpanLength());

    /// <summary>The elements of a byte tensor in host memory.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not uint8 or lies in device memory.</exception>
    /// <exception cref="ObjectDisposedException">Its arena is disposed.</exception>
    /// <exception cref="OverflowException">It has 2³¹ elements or more.</exception>
    public unsafe Span<byte> Bytes => new(Host(ElementType.UInt8), SpanLength());

    /// <summary>One row of a float tensor in host memory: <see cref="Columns"/> elements.</summary>
    /// <param name="row">0 to <see cref="Rows"/> - 1.</param>
    public Span<float> Row(int row) => Floats.Slice(checked(row * Columns), Columns);

    /// <summary>The shape as text, "[2, 32, 32, 3]".</summary>
    public string ShapeText
    {
        get
        {
            Tensor self = this;
            return "[" + string.Join(", ", Enumerable.Range(0, Rank).Select(axis => self[axis])) + "]";
        }
    }

    /// <summary>Whether both are the same elements under the same shape.</summary>
    internal bool IsSameAs(Tensor other) => Arena == other.Arena && ByteOffset == other.ByteOffset && Type == other.Type && Rank == other.Rank
        && (d0, d1, d2, d3) == (other.d0, other.d1, other.d2, other.d3);

    /// <summary>Whether a byte belongs to both.</summary>
    internal bool Overlaps(Tensor other)
    {
        if (IsNone || other.IsNone || Count == 0 || other.Count == 0) return false;
        long start = Address, otherStart = other.Address;
        return start < otherStart + (other.Count * ElementTypes.SizeOf(other.Type)) && otherStart < start + (Count * ElementTypes.SizeOf(Type));
    }

    private long Address => Arena.HostAddress + Arena.DeviceAddress + ByteOffset; // One of the two is 0.

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : $"{Type}{ShapeText}";

    /// <summary>The first float, for the CPU kernels. The shape checks of the public operation are what makes its use safe.</summary>
    internal unsafe float* FloatPointer => (float*)Host(ElementType.Float32);

    /// <summary>The first bfloat16, for the CPU kernels.</summary>
    internal unsafe ushort* BFloat16Pointer => (ushort*)Host(ElementType.BFloat16);

    /// <summary>The first byte of activations of either type.</summary>
    internal unsafe byte* ActivationPointer => Type == ElementType.BFloat16 ? (byte*)BFloat16Pointer : (byte*)FloatPointer;

    /// <summary>The address of the first element in device memory.</summary>
    internal nint DeviceAddress
    {
        get
        {
            if (Arena is null || Arena.DeviceAddress == 0)
            {
                ThrowIfDisposed();
                throw new InvalidOperationException($"The tensor is {this}; expected one in device memory.");
            }

            return Arena.DeviceAddress + (nint)ByteOffset;
        }
    }

    internal unsafe int* IntPointer => (int*)Host(ElementType.Int32);

    internal unsafe byte* BytePointer => (byte*)Host(ElementType.UInt8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void* Host(ElementType wanted)
    {
        if (Arena is null || Arena.HostAddress == 0 || Type != wanted) ThrowNotHost(wanted);
        return (byte*)Arena!.HostAddress + ByteOffset;
    }

    private int SpanLength() => Count <= int.MaxValue ? (int)Count
        : throw new OverflowException($"{this} has {Counted.Of(Count, "element")}; expected at most {int.MaxValue}, what a span of the host reaches.");

    private void ThrowNotHost(ElementType wanted)
    {
        ThrowIfDisposed();
        throw new InvalidOperationException($"The tensor is {this}; expected one of {wanted} in host memory.");
    }

    private void ThrowIfDisposed()
    {
        if (Arena is { IsDisposed: true }) throw new ObjectDisposedException(Arena.Name, $"The arena '{Arena.Name}', in which the tensor {this} lies, is disposed.");
    }
}
