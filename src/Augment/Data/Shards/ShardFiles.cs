using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>The pictures in the shards of a WebDataset, read from where they lie in the shards: nothing is unpacked or held.</summary>
internal sealed class ShardFiles : PackedFiles
{
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
                Keep(file, file.Name);
                Packs.Add((names[shard], Indexed(file, names[shard], cache, at =>
                {
                    request.Stop.ThrowIfCancellationRequested();
                    request.Progress?.Invoke(done + at, total);
                })));
                done += file.Length;
            }

            cache.Save();
            Place();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override string Kind => ShardLayout.Kind;

    /// <inheritdoc/>
    public override string PackWord => "shard";

    /// <inheritdoc/>
    public override string LabelForms => "KEY.cls, or KEY.json with \"label\" or \"class\"";

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
}
