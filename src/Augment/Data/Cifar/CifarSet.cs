using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Cifar;

/// <summary>One split of CIFAR-10 or CIFAR-100 in its binary or Python version, held in memory. The labels of CIFAR-100 are the fine ones.</summary>
internal sealed class CifarSet : IImageSet
{
    private readonly CifarLayout layout;
    private readonly byte[][] files;
    private readonly int[] starts; // the index of each file's first image, and the count
    private readonly List<string> warnings = [];

    private CifarSet(CifarLayout layout, CifarFiles source, bool train)
    {
        this.layout = layout;
        Name = $"{layout.Kind} {(train ? "train" : "test")}";
        ClassNames = ReadNames(layout, source);
        string[] names = train ? layout.TrainFiles : [layout.TestFile];
        files = new byte[names.Length][];
        starts = new int[names.Length + 1];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < names.Length; i++)
        {
            files[i] = ReadRecords(source, names[i], train ? layout.TrainRecords : CifarLayout.TestRecords);
            starts[i + 1] = starts[i] + (files[i].Length / layout.Record);
            hash.AppendData(files[i]);
        }

        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', ClassNames)));
        Fingerprint = $"{Name} count {Count} sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => starts[^1];

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public long MaximumBytes => 3 * CifarLayout.Plane;

    /// <summary>What is unusual but no fault: a file with another number of records than the official one.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <inheritdoc/>
    public int Label(int index) => Record(index)[layout.Classes.Length - 1];

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        const int plane = CifarLayout.Plane;
        ReadOnlySpan<byte> planes = Record(index)[layout.Classes.Length..];
        if (pixels.Length < 3 * plane) pixels = new byte[3 * plane];
        ReadOnlySpan<byte> red = planes[..plane], green = planes.Slice(plane, plane), blue = planes.Slice(2 * plane, plane);
        Span<byte> target = pixels.AsSpan(0, 3 * plane);
        for (int i = 0; i < red.Length; i++) (target[3 * i], target[(3 * i) + 1], target[(3 * i) + 2]) = (red[i], green[i], blue[i]);
        return (CifarLayout.Side, CifarLayout.Side);
    }

    /// <summary>Reads both splits.</summary>
    /// <exception cref="BadDataException">A file is missing, has a wrong size or holds a label out of range.</exception>
    internal static (CifarSet Train, CifarSet Test) Open(CifarLayout layout, CifarFiles source) =>
        (new CifarSet(layout, source, train: true), new CifarSet(layout, source, train: false));

    private ReadOnlySpan<byte> Record(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        int file = 0;
        while (index >= starts[file + 1]) file++;
        return files[file].AsSpan((index - starts[file]) * layout.Record, layout.Record);
    }

    private byte[] ReadRecords(CifarFiles source, string file, int standard)
    {
        string name = source.NameOf(layout, file);
        byte[] bytes = source.Find(file)
            ?? throw new BadDataException($"{name} is missing; {layout.Kind} needs {source.Needed(layout)}.");
        int record = layout.Record, records = bytes.Length / record;
        if (records == 0 || bytes.Length % record != 0)
        {
            throw new BadDataException(
                $"{name} has {Counted.Of(bytes.Length, "byte")}; expected {(long)standard * record} ({Counted.Of(standard, "record")} of {Counted.Of(record, "byte")}), or at least whole records.");
        }

        if (records != standard) warnings.Add($"{name} has {Counted.Of(records, "record")}; the official file has {standard}.");
        for (int i = 0; i < records; i++)
        {
            for (int label = 0; label < layout.Classes.Length; label++)
            {
                int value = bytes[(i * record) + label], classes = layout.Classes[label];
                if (value >= classes) throw new BadDataException($"{name}: record {i} has label {value}; expected 0 to {classes - 1}.");
            }
        }

        return bytes;
    }

    private static string[] ReadNames(CifarLayout layout, CifarFiles source)
    {
        if (source.Find(layout.NamesFile) is not { } bytes) return layout.Names;
        string[] names = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == layout.Names.Length) return names;
        throw new BadDataException($"{source.NameOf(layout, layout.NamesFile)} has {names.Length} class names; expected {layout.Names.Length}.");
    }
}
