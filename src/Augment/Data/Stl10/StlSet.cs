using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Stl10;

/// <summary>One split of STL-10 in its binary version, read from its files at every read; Coates, Ng and Lee, AISTATS 2011.</summary>
/// <remarks>An image is 3 planes (red, green, blue) of 96 x 96 bytes, each stored column by column; a label is a byte from 1 to 10.</remarks>
internal sealed class StlSet : IImageSet, IDisposable
{
    internal const string Kind = "stl10", UnlabelledKind = "stl10-unlabeled", UnlabelledFile = "unlabeled_X.bin";

    private const int Side = 96, Plane = Side * Side, Record = 3 * Plane, Classes = 10;
    private const string Folder = "stl10_binary", NamesFile = "class_names.txt";
    private static readonly string[] Names = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"];

    /// <summary>The MD5 sums of the files, as torchvision has them.</summary>
    private static readonly Dictionary<string, string> Sums = new()
    {
        ["train_X.bin"] = "918c2871b30a85fa023e0c44e0bee87f", ["train_y.bin"] = "5a34089d4802c674881badbb80307741",
        ["test_X.bin"] = "7f263ba9f9e0b06b93213547f721ac82", ["test_y.bin"] = "36f9794fa4beb8a2c72628de14fa638e",
        [UnlabelledFile] = "5242ba1fed5e4be9e1e742405eb56ca4",
    };

    private readonly List<(FileStream File, int First)> files = [];
    private readonly DataRequest request;
    private bool isOfficial = true;
    private readonly byte[] labels, classes = []; // as stored, and those that the training images have, in order

    private StlSet(string folder, string split, bool unlabelled, DataRequest request, StlSet? train = null)
    {
        this.request = request;
        Name = $"{(unlabelled ? UnlabelledKind : Kind)} {split}";
        try
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            AddImages(Path.Combine(folder, $"{split}_X.bin"), hash);
            labels = unlabelled ? [] : ReadLabels(Path.Combine(folder, $"{split}_y.bin"));
            if (unlabelled) AddImages(Path.Combine(folder, UnlabelledFile), hash);
            classes = train?.classes ?? [.. labels.Distinct().Order()];
            if (labels.Except(classes).ToArray() is [byte other, ..])
                throw new BadDataException($"{Path.Combine(folder, $"{split}_y.bin")} has the label {other}, which no training image has.");
            string[] names = unlabelled ? [] : ReadNames(Path.Combine(folder, NamesFile));
            ClassNames = [.. classes.Select(label => names[label - 1])];
            hash.AppendData(labels);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', ClassNames)));
            Fingerprint = $"{Name} count {Count} sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}";
        }
        catch (Exception fault)
        {
            Dispose();
            if (fault is not (IOException or UnauthorizedAccessException)) throw;
            throw new BadDataException($"{folder} cannot be read as {Kind}: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public long MaximumBytes => Record;

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return labels.Length > 0 ? Array.BinarySearch(classes, labels[index]) : throw new InvalidOperationException($"{Name} has no labels.");
    }

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        CheckIndex(index);
        (FileStream file, int first) = files.FindLast(file => file.First <= index);
        Span<byte> planes = stackalloc byte[Record];
        int read = 0;
        try
        {
            SafeFileHandle handle = file.SafeFileHandle;
            for (int count = 1; count > 0 && read < Record; read += count)
                count = RandomAccess.Read(handle, planes[read..], ((long)(index - first) * Record) + read);
        }
        catch (IOException fault)
        {
            throw new BadDataException($"{file.Name} cannot be read: {fault.Message}", fault);
        }

        if (read < Record) throw new BadDataException($"{file.Name} ends within image {index - first}; expected {Counted.Of(Record, "byte")} of it.");
        if (pixels.Length < Record) pixels = new byte[Record];
        for (int channel = 0; channel < 3; channel++)
        for (int x = 0; x < Side; x++)
        for (int y = 0; y < Side; y++) pixels[(3 * ((y * Side) + x)) + channel] = planes[(channel * Plane) + (x * Side) + y];
        return (Side, Side);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((FileStream file, _) in files) file.Dispose();
    }

    /// <summary>The folder with the files: the path itself or the official folder in it; null where there is none.</summary>
    internal static string? FindFolder(string path) =>
        new[] { path, Path.Combine(path, Folder) }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "train_X.bin")));

    /// <summary>Opens both splits.</summary>
    /// <param name="folder">The folder with the files.</param>
    /// <param name="unlabelled">Whether the training images are all of them, without labels; there is no test split then.</param>
    /// <param name="request">Is told of the progress, and ends the reading.</param>
    /// <exception cref="BadDataException">A file is missing, has a wrong size or holds a label out of range.</exception>
    internal static ImageData Open(string folder, bool unlabelled, DataRequest request)
    {
        StlSet train = new(folder, "train", unlabelled, request);
        if (unlabelled) return new ImageData(UnlabelledKind, train, null, [], train) { Origin = Origin.Of(train.isOfficial) };
        List<string> warnings = [];
        string more = Path.Combine(folder, UnlabelledFile);
        if (File.Exists(more)) warnings.Add($"{more} is left out: its images have no labels; the kind of data {UnlabelledKind} trains on them too.");
        if (train.classes.Length < Classes) warnings.Add($"{folder} has training images of {train.classes.Length} of the {Counted.Of(Classes, "class")}.");
        StlSet? test = null;
        if (File.Exists(Path.Combine(folder, "test_X.bin"))) test = new StlSet(folder, "test", unlabelled: false, request, train);
        else warnings.Add($"{folder} has no test_X.bin: it can be trained on, and an evaluation needs one.");
        return new ImageData(Kind, train, test, warnings, new Together(train, test)) { Origin = Origin.Of(train.isOfficial && test is not { isOfficial: false }) };
    }

    private void AddImages(string path, IncrementalHash hash)
    {
        if (!File.Exists(path)) throw new BadDataException($"{path} is missing; expected it beside train_X.bin.");
        FileStream file = RegularFile.Open(path);
        files.Add((file, Count));
        long records = file.Length / Record;
        if (records == 0 || file.Length % Record != 0 || records + Count > int.MaxValue)
            throw new BadDataException($"{path} has {Counted.Of(file.Length, "byte")}; expected whole images of {Counted.Of(Record, "byte")}.");
        Count += (int)records;
        byte[] buffer = new byte[1 << 20];
        using IncrementalHash sum = Origin.Sum();
        while (file.Read(buffer) is > 0 and int read)
        {
            request.Stop.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            sum.AppendData(buffer, 0, read);
            request.Progress?.Invoke(file.Position, file.Length);
        }

        isOfficial &= Origin.Text(sum) == Sums[Path.GetFileName(path)];
    }

    private byte[] ReadLabels(string path)
    {
        if (!File.Exists(path)) throw new BadDataException($"{path} is missing; expected a label for each of {Counted.Of(Count, "image")}.");
        using FileStream file = RegularFile.Open(path);
        if (file.Length != Count) throw new BadDataException($"{path} has {Counted.Of(file.Length, "byte")}; expected a label for each of {Counted.Of(Count, "image")}.");
        byte[] read = new byte[Count];
        file.ReadExactly(read);
        isOfficial &= Origin.Sum(read) == Sums[Path.GetFileName(path)];
        int bad = Array.FindIndex(read, label => label is < 1 or > Classes);
        return bad < 0 ? read : throw new BadDataException($"{path}: image {bad} has label {read[bad]}; expected 1 to {Classes}.");
    }

    private static string[] ReadNames(string path)
    {
        if (!File.Exists(path)) return Names;
        using FileStream file = RegularFile.Open(path);
        if (file.Length > 1 << 16) throw new BadDataException($"{path} has {Counted.Of(file.Length, "byte")}; expected {Classes} class names.");
        using StreamReader reader = new(file);
        string[] names = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Length == Classes ? names : throw new BadDataException($"{path} has {names.Length} class names; expected {Classes}.");
    }

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
