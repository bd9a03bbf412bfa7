using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NegSamples.Files;

/// <summary>The contents of a safetensors file, read into memory. <see cref="Safetensors"/> writes it and names the format.</summary>
/// <remarks>
/// Everything that the header claims is checked before any memory of a claimed size is taken. Values are not checked: NaN and infinity pass.
/// </remarks>
internal sealed class SafetensorsFile
{
    private const string Extension = ".safetensors";
    private const int LengthBytes = 8;
    internal const int FirstBytes = LengthBytes + 2; // the length, and the brace and quote that a header begins with
    internal const int LargestHeader = 100_000_000; // bytes; the format's own limit
    private readonly string path;
    private readonly Dictionary<string, (SafetensorsPlace Place, byte[] Data)> tensors = [];

    private SafetensorsFile(string path, SafetensorsHeader header, Stream data)
    {
        this.path = path;
        Names = [.. header.Tensors.Select(place => place.Name)];
        Metadata = header.Metadata;
        foreach (SafetensorsPlace place in header.Tensors.OrderBy(place => place.Start).ThenBy(place => place.End))
        {
            if (place.End - place.Start > Array.MaxLength) throw Bad($"'{place.Name}' has {Counted.Of(place.End - place.Start, "byte")}", $"{Array.MaxLength} at most");
            byte[] bytes = new byte[place.End - place.Start];
            data.ReadExactly(bytes);
            tensors.Add(place.Name, (place, bytes));
        }
    }

    /// <summary>The tensors' names in the order of the header.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The texts about the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadDataException">It is not a sound safetensors file; the message names the file, what is wrong and what was expected.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SafetensorsFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return new SafetensorsFile(path, ReadHeader(stream, path), stream);
    }

    /// <summary>What a file holds and where its data begin, without the data.</summary>
    internal static (IReadOnlyList<SafetensorsPlace> Tensors, long Start) ReadHeader(string path)
    {
        using FileStream stream = RegularFile.Open(path);
        SafetensorsHeader header = ReadHeader(stream, path);
        return (header.Tensors, stream.Position);
    }

    /// <summary>Whether a file is meant as one of this format: by its name, or by a beginning that no other has. A header that lies is then named as such.</summary>
    /// <param name="path">The file.</param>
    /// <param name="first">Its first bytes, <see cref="FirstBytes"/> where it has them.</param>
    internal static bool IsMeant(string path, ReadOnlySpan<byte> first) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        || (first.Length >= FirstBytes && first[LengthBytes] == (byte)'{'
            && (first[LengthBytes + 1] == (byte)'"' || BinaryPrimitives.ReadUInt64LittleEndian(first) <= LargestHeader));

    private static SafetensorsHeader ReadHeader(FileStream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (stream.ReadAtLeast(prefix, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
            throw Bad(path, $"the file has {Counted.Of(stream.Length, "byte")}", $"{LengthBytes} or more");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeader) throw Bad(path, $"the header's length is {Counted.Of(length, "byte")}", $"{LargestHeader} at most; this is hardly a safetensors file");
        if ((long)length > stream.Length - LengthBytes)
            throw Bad(path, $"the header's length is {Counted.Of(length, "byte")}", $"{stream.Length - LengthBytes} at most, the file is too short");
        byte[] json = new byte[length];
        stream.ReadExactly(json);
        return new SafetensorsHeader(path, json, stream.Length - stream.Position);
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    /// <param name="name">The name.</param>
    public bool Contains(string name) => tensors.ContainsKey(name);

    /// <summary>A tensor's element type.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="BadDataException">There is no such tensor.</exception>
    public SafetensorsType Type(string name) => Find(name).Place.Type;

    /// <summary>A tensor's axes, none for a single number.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="BadDataException">There is no such tensor.</exception>
    public ReadOnlySpan<int> Shape(string name) => Find(name).Place.Shape;

    /// <summary>A floating-point tensor (F32, F16 or BF16) as float32, row-major.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="BadDataException">There is no such tensor or it holds another type.</exception>
    public float[] Floats(string name)
    {
        (SafetensorsPlace place, byte[] data) = Find(name);
        switch (place.Type)
        {
            case SafetensorsType.F32:
                return MemoryMarshal.Cast<byte, float>(data).ToArray();
            case SafetensorsType.F16:
                return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(data).ToArray(), value => (float)value);
            case SafetensorsType.BF16:
                return Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(data).ToArray(), value => BitConverter.UInt32BitsToSingle((uint)value << 16));
            default:
                throw WrongType(place, "F32, F16 or BF16");
        }
    }

    /// <summary>A floating-point tensor of a known shape.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="expected">The axes that it must have.</param>
    /// <exception cref="BadDataException">There is no such tensor, it holds another type or it has another shape.</exception>
    public float[] Floats(string name, ReadOnlySpan<int> expected)
    {
        if (!Shape(name).SequenceEqual(expected))
            throw Bad($"'{name}' is [{string.Join(", ", Shape(name).ToArray())}]", $"[{string.Join(", ", expected.ToArray())}]");
        return Floats(name);
    }

    /// <summary>An integer tensor (I64, I32 or U8) as int64, row-major.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="BadDataException">There is no such tensor or it holds another type.</exception>
    public long[] Longs(string name)
    {
        (SafetensorsPlace place, byte[] data) = Find(name);
        return place.Type switch
        {
            SafetensorsType.I64 => MemoryMarshal.Cast<byte, long>(data).ToArray(),
            SafetensorsType.I32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(data).ToArray(), value => (long)value),
            SafetensorsType.U8 => Array.ConvertAll(data, value => (long)value),
            _ => throw WrongType(place, "I64, I32 or U8"),
        };
    }

    /// <summary>An int32 tensor, row-major.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="BadDataException">There is no such tensor or it holds another type.</exception>
    public int[] Ints(string name)
    {
        (SafetensorsPlace place, byte[] data) = Find(name);
        return place.Type == SafetensorsType.I32 ? MemoryMarshal.Cast<byte, int>(data).ToArray() : throw WrongType(place, "I32");
    }

    /// <summary>A uint8 tensor, row-major.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="BadDataException">There is no such tensor or it holds another type.</exception>
    public byte[] Bytes(string name)
    {
        (SafetensorsPlace place, byte[] data) = Find(name);
        return place.Type == SafetensorsType.U8 ? [.. data] : throw WrongType(place, "U8");
    }

    private (SafetensorsPlace Place, byte[] Data) Find(string name) =>
        tensors.TryGetValue(name, out (SafetensorsPlace, byte[]) found)
            ? found
            : throw Bad($"there is no tensor '{name}'",
                Names.Count == 0 ? "one; the file has none" : $"one; the file has {Names.Count}, the first is '{Names[0]}'");

    private BadDataException WrongType(SafetensorsPlace place, string expected) => Bad($"'{place.Name}' holds {place.Type}", expected);

    private BadDataException Bad(string found, string expected) => Bad(path, found, expected);

    private static BadDataException Bad(string path, string found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}: {found}; expected {expected}."));
}
