using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NegSamples.Files.Arrays;

/// <summary>What stands before the numbers of a NumPy array, of any version, type and order; see <see cref="Npy"/>.</summary>
/// <param name="Type">The type of the numbers.</param>
/// <param name="IsBigEndian">Whether their first byte is the highest.</param>
/// <param name="IsColumnMajor">Whether the first axis runs fastest ("fortran_order").</param>
/// <param name="Shape">The axes; none for a single number.</param>
/// <param name="Count">How many numbers there are.</param>
/// <param name="Bytes">How long the header is.</param>
internal sealed partial record NpyHeader(NumberType Type, bool IsBigEndian, bool IsColumnMajor, long[] Shape, long Count, long Bytes = 0)
{
    private const int LargestHeader = 1 << 20; // bytes; numpy's own limit for a header that it trusts is 10,000

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the header; the stream then stands at the first number.</summary>
    /// <param name="stream">The file, or a member of an archive.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadDataException">It is no such header.</exception>
    public static NpyHeader Read(Stream stream, string name)
    {
        Span<byte> prefix = stackalloc byte[12];
        if (stream.ReadAtLeast(prefix[..8], 8, throwOnEndOfStream: false) < 8 || !prefix.StartsWith(Magic))
            throw Bad(name, "it does not start as an .npy file does", "\\x93NUMPY, a version and a header length");
        (byte major, byte minor) = (prefix[6], prefix[7]);
        if (major is < 1 or > 3 || minor != 0) throw Bad(name, $"its version is {major}.{minor}", "1.0, 2.0 or 3.0");
        Span<byte> size = prefix.Slice(8, major == 1 ? 2 : 4);
        if (stream.ReadAtLeast(size, size.Length, throwOnEndOfStream: false) < size.Length) throw Bad(name, "it ends within its header", "the header's length");
        uint length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > LargestHeader) throw Bad(name, $"its header has {Counted.Of(length, "byte")}", $"{LargestHeader} at most");
        byte[] bytes = new byte[length];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Bad(name, "it ends within its header", $"{Counted.Of(length, "byte")} of header");
        return Parse((major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes), name) with { Bytes = 8 + size.Length + length };
    }

    private static NpyHeader Parse(string text, string name)
    {
        string[] needed = ["descr", "fortran_order", "shape"];
        Dictionary<string, string> entries = [];
        Match whole = DictionaryPattern().Match(text);
        foreach (Capture entry in whole.Groups["entry"].Captures)
        {
            Match one = EntryPattern().Match(entry.Value);
            entries[one.Groups["key"].Value] = one.Groups["value"].Value;
        }

        if (!whole.Success || !needed.All(entries.ContainsKey)) throw Bad(name, "its header is not understood", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
        string descr = entries["descr"].Trim('\'', '"');
        NumberType type = TypeOf(descr) ?? throw Bad(name, $"it holds {entries["descr"]}", "numbers: b1, i1 to i8, u1 to u8, f2, f4 or f8");
        List<long> shape = [];
        long count = 1;
        foreach (string axis in entries["shape"].Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!long.TryParse(axis.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long length) || length > int.MaxValue)
                throw Bad(name, $"an axis is '{axis}'", $"a number up to {int.MaxValue}");
            shape.Add(length);
            count = length == 0 || count <= long.MaxValue / 8 / length ? count * length : throw Bad(name, $"its shape is {entries["shape"]}", "a size that fits 64 bits");
        }

        return new NpyHeader(type, descr[0] == '>', entries["fortran_order"] == "True", [.. shape], count);
    }

    private static NumberType? TypeOf(string descr) => descr.Length != 3 || descr[0] is not ('<' or '>' or '|' or '=') ? null : descr[1..] switch
    {
        "b1" => NumberType.Bool,
        "i1" => NumberType.Int8,
        "u1" => NumberType.UInt8,
        "i2" => NumberType.Int16,
        "u2" => NumberType.UInt16,
        "i4" => NumberType.Int32,
        "u4" => NumberType.UInt32,
        "i8" => NumberType.Int64,
        "u8" => NumberType.UInt64,
        "f2" => NumberType.Float16,
        "f4" => NumberType.Float32,
        "f8" => NumberType.Float64,
        _ => null,
    };

    private static BadDataException Bad(string name, string found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name}: {found}; expected {expected}."));

    [GeneratedRegex(@"\A\s*\{\s*(?:(?<entry>'[a-z_]+'\s*:\s*(?:'[^']*'|True|False|\([0-9,\sL]*\)|\[[^\]]*\]))\s*,?\s*){1,8}\}\s*\z")]
    private static partial Regex DictionaryPattern();

    [GeneratedRegex(@"\A'(?<key>[a-z_]+)'\s*:\s*(?<value>.*)\z", RegexOptions.Singleline)]
    private static partial Regex EntryPattern();
}
