using System.Buffers;
using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>The pictures in the shards of a WebDataset, read from where they lie in the shards: nothing is unpacked or held.</summary>
internal sealed class ShardFiles : ImageFiles
{
    private readonly List<FileStream> opened = [];
    private readonly Dictionary<string, (int Shard, string Name, long Offset, int Length)> places = new(StringComparer.Ordinal);

    /// <summary>Lists the shards, those that were not listed before in one pass over each.</summary>
    /// <param name="root">The data set as the user wrote it.</param>
    /// <param name="paths">The shards in order.</param>
    /// <param name="request">Has the cache folder, is told of the progress, and ends the listing.</param>
    /// <exception cref="BadDataException">A shard cannot be read, is cut short, or has two pictures of one key.</exception>
    public ShardFiles(string root, IReadOnlyList<string> paths, DataRequest request)
    {
        Root = root;
        try
        {
            ShardCache cache = new(request.CacheFolder, root);
            string[] names = NamedSplits.Relative(paths);
            long total = paths.Sum(path => FileStamp.Of(path)?.Length ?? 0), done = 0;
            for (int shard = 0; shard < paths.Count; shard++)
            {
                FileStream file = Open(paths[shard]);
                opened.Add(file);
                Shards.Add((names[shard], Indexed(file, names[shard], cache, at =>
                {
                    request.Stop.ThrowIfCancellationRequested();
                    request.Progress?.Invoke(done + at, total);
                })));
                done += file.Length;
            }

            cache.Save();
            for (int shard = 0; shard < Shards.Count; shard++)
                foreach (ShardPicture picture in Shards[shard].Index.Pictures) Place(shard, picture);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <summary>The shards with their paths below the folder that all of them lie in.</summary>
    public List<(string Path, ShardIndex Index)> Shards { get; } = [];

    /// <summary>The path of a picture within the data set.</summary>
    public static string PathOf(string shard, ShardPicture picture) => $"{shard}/{picture.Name}";

    /// <summary>What the messages call a shard.</summary>
    public string NameOf(int shard) => opened[shard].Name;

    /// <inheritdoc/>
    public override string NameOf(string path) =>
        places.TryGetValue(path, out (int Shard, string Name, long, int) place) ? $"{NameOf(place.Shard)}: {place.Name}" : path;

    /// <inheritdoc/>
    public override FileStamp? StampOf(string path) => FileStamp.Of(NameOf(places[path].Shard));

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        (int shard, _, long offset, int length) = places[path];
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (TarMembers.TryRead(opened[shard].SafeFileHandle, bytes.AsSpan(0, length), offset)) return new ArraySegment<byte>(bytes, 0, length);
            throw new BadDataException($"{NameOf(path)} ends early: the shard has become shorter since it was opened.");
        }
        catch (Exception fault)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            if (fault is IOException or UnauthorizedAccessException) throw Unreadable(path, fault);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (FileStream file in opened) file.Dispose();
        base.Dispose();
    }

    private static FileStream Open(string path)
    {
        try
        {
            FileStream file = RegularFile.Open(path);
            Span<byte> first = stackalloc byte[2];
            if (file.ReadAtLeast(first, 2, throwOnEndOfStream: false) < 2 || first is not [0x1F, 0x8B]) return file;
            file.Dispose();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
        }

        throw ShardPath.Packed(path);
    }

    private static ShardIndex Indexed(FileStream file, string name, ShardCache cache, Action<long> seen)
    {
        FileStamp? before = FileStamp.Of(file.Name);
        if (cache.Find(name, before) is { } known) return known;
        try
        {
            ShardIndex index = ShardIndex.Read(file.SafeFileHandle, file.Name, seen);
            if (before is { IsAtRest: true } stamp && before == FileStamp.Of(file.Name)) cache.Add(name, stamp, index);
            return index;
        }
        catch (IOException fault)
        {
            throw new BadDataException($"{file.Name} cannot be read: {fault.Message}", fault);
        }
    }

    private void Place(int shard, ShardPicture picture)
    {
        if (picture.Length > LargestFile)
            throw new BadDataException($"{NameOf(shard)}: {picture.Name} has {picture.Length} bytes; expected at most {LargestFile}.");
        if (!places.TryAdd(PathOf(Shards[shard].Path, picture), (shard, picture.Name, picture.Offset, (int)picture.Length)))
            throw new BadDataException($"{NameOf(shard)}: {picture.Name} is there twice; expected it once.");
    }
}
