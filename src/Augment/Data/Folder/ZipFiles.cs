using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The files in a zip archive.</summary>
internal sealed class ZipFiles : ImageFiles
{
    private readonly ZipArchive archive;
    private readonly Lock reading = new(); // an archive has one stream with one position
    private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);

    /// <summary>Lists a zip archive and keeps it open.</summary>
    /// <exception cref="BadDataException">It is no zip archive, or is truncated or corrupt.</exception>
    public ZipFiles(string path)
    {
        Root = path;
        FileStream? stream = null;
        try
        {
            stream = RegularFile.Open(path);
            archive = new ZipArchive(stream, ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in archive.Entries) Add(entry);
        }
        catch (Exception fault)
        {
            stream?.Dispose();
            if (fault is BadDataException or OutOfMemoryException) throw;
            throw new BadDataException($"{path} cannot be read as a zip archive; it is truncated or corrupt: {fault.Message}", fault);
        }

        Sort();
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override string NameOf(string path) => $"{Root}: {path}";

    /// <inheritdoc/>
    public override FileStamp? StampOf(string path) => FileStamp.Of(Root);

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        ZipArchiveEntry entry = entries[path];
        try
        {
            ArraySegment<byte> bytes;
            lock (reading)
            {
                using Stream stream = entry.Open();
                bytes = Rent(stream, entry.Length, path);
            }

            // .NET does not compare the checksum that zip stores with every file.
            if (Crc32.HashToUInt32(bytes) == entry.Crc32) return bytes;
            ArrayPool<byte>.Shared.Return(bytes.Array!);
            throw new BadDataException($"{NameOf(path)} is corrupt: its bytes do not have the checksum that the archive says.");
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

    private void Add(ZipArchiveEntry entry)
    {
        string path = Normalized(entry.FullName);
        if (entry.Name.Length == 0) AddFolder(path);
        else if (Add(path, entry.Length, $"{entry.Length} {entry.Crc32:x8}") && !entries.TryAdd(path, entry))
            throw new BadDataException($"{NameOf(path)} is in the archive twice; expected it once.");
    }
}
