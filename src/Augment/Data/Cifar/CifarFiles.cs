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
        foreach (string name in layout.ImageFiles.Append(layout.NamesFile))
        {
            string binary = Path.Combine(folder, name), pickled = Path.Combine(folder, layout.PythonNameOf(name));
            bool isBinary = File.Exists(binary);
            if (!isBinary && !File.Exists(pickled)) continue;
            string path = isBinary ? binary : pickled;
            try
            {
                using FileStream stream = RegularFile.Open(path);
                if (isBinary) files.Add(name, stream, stream.Length);
                else files.AddPython(layout, name, stream, stream.Length);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
            }
        }

        return files;
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
            AddPython(pickled.Layout, pickled.File, stream, length);
            return true;
        }

        if (!Largest.ContainsKey(name)) return false;
        Add(name, stream, length);
        return true;
    }

    /// <summary>Whether the files of a layout have the published sums, or the archive has.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="archiveSum">The sum of the archive; null for a folder.</param>
    public bool AreOfficial(CifarLayout layout, string? archiveSum) => archiveSum == layout.ArchiveSum || archiveSum == layout.PythonArchiveSum
        || (layout.FileSums.Count > 0 && layout.FileSums.All(entry => Find(entry.Key) is { } bytes && Origin.Sum(bytes) == entry.Value));

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

    /// <summary>Takes what a file of the Python version holds.</summary>
    private void AddPython(CifarLayout layout, string file, Stream stream, long length)
    {
        // A pickle also has the images' file names, some thirty bytes each.
        const int more = 200;
        int records = file == layout.NamesFile ? 0 : file == layout.TestFile ? CifarLayout.TestRecords : layout.TrainRecords;
        long largest = LargestNames + ((long)records * (layout.Record + more));
        string name = layout.PythonNameOf(file), full = Full(name);
        if (length < 0 || length > largest) throw new BadDataException($"{full} has {length} bytes; expected at most {largest}.");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        byte[] converted = file == layout.NamesFile ? CifarPython.Names(layout, bytes, full) : CifarPython.Records(layout, bytes, full);
        if (!python.TryAdd(file, converted)) throw new BadDataException($"{place} holds {name} twice; expected it once.");
    }

    private void Add(string name, Stream stream, long length)
    {
        if (length < 0 || length > Largest[name])
            throw new BadDataException($"{Full(name)} has {length} bytes; expected at most the {Largest[name]} of the official file.");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        if (!contents.TryAdd(name, bytes)) throw new BadDataException($"{place} holds {name} twice; expected it once.");
    }
}
