using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Augment.Data.Shards;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Tables;

/// <summary>
/// The pictures of a table, unpacked once into a file of the cache folder: in the table itself some hundreds are packed together, and a picture in any order
/// is wanted.
/// </summary>
internal static class UnpackedTable
{
    private const int MostRows = 1 << 24;

    /// <summary>Opens the unpacked file of a table, which is written where it is not there; without a cache folder it is gone when it is closed.</summary>
    /// <param name="path">The table.</param>
    /// <param name="reader">Reads it.</param>
    /// <param name="request">Has the cache folder, and ends the reading.</param>
    /// <param name="seen">Is told how many bytes have been unpacked.</param>
    /// <exception cref="BadDataException">The table cannot be read, or there is no room for its pictures.</exception>
    public static (FileStream File, UnpackedIndex Index) Open(string path, IImageTables reader, DataRequest request, Action<long> seen)
    {
        FileStamp source = FileStamp.Of(path) ?? throw new BadDataException($"{path} does not exist.");
        string folder = request.CacheFolder ?? Path.GetTempPath();
        try
        {
            if (request.CacheFolder is null) return OpenTemporary(path, source, reader, request, seen);
            string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))))[..32];
            string unpacked = Path.Combine(folder, $"parquet-{key}.pictures");
            if (TryOpen(unpacked, source) is { } known) return known;
            Disk.CreateFolder(folder);
            using AtomicFile file = Claim(unpacked, request.Stop);
            if (TryOpen(unpacked, source) is { } others) return others; // another process has unpacked it meanwhile
            RequireRoom(path, source, folder);
            Unpack(path, source, reader, request, seen, file.Stream);
            file.Commit();
            return TryOpen(unpacked, source) ?? throw new IOException("what was written is not what is read");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"The pictures of {path} cannot be unpacked into {folder}: {fault.Message}", fault);
        }
    }

    private static (FileStream, UnpackedIndex) OpenTemporary(string path, FileStamp source, IImageTables reader, DataRequest request, Action<long> seen)
    {
        RequireRoom(path, source, Path.GetTempPath());
        string name = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        FileStream file = new(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose);
        try
        {
            UnpackedIndex index = Unpack(path, source, reader, request, seen, file);
            file.Flush();
            return (file, index);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static (FileStream, UnpackedIndex)? TryOpen(string unpacked, FileStamp source)
    {
        if (!File.Exists(unpacked)) return null;
        FileStream file = RegularFile.Open(unpacked);
        if (UnpackedIndex.Read(file, source) is { } index) return (file, index);
        file.Dispose();
        return null;
    }

    /// <summary>The right to write the file: of several processes that begin together one unpacks and the others wait.</summary>
    private static AtomicFile Claim(string unpacked, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return new AtomicFile(unpacked);
            }
            catch (IOException) when (File.Exists(unpacked + ".tmp"))
            {
                stop.ThrowIfCancellationRequested();
                Thread.Sleep(100);
            }
        }
    }

    private static void RequireRoom(string path, FileStamp source, string folder)
    {
        long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (free >= source.Length) return;
        throw new BadDataException(string.Create(CultureInfo.InvariantCulture,
            $"The pictures of {path} are unpacked once into {folder}, which takes about {source.Length:N0} bytes; {free:N0} are free."));
    }

    private static UnpackedIndex Unpack(string path, FileStamp source, IImageTables reader, DataRequest request, Action<long> seen, Stream stream)
    {
        List<ShardPicture> pictures = [];
        List<ulong> sums = [];
        Dictionary<string, string> labels = new(StringComparer.Ordinal); // one text for each class, not for each picture
        long offset = 0;
        IReadOnlyList<string>? names = reader.Read(path, (picture, label) =>
        {
            if (pictures.Count == MostRows) throw new BadDataException($"{path} has more than {MostRows} rows; expected at most that.");
            if (label is not null && !labels.TryAdd(label, label)) label = labels[label];
            stream.Write(picture);
            pictures.Add(new ShardPicture(UnpackedIndex.NameOf(pictures.Count), offset, picture.Length, label));
            sums.Add(Sum(picture));
            offset += picture.Length;
            seen(offset);
        }, request.Stop);
        if (FileStamp.Of(path) != source) throw new BadDataException($"{path} was changed while it was read.");
        UnpackedIndex index = new(source, [.. names ?? []], [.. pictures], [.. sums]);
        index.Write(stream);
        return index;
    }

    /// <summary>The checksum of a picture.</summary>
    public static ulong Sum(ReadOnlySpan<byte> picture) => XxHash3.HashToUInt64(picture);
}
