using NegSamples.Files;

namespace NegSamples.Augment.Data.Cifar;

/// <summary>The contents of the CIFAR files in a folder or an archive, by file name in the binary version.</summary>
/// <param name="place">The folder or the archive.</param>
/// <param name="archive">Whether it is an archive.</param>
internal sealed class CifarFiles(string place, bool archive)
{
    /// <summary>A text file of class names has a few hundred bytes.</summary>
    private const long LargestNames = 1 << 16;

    private static readonly Dictionary<string, long> Largest = CifarLayout.All.SelectMany(layout => layout.Sizes(LargestNames)).ToDictionary();

    /// <summary>The files of the Python versions, with the folders that they lie in, and what each holds.</summary>
    private static readonly Dictionary<string, (CifarLayout Layout, string File)> PythonFiles = CifarLayout.All
        .SelectMany(layout => layout.ImageFiles.Append(layout.NamesFile).Select(file => ($"{layout.PythonFolder}/{layout.PythonNameOf(file)}", (layout, file))))
        .ToDictionary(entry => entry.Item1, entry => entry.Item2, StringComparer.Ordinal);

    private readonly Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> python = new(StringComparer.Ordinal); // what files of the Python version hold, as the binary one has it

    /// <summary>The folder with files of this layout: the path itself or the official folder in it; null where there is none.</summary>
    public static string? FindFolder(string path, CifarLayout layout)
    {
        string[] candidates = [path, Path.Combine(path, layout.Folder)];
        return candidates.FirstOrDefault(folder => layout.ImageFiles.Any(file => File.Exists(Path.Combine(folder, file))))
            ?? new[] { path, Path.Combine(path, layout.PythonFolder) }.FirstOrDefault(folder => HoldsPython(folder, layout));
    }

    /// <summary>Reads the files of a layout from a folder; those that are missing are left out.</summary>
    public static CifarFiles ReadFolder(string folder, CifarLayout layout)
    {
        CifarFiles files = new(folder, archive: false);
        List<(string Name, bool IsBinary, Task<byte[]> Read)> reads = [];
        foreach (string name in layout.ImageFiles.Append(layout.NamesFile))
        {
            string binary = Path.Combine(folder, name), pickled = Path.Combine(folder, layout.PythonNameOf(name));
            bool isBinary = File.Exists(binary);
            if (!isBinary && !File.Exists(pickled)) continue;
            reads.Add((name, isBinary, Task.Run(() => files.ReadFile(layout, name, isBinary ? binary : pickled, isBinary))));
        }

        // In their order: of several faults the first is told.
        foreach ((string name, bool isBinary, Task<byte[]> read) in reads)
            (isBinary ? files.contents : files.python).Add(name, read.GetAwaiter().GetResult());
        return files;
    }

    private byte[] ReadFile(CifarLayout layout, string name, string path, bool isBinary)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            return isBinary ? ReadBinary(name, stream, stream.Length) : ReadPython(layout, name, stream, stream.Length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Takes a file of an archive where it is one of any layout, whatever folder it lies in.</summary>
    /// <param name="entry">Its full name.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="stream">Is read where it is one.</param>
    /// <returns>Whether it is one.</returns>
    /// <exception cref="BadDataException">It is there twice, or larger than the official one.</exception>
    public bool Take(string entry, long length, Stream stream)
    {
        string name = entry[(entry.LastIndexOf('/') + 1)..];
        string inFolder = string.Join('/', entry.Split('/').TakeLast(2));
        if (PythonFiles.TryGetValue(inFolder, out (CifarLayout Layout, string File) pickled))
        {
            byte[] converted = ReadPython(pickled.Layout, pickled.File, stream, length);
            Add(python, pickled.File, pickled.Layout.PythonNameOf(pickled.File), converted);
            return true;
        }

        if (!Largest.ContainsKey(name)) return false;
        Add(contents, name, name, ReadBinary(name, stream, length));
        return true;
    }

    /// <summary>Whether the files of a layout have the published sums, or the archive has.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="archiveSum">The sum of the archive; null for a folder.</param>
    public bool AreOfficial(CifarLayout layout, string? archiveSum) => archiveSum == layout.ArchiveSum || archiveSum == layout.PythonArchiveSum
        || (layout.FileSums.Count > 0 && layout.FileSums.AsParallel().All(entry => Find(entry.Key) is { } bytes && Origin.Sum(bytes) == entry.Value));

    /// <summary>Whether any image file of a layout is there.</summary>
    public bool Has(CifarLayout layout) => layout.ImageFiles.Any(file => Find(file) is not null);

    /// <summary>What the messages call a file of a layout: by its name in the version that is there.</summary>
    public string NameOf(CifarLayout layout, string file) =>
        Full(IsPython(layout) && !contents.ContainsKey(file) ? layout.PythonNameOf(file) : file);

    /// <summary>The files that a layout needs, in the version that is there.</summary>
    public string Needed(CifarLayout layout) => IsPython(layout)
        ? $"{string.Join(", ", layout.ImageFiles.Select(layout.PythonNameOf))} (the Python version)"
        : $"{string.Join(", ", layout.ImageFiles)} (the binary version)";

    /// <summary>The contents of a file of the binary version, or null where it is missing in both.</summary>
    public byte[]? Find(string file) => contents.GetValueOrDefault(file) ?? python.GetValueOrDefault(file);

    /// <summary>The image files of either version in a folder, with their lengths.</summary>
    public static long BytesIn(string folder, CifarLayout layout) => layout.ImageFiles
        .Select(file => new[] { file, layout.PythonNameOf(file) }.Select(name => new FileInfo(Path.Combine(folder, name)))
            .FirstOrDefault(found => found.Exists))
        .Sum(found => found?.Length ?? 0);

    /// <summary>Whether a folder has the Python version: CIFAR-100's are named so generally that the folder or the class names must be there too.</summary>
    private static bool HoldsPython(string folder, CifarLayout layout)
    {
        bool isNamed = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) == layout.PythonFolder;
        return (isNamed || File.Exists(Path.Combine(folder, layout.PythonNamesFile)))
            && layout.ImageFiles.Any(file => File.Exists(Path.Combine(folder, layout.PythonNameOf(file))));
    }

    private string Full(string name) => archive ? $"{place}: {name}" : Path.Combine(place, name);

    private bool IsPython(CifarLayout layout) => python.Count > 0 && !layout.ImageFiles.Any(contents.ContainsKey);

    /// <summary>What a file of the Python version holds.</summary>
    private byte[] ReadPython(CifarLayout layout, string file, Stream stream, long length)
    {
        // A pickle also has the images' file names, some thirty bytes each.
        const int more = 200;
        int records = file == layout.NamesFile ? 0 : file == layout.TestFile ? CifarLayout.TestRecords : layout.TrainRecords;
        long largest = LargestNames + ((long)records * (layout.Record + more));
        string full = Full(layout.PythonNameOf(file));
        if (length < 0 || length > largest) throw new BadDataException($"{full} has {Counted.Of(length, "byte")}; expected at most {largest}.");
        byte[] bytes = ReadAll(stream, length);
        return file == layout.NamesFile ? CifarPython.Names(layout, bytes, full) : CifarPython.Records(layout, bytes, full);
    }

    private byte[] ReadBinary(string name, Stream stream, long length) => length >= 0 && length <= Largest[name] ? ReadAll(stream, length)
        : throw new BadDataException($"{Full(name)} has {Counted.Of(length, "byte")}; expected at most the {Largest[name]} of the official file.");

    private static byte[] ReadAll(Stream stream, long length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)length)); // Zeros would be written over 180 MB in vain.
        LargePages.Ask(bytes);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private void Add(Dictionary<string, byte[]> files, string file, string name, byte[] bytes)
    {
        if (!files.TryAdd(file, bytes)) throw new BadDataException($"{place} holds {name} twice; expected it once.");
    }
}
