using NegSamples.Files;

namespace NegSamples.Augment.Data.Cifar;

/// <summary>The contents of the CIFAR files in a folder or an archive, by file name.</summary>
/// <param name="place">The folder or the archive.</param>
/// <param name="archive">Whether it is an archive.</param>
internal sealed class CifarFiles(string place, bool archive)
{
    /// <summary>A text file of class names has a few hundred bytes.</summary>
    private const long LargestNames = 1 << 16;

    private static readonly Dictionary<string, long> Largest = CifarLayout.All.SelectMany(layout => layout.Sizes(LargestNames)).ToDictionary();

    /// <summary>The files of the Python versions, in the folders that they lie in.</summary>
    private static readonly string[] PythonFiles = ["cifar-10-batches-py/data_batch_1", "cifar-10-batches-py/test_batch", "cifar-100-python/train"];

    private readonly Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);
    private string? python; // a file of the Python version

    /// <summary>The folder with files of this layout: the path itself or the official folder in it; null where there is none.</summary>
    public static string? FindFolder(string path, CifarLayout layout)
    {
        string[] candidates = [path, Path.Combine(path, layout.Folder)];
        return candidates.FirstOrDefault(folder => layout.ImageFiles.Any(file => File.Exists(Path.Combine(folder, file))));
    }

    /// <summary>Reads the files of a layout from a folder; those that are missing are left out.</summary>
    public static CifarFiles ReadFolder(string folder, CifarLayout layout)
    {
        CifarFiles files = new(folder, archive: false);
        foreach (string name in layout.ImageFiles.Append(layout.NamesFile))
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            try
            {
                using FileStream stream = RegularFile.Open(path);
                files.Add(name, stream, stream.Length);
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
        if (PythonFiles.Any(file => entry == file || entry.EndsWith("/" + file, StringComparison.Ordinal))) python = entry;
        if (!Largest.ContainsKey(name)) return false;
        Add(name, stream, length);
        return true;
    }

    /// <summary>Refuses an archive that holds the Python version alone.</summary>
    /// <exception cref="BadDataException">It does.</exception>
    public void RefusePythonAlone()
    {
        if (python is not null && contents.Count == 0) throw PythonVersion(place, python);
    }

    /// <summary>Whether the files of a layout have the published sums, or the archive has.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="archiveSum">The sum of the archive; null for a folder.</param>
    public bool AreOfficial(CifarLayout layout, string? archiveSum) => archiveSum == layout.ArchiveSum
        || (layout.FileSums.Count > 0 && layout.FileSums.All(entry => contents.GetValueOrDefault(entry.Key) is { } bytes && Origin.Sum(bytes) == entry.Value));

    /// <summary>Refuses a folder that holds the Python version: pickled files, which are programs and are not run here.</summary>
    /// <exception cref="BadDataException">It holds the Python version.</exception>
    public static void RefusePython(string folder)
    {
        string absolute = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        foreach (string file in PythonFiles)
        {
            bool isInside = File.Exists(Path.Combine(folder, file));
            bool isIt = Path.GetFileName(absolute) == Path.GetDirectoryName(file) && File.Exists(Path.Combine(folder, Path.GetFileName(file)));
            if (isInside || isIt) throw PythonVersion(folder, file);
        }
    }

    /// <summary>Whether any image file of a layout is there.</summary>
    public bool Has(CifarLayout layout) => layout.ImageFiles.Any(contents.ContainsKey);

    /// <summary>What the messages call a file.</summary>
    public string NameOf(string file) => archive ? $"{place}: {file}" : Path.Combine(place, file);

    /// <summary>The contents of a file, or null where it is missing.</summary>
    public byte[]? Find(string file) => contents.GetValueOrDefault(file);

    private void Add(string name, Stream stream, long length)
    {
        if (length < 0 || length > Largest[name])
            throw new BadDataException($"{NameOf(name)} has {length} bytes; expected at most the {Largest[name]} of the official file.");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        if (!contents.TryAdd(name, bytes)) throw new BadDataException($"{place} holds {name} twice; expected it once.");
    }

    private static BadDataException PythonVersion(string place, string file)
    {
        bool isHundred = file.Contains("cifar-100", StringComparison.Ordinal);
        return new BadDataException(
            $"{place} is the Python version of {(isHundred ? "CIFAR-100" : "CIFAR-10")} ({file}); fetch the binary version, "
            + $"{(isHundred ? "cifar-100-binary.tar.gz" : "cifar-10-binary.tar.gz")}.");
    }
}
