using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NegSamples.Files.Arrays;

namespace NegSamples.Files;

/// <summary>NumPy's array files as this program writes them: version 1.0, float32 and int64, row-major, little-endian. <see cref="ArrayFile"/> reads those of others.</summary>
/// <remarks>
/// <c>\x93NUMPY 1 0</c>, the header's length as uint16, a Python dictionary padded with spaces and closed by a line end so that the data
/// start at a multiple of 64 bytes, then the data. Source: numpy.lib.format.
/// </remarks>
public static class Npy
{
    private const int Alignment = 64, PrefixBytes = 10; // bytes
    internal const string Float32 = "<f4";
    private const string Int64 = "<i8";

    /// <summary>Writes float32 numbers; the file appears whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="values">The numbers, row-major.</param>
    /// <param name="shape">The axes; their product is the number of values. No axes is a single number.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) => Write(path, Float32, values, shape);

    /// <summary>Writes int64 numbers; the file appears whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="values">The numbers, row-major.</param>
    /// <param name="shape">The axes; their product is the number of values. No axes is a single number.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<long> values, params ReadOnlySpan<int> shape) => Write(path, Int64, values, shape);

    /// <summary>Reads a float32 file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The numbers, row-major, and the axes.</returns>
    /// <exception cref="BadDataException">It is no such file, or not of the size that its header says.</exception>
    public static (float[] Values, int[] Shape) ReadFloats(string path) => Read<float>(path, NumberType.Float32);

    /// <summary>Reads an int64 file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The numbers, row-major, and the axes.</returns>
    /// <exception cref="BadDataException">It is no such file, or not of the size that its header says.</exception>
    public static (long[] Values, int[] Shape) ReadLongs(string path) => Read<long>(path, NumberType.Int64);

    private static void Write<T>(string path, string type, ReadOnlySpan<T> values, ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        Binary.CheckCount(shape, values.Length);
        using AtomicFile file = new(path);
        file.Stream.Write(Header(type, shape));
        Binary.Write(file.Stream, values);
        file.Commit();
    }

    /// <summary>What stands before the numbers.</summary>
    internal static byte[] Header(string type, ReadOnlySpan<int> shape)
    {
        string axes = string.Join(", ", shape.ToArray().Select(axis => axis.ToString(CultureInfo.InvariantCulture)));
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({axes}{(shape.Length == 1 ? "," : "")}), }}";
        int length = ((PrefixBytes + header.Length + Alignment) / Alignment * Alignment) - PrefixBytes; // with the line end
        byte[] start = new byte[PrefixBytes + length];
        NpyHeader.Magic.CopyTo(start);
        start[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(start.AsSpan(8), checked((ushort)length));
        Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n", start.AsSpan(PrefixBytes));
        return start;
    }

    private static (T[] Values, int[] Shape) Read<T>(string path, NumberType type)
        where T : unmanaged
    {
        using FileStream stream = File.OpenRead(path);
        NpyHeader header = NpyHeader.Read(stream, path);
        string axes = string.Join(", ", header.Shape);
        if (header.Type != type || header.IsBigEndian) throw Bad(path, $"it holds {(header.IsBigEndian ? "big-endian " : "")}{header.Type}", $"{type}");
        if (header.IsColumnMajor) throw Bad(path, "it is column-major", "'fortran_order': False");
        if (header.Count > Array.MaxLength) throw Bad(path, $"its shape is ({axes})", $"{Counted.Of(Array.MaxLength, "element")} at most");
        long expected = header.Count * Marshal.SizeOf<T>(), found = stream.Length - header.Bytes;
        if (found != expected) throw Bad(path, $"it has {Counted.Of(found, "byte")} of data", $"{expected} for its shape ({axes})");
        T[] values = new T[header.Count];
        Binary.Read(stream, values.AsSpan());
        return (values, [.. header.Shape.Select(axis => (int)axis)]);
    }

    private static BadDataException Bad(string path, string found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}: {found}; expected {expected}."));
}
