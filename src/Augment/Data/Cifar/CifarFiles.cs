using System.Formats.Tar;
using System.IO.Compression;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Cifar;

/// <summary>The contents of the CIFAR files in a folder or an archive, by file name.</summary>
/// <param name="place">The folder or the archive.</param>
/// <param name="archive">Whether it is an archive.</param>
internal sealed class CifarFiles(string place, bool archive)
{
    // A file is read whole into one array; the largest official one has 154 MB.
    private const long Largest = 1L << 30;

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
                using FileStream stream = File.OpenRead(path);
                files.Add(name, stream, stream.Length);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
            }
        }

        return files;
    }

    /// <summary>Reads the files of every layout from a .tar.gz in one pass, whatever folder they lie in.</summary>
    public static CifarFiles ReadArchive(string path)
    {
        HashSet<string> wanted = new(CifarLayout.All.SelectMany(layout => layout.ImageFiles.Append(layout.NamesFile)), StringComparer.Ordinal);
        CifarFiles files = new(path, archive: true);
        try
        {
            using FileStream file = File.OpenRead(path);
            using GZipStream unpacked = new(file, CompressionMode.Decompress);
            using TarReader tar = new(unpacked);
            while (tar.GetNextEntry() is { } entry)
            {
                string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
                if (entry.DataStream is { } data && wanted.Contains(name)) files.Add(name, data, entry.Length);
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException or FormatException)
        {
            throw new BadDataException($"{path} cannot be read as .tar.gz; it is truncated or corrupt: {fault.Message}", fault);
        }

        return files;
    }

    /// <summary>Whether any image file of a layout is there.</summary>
    public bool Has(CifarLayout layout) => layout.ImageFiles.Any(contents.ContainsKey);

    /// <summary>What the messages call a file.</summary>
    public string NameOf(string file) => archive ? $"{place}: {file}" : Path.Combine(place, file);

    /// <summary>The contents of a file, or null where it is missing.</summary>
    public byte[]? Find(string file) => contents.GetValueOrDefault(file);

    private void Add(string name, Stream stream, long length)
    {
        if (length is < 0 or > Largest) throw new BadDataException($"{NameOf(name)} has {length} bytes; expected at most {Largest}.");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        if (!contents.TryAdd(name, bytes)) throw new BadDataException($"{place} holds {name} twice; expected it once.");
    }
}
