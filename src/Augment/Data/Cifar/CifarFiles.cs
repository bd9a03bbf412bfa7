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

    /// <summary>Reads the files of every layout from a .tar.gz or .tar in one pass, whatever folder they lie in.</summary>
    /// <exception cref="BadDataException">It is truncated or corrupt, or holds the Python version.</exception>
    public static CifarFiles ReadArchive(string path)
    {
        CifarFiles files = new(path, archive: true);
        string? python = null;
        TarArchive.Read(path, (full, length, contents) =>
        {
            string name = full[(full.LastIndexOf('/') + 1)..];
            if (Largest.ContainsKey(name)) files.Add(name, contents, length);
            if (PythonFiles.Any(file => full == file || full.EndsWith("/" + file, StringComparison.Ordinal))) python = full;
        });
        if (python is not null && files.contents.Count == 0) throw PythonVersion(path, python);
        return files;
    }

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
