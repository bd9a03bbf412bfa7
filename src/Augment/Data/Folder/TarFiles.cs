using System.Buffers;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The files in a .tar.gz or .tar, whose images are held in memory: such an archive can only be read from its first byte.</summary>
internal sealed class TarFiles : ImageFiles
{
    /// <summary>The most bytes of all images together.</summary>
    private const long LargestTotal = 4L << 30;

    private readonly Dictionary<string, byte[]> images = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> links = new(StringComparer.Ordinal);
    private long total;

    /// <summary>Lists no file yet.</summary>
    /// <param name="path">The archive.</param>
    public TarFiles(string path) => Root = path;

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override string NameOf(string path) => $"{Root}: {path}";

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        byte[] stored = images[path];
        byte[] bytes = ArrayPool<byte>.Shared.Rent(stored.Length);
        stored.CopyTo(bytes, 0);
        return new ArraySegment<byte>(bytes, 0, stored.Length);
    }

    /// <summary>Takes one file of the archive, in any order.</summary>
    /// <param name="entry">Its full name.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="contents">Is read where it is an image.</param>
    /// <exception cref="BadDataException">It is there twice, or the images are too large to be held in memory.</exception>
    public void Take(string entry, long length, Stream contents)
    {
        string name = Normalized(entry);
        if (!Add(name, length, $"{length}") || !(IsImage(name) || name.EndsWith(FolderLayout.AnnotationFile, StringComparison.Ordinal))) return;
        total += length;
        if (length > LargestFile) throw new BadDataException($"{NameOf(name)} has {Counted.Of(length, "byte")}; expected at most {LargestFile}.");
        if (total > LargestTotal)
            throw new BadDataException($"{Root} has more than {Counted.Of(LargestTotal, "byte")} of images, which are held in memory; unpack it and give the folder.");
        byte[] bytes = new byte[length];
        contents.ReadExactly(bytes);
        if (!images.TryAdd(name, bytes)) throw new BadDataException($"{NameOf(name)} is in the archive twice; expected it once.");
    }

    /// <summary>Takes a link, whose file may come later: tar stores a file with two names once.</summary>
    /// <param name="entry">Its full name.</param>
    /// <param name="target">What it leads to.</param>
    /// <param name="fromRoot">Whether that is named from the root of the archive, not from the link's folder.</param>
    public void TakeLink(string entry, string target, bool fromRoot)
    {
        string name = Normalized(entry);
        if (!IsImage(name)) return;
        string from = fromRoot || Path.IsPathRooted(target) ? target : $"{Path.GetDirectoryName(name)}/{target}";
        links[name] = Path.IsPathRooted(target) ? target : Normalized(Path.GetFullPath(from, "/"));
    }

    /// <summary>Puts the files in order, after the last was taken.</summary>
    /// <exception cref="BadDataException">A link leads to no image of the archive.</exception>
    public void Close()
    {
        foreach ((string name, string first) in links)
        {
            string target = first;
            for (int steps = 0; steps < links.Count && links.TryGetValue(target, out string? next); steps++) target = next;
            bool isThere = images.TryGetValue(target, out byte[]? bytes);
            if (!Add(name, bytes?.Length ?? 0, $"{bytes?.Length}")) continue;
            if (!isThere) throw new BadDataException($"{NameOf(name)} is a link to {first}, which is no image of the archive; pack the images themselves.");
            if (!images.TryAdd(name, bytes!)) throw new BadDataException($"{NameOf(name)} is in the archive twice; expected it once.");
        }

        Sort();
    }
}
