namespace NegSamples.Files;

/// <summary>One tensor to write.</summary>
/// <remarks>The numbers are not copied; they are read when the file is written.</remarks>
internal sealed class SafetensorsEntry
{
    private readonly Action<Stream> write;
    private readonly int[] shape;

    private SafetensorsEntry(string name, SafetensorsType type, int[] shape, long count, Action<Stream> write)
    {
        (Name, Type, Bytes) = (name, type, count * SafetensorsTypes.SizeOf(type));
        (this.shape, this.write) = (shape, write);
    }

    /// <summary>The tensor's name, "layer1.0.conv1.weight".</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public SafetensorsType Type { get; }

    /// <summary>Its axes, none for a single number.</summary>
    public ReadOnlySpan<int> Shape => shape;

    /// <summary>The size of its data.</summary>
    internal long Bytes { get; }

    /// <summary>A float32 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its numbers, row-major.</param>
    /// <param name="shape">Its axes; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static SafetensorsEntry Of(string name, ReadOnlyMemory<float> values, params ReadOnlySpan<int> shape) =>
        Of(name, SafetensorsType.F32, values, shape);

    /// <summary>An int64 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its numbers, row-major.</param>
    /// <param name="shape">Its axes; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static SafetensorsEntry Of(string name, ReadOnlyMemory<long> values, params ReadOnlySpan<int> shape) => Of(name, SafetensorsType.I64, values, shape);

    /// <summary>An int32 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its numbers, row-major.</param>
    /// <param name="shape">Its axes; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static SafetensorsEntry Of(string name, ReadOnlyMemory<int> values, params ReadOnlySpan<int> shape) => Of(name, SafetensorsType.I32, values, shape);

    /// <summary>A uint8 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its numbers, row-major.</param>
    /// <param name="shape">Its axes; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static SafetensorsEntry Of(string name, ReadOnlyMemory<byte> values, params ReadOnlySpan<int> shape) => Of(name, SafetensorsType.U8, values, shape);

    internal void WriteTo(Stream stream) => write(stream);

    private static SafetensorsEntry Of<T>(string name, SafetensorsType type, ReadOnlyMemory<T> values, ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(name);
        Binary.CheckCount(shape, values.Length);
        return new SafetensorsEntry(name, type, shape.ToArray(), values.Length, stream => Binary.Write(stream, values.Span));
    }
}
