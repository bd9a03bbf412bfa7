using System.Runtime.InteropServices;

namespace NegSamples.Files;

/// <summary>Numbers to and from files, little-endian as every machine that .NET's SIMD runs on.</summary>
internal static class Binary
{
    private const int ElementsAtOnce = 1 << 20; // a span of bytes ends at 2 GiB, an array of int64 does not

    /// <summary>Writes the numbers' bytes.</summary>
    public static void Write<T>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        for (; values.Length > ElementsAtOnce; values = values[ElementsAtOnce..]) stream.Write(MemoryMarshal.AsBytes(values[..ElementsAtOnce]));
        stream.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Fills the span from the stream.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public static void Read<T>(Stream stream, Span<T> values)
        where T : unmanaged
    {
        for (; values.Length > ElementsAtOnce; values = values[ElementsAtOnce..]) stream.ReadExactly(MemoryMarshal.AsBytes(values[..ElementsAtOnce]));
        stream.ReadExactly(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Refuses a shape whose product is not the number of values.</summary>
    public static void CheckCount(ReadOnlySpan<int> shape, int values)
    {
        UInt128 count = 1;
        bool fits = true;
        foreach (int axis in shape)
        {
            fits &= axis >= 0;
            count = UInt128.Min(count * (uint)axis, ulong.MaxValue);
        }

        if (!fits || count != (uint)values)
            throw new ArgumentException($"shape is [{string.Join(", ", shape.ToArray())}]; expected axes whose product is the {Counted.Of(values, "value")}.", nameof(shape));
    }
}
