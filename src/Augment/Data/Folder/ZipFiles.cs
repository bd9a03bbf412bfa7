using System.IO.Compression;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The files in a zip archive. One folder that holds everything else, as archives often have, is left out of the paths.</summary>
internal sealed class ZipFiles : ImageFiles
{
    private readonly ZipArchive archive;
    private readonly Lock reading = new(); // an archive has one stream with one position
    private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> folders = new(StringComparer.Ordinal);
    private readonly List<ImageFile> files = [];
    private readonly string wrapper;

    /// <summary>Lists a zip archive and keeps it open.</summary>
    /// <exception cref="BadDataException">It is no zip archive, or is truncated or corrupt.</exception>
    public ZipFiles(string path)
    {
        Root = path;
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            archive = new ZipArchive(stream, ZipArchiveMode.Read);
            ZipArchiveEntry[] visible = [.. archive.Entries.Where(entry => !Parts(entry).Any(IsHidden))];
            wrapper = Wrapper(visible);
            foreach (ZipArchiveEntry entry in visible) Add(entry);
        }
        catch (Exception fault)
        {
            stream?.Dispose();
            if (fault is not (IOException or InvalidDataException or UnauthorizedAccessException)) throw;
            throw new BadDataException($"{path} cannot be read as a zip archive; it is truncated or corrupt: {fault.Message}", fault);
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ImageFile> Files => files;

    /// <inheritdoc/>
    public override IReadOnlySet<string> Folders => folders;

    /// <inheritdoc/>
    public override string NameOf(string path) => $"{Root}: {wrapper}{path}";

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        try
        {
            lock (reading)
            {
                ZipArchiveEntry entry = entries[path];
                using Stream stream = entry.Open();
                return Rent(stream, entry.Length, path);
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or NotSupportedException)
        {
            throw Unreadable(path, fault);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        archive.Dispose();
        base.Dispose();
    }

    private static string[] Parts(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The first folder with its '/' where all entries lie in it and it is not itself a split; else empty.</summary>
    private static string Wrapper(ZipArchiveEntry[] visible)
    {
        string[] firsts = [.. visible.Select(entry => Parts(entry).FirstOrDefault("")).Distinct(StringComparer.Ordinal)];
        bool isFolder = visible.Any(entry => Parts(entry).Length > 1);
        return firsts is [not (FolderSet.TrainFolder or FolderSet.TestFolder or "")] && isFolder ? firsts[0] + "/" : "";
    }

    private void Add(ZipArchiveEntry entry)
    {
        string full = string.Join('/', Parts(entry));
        if (full.Length < wrapper.Length) return; // the wrapper itself
        string path = full[wrapper.Length..];
        bool isFolder = entry.Name.Length == 0;
        for (int slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1)) folders.Add(path[..slash]);
        if (isFolder)
        {
            folders.Add(path);
            return;
        }

        if (!entries.TryAdd(path, entry)) throw new BadDataException($"{NameOf(path)} is in the archive twice; expected it once.");
        files.Add(new ImageFile(path, $"{entry.Length} {entry.Crc32:x8}"));
    }
}
