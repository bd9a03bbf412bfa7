using System.Buffers;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The files in a .tar.gz or .tar, whose images are held in memory: such an archive can only be read from its first byte.</summary>
internal sealed class TarFiles : ImageFiles
{
    /// <summary>The most bytes of all images together.</summary>
    private const long LargestTotal = 4L << 30;

    private readonly Dictionary<string, byte[]> images = new(StringComparer.Ordinal);

    /// <summary>Reads an archive.</summary>
    /// <exception cref="BadDataException">It is truncated or corrupt, or its images are too large to be held in memory.</exception>
    public TarFiles(string path)
    {
        Root = path;
        long total = 0;
        TarArchive.Read(path, (entry, length, contents) =>
        {
            string name = Normalized(entry);
            if (!Add(name, length, $"{length}") || !(IsImage(name) || name.EndsWith(FolderLayout.AnnotationFile, StringComparison.Ordinal))) return;
            total += length;
            if (length > LargestFile) throw new BadDataException($"{NameOf(name)} has {length} bytes; expected at most {LargestFile}.");
            if (total > LargestTotal)
                throw new BadDataException($"{path} has more than {LargestTotal} bytes of images, which are held in memory; unpack it and give the folder.");
            byte[] bytes = new byte[length];
            contents.ReadExactly(bytes);
            if (!images.TryAdd(name, bytes)) throw new BadDataException($"{NameOf(name)} is in the archive twice; expected it once.");
        });
        Sort();
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override string NameOf(string path) => $"{Root}: {path}";

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path, long most = long.MaxValue)
    {
        byte[] stored = images[path];
        int count = (int)Math.Min(stored.Length, most);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(count);
        stored.AsSpan(0, count).CopyTo(bytes);
        return new ArraySegment<byte>(bytes, 0, count);
    }
}
