using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace NegSamples.Files;

/// <summary>NumPy's array files, version 1.0: float32 and int64, row-major, little-endian.</summary>
/// <remarks>
/// <c>\x93NUMPY 1 0</c>, the header's length as uint16, a Python dictionary padded with spaces and closed by a line end so that the data
/// start at a multiple of 64 bytes, then the data. Source: numpy.lib.format.
/// </remarks>
public static partial class Npy
{
    private const int Alignment = 64, PrefixBytes = 10; // bytes
    internal const string Float32 = "<f4";
    private const string Int64 = "<i8";

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

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
    public static (float[] Values, int[] Shape) ReadFloats(string path) => Read<float>(path, Float32);

    /// <summary>Reads an int64 file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The numbers, row-major, and the axes.</returns>
    /// <exception cref="BadDataException">It is no such file, or not of the size that its header says.</exception>
    public static (long[] Values, int[] Shape) ReadLongs(string path) => Read<long>(path, Int64);

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
        Magic.CopyTo(start);
        start[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(start.AsSpan(8), checked((ushort)length));
        Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n", start.AsSpan(PrefixBytes));
        return start;
    }

    private static (T[] Values, int[] Shape) Read<T>(string path, string type)
        where T : unmanaged
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        if (stream.ReadAtLeast(prefix, PrefixBytes, throwOnEndOfStream: false) < PrefixBytes || !prefix.StartsWith(Magic))
            throw Bad(path, "it does not start as an .npy file does", "\\x93NUMPY, a version and a header length");
        if (prefix[6] != 1 || prefix[7] != 0) throw Bad(path, $"its version is {prefix[6]}.{prefix[7]}", "1.0");
        byte[] bytes = new byte[BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw Bad(path, "it ends within its header", $"{bytes.Length} bytes of header");
        Match header = HeaderPattern().Match(Encoding.Latin1.GetString(bytes));
        if (!header.Success) throw Bad(path, "its header is not understood", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
        if (header.Groups["type"].Value != type) throw Bad(path, $"it holds '{header.Groups["type"].Value}'", $"'{type}'");
        if (header.Groups["order"].Value != "False") throw Bad(path, "it is column-major", "'fortran_order': False");
        List<int> shape = [];
        long count = 1;
        foreach (string axis in header.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out int length))
                throw Bad(path, $"an axis is '{axis}'", $"a number up to {int.MaxValue}");
            shape.Add(length);
            count = length == 0 || count <= Array.MaxLength / length ? count * length
                : throw Bad(path, $"its shape is ({header.Groups["shape"].Value})", $"{Array.MaxLength} elements at most");
        }

        long expected = count * Marshal.SizeOf<T>(), found = stream.Length - stream.Position;
        if (found != expected) throw Bad(path, $"it has {found} bytes of data", $"{expected} for its shape ({header.Groups["shape"].Value})");
        T[] values = new T[count];
        Binary.Read(stream, values.AsSpan());
        return (values, [.. shape]);
    }

    private static BadDataException Bad(string path, string found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}: {found}; expected {expected}."));

    // numpy writes the keys in this order, sorted by name.
    [GeneratedRegex(
        @"\A\{\s*'descr'\s*:\s*'(?<type>[^']*)'\s*,\s*'fortran_order'\s*:\s*(?<order>True|False)\s*,"
        + @"\s*'shape'\s*:\s*\((?<shape>[0-9,\s]*)\)\s*,?\s*\}\s*\z")]
    private static partial Regex HeaderPattern();
}
