using NegSamples.Files;

namespace NegSamples.Augment.Data.Text;

/// <summary>The contents of the files of <c>ag_news_csv</c>, from a folder or an archive.</summary>
/// <param name="place">The folder or the archive.</param>
/// <param name="archive">Whether it is an archive.</param>
internal sealed class AgNewsFiles(string place, bool archive)
{
    public const string Folder = "ag_news_csv", Train = "train.csv", Test = "test.csv", Classes = "classes.txt";

    /// <summary>The published training file has 29 MB.</summary>
    private const long Largest = 1L << 30;

    private static readonly string[] Names = [Train, Test, Classes];

    private readonly Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);

    /// <summary>Whether these are the files of the set: the texts and the classes.</summary>
    public bool AreThere => contents.ContainsKey(Train) && contents.ContainsKey(Classes);

    /// <summary>The folder that holds the files: the path itself or the published folder in it; null where there is none.</summary>
    public static string? FindFolder(string path)
    {
        string[] candidates = [path, Path.Combine(path, Folder)];
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, Train)) && File.Exists(Path.Combine(folder, Classes)));
    }

    /// <summary>Bytes of the files in such a folder.</summary>
    public static long BytesIn(string folder) => Names.Select(name => new FileInfo(Path.Combine(folder, name))).Where(file => file.Exists).Sum(file => file.Length);

    /// <summary>Reads the files that are in a folder.</summary>
    public static AgNewsFiles ReadFolder(string folder)
    {
        AgNewsFiles files = new(folder, archive: false);
        foreach (string name in Names.Where(name => File.Exists(Path.Combine(folder, name))))
        {
            try
            {
                using FileStream stream = RegularFile.Open(Path.Combine(folder, name));
                files.Take(name, stream.Length, stream);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new BadDataException($"{Path.Combine(folder, name)} cannot be read: {fault.Message}", fault);
            }
        }

        return files;
    }

    /// <summary>Takes a file of an archive where it is one of the set, whatever folder it lies in.</summary>
    /// <returns>Whether it is one.</returns>
    public bool Take(string entry, long length, Stream stream)
    {
        string name = entry[(entry.LastIndexOf('/') + 1)..];
        if (!Names.Contains(name)) return false;
        if (length > Largest) throw new BadDataException($"{NameOf(name)} has {Counted.Of(length, "byte")}; expected at most {Largest}.");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        if (!contents.TryAdd(name, bytes)) throw new BadDataException($"{place} holds {name} twice; expected it once.");
        return true;
    }

    /// <summary>What the messages call a file.</summary>
    public string NameOf(string file) => archive ? $"{place}: {file}" : Path.Combine(place, file);

    /// <summary>The contents of a file.</summary>
    /// <exception cref="BadDataException">It is missing.</exception>
    public byte[] Of(string file) =>
        contents.GetValueOrDefault(file) ?? throw new BadDataException($"{NameOf(file)} is missing; {AgNewsSet.Kind} needs {string.Join(", ", Names)}.");
}
