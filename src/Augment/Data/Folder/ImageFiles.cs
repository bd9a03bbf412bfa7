using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>One file of a tree.</summary>
/// <param name="Path">Its path from the root, with '/' between the parts.</param>
/// <param name="Stamp">A text that changes when the file does: its size, and its checksum where that is known without reading.</param>
internal readonly record struct ImageFile(string Path, string Stamp);

/// <summary>The files below a folder or in a zip archive. Reading is safe from several threads at once.</summary>
internal abstract class ImageFiles : IDisposable
{
    /// <summary>An image file of more bytes than this is refused before it is read.</summary>
    protected const long LargestFile = 256 << 20;

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".bmp", ".webp" };

    /// <summary>The folder or the archive as the user wrote it.</summary>
    public abstract string Root { get; }

    /// <summary>All files but hidden ones, ordered by path.</summary>
    public abstract IReadOnlyList<ImageFile> Files { get; }

    /// <summary>The paths of all folders but hidden ones.</summary>
    public abstract IReadOnlySet<string> Folders { get; }

    /// <summary>Whether the name ends like one of an image that can be decoded.</summary>
    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>What the messages call a file or folder of the tree.</summary>
    public abstract string NameOf(string path);

    /// <summary>Reads a file into an array of <see cref="System.Buffers.ArrayPool{T}.Shared"/>, which the caller gives back.</summary>
    /// <exception cref="BadDataException">It cannot be read.</exception>
    public abstract ArraySegment<byte> Rent(string path);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Reads a stream of known length into a pooled array.</summary>
    protected ArraySegment<byte> Rent(Stream stream, long length, string path)
    {
        if (length is < 0 or > LargestFile) throw new BadDataException($"{NameOf(path)} has {length} bytes; expected at most {LargestFile}.");
        byte[] bytes = System.Buffers.ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            stream.ReadExactly(bytes, 0, (int)length);
            return new ArraySegment<byte>(bytes, 0, (int)length);
        }
        catch
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    /// <summary>The message for a file that cannot be read.</summary>
    protected BadDataException Unreadable(string path, Exception fault) => new($"{NameOf(path)} cannot be read: {fault.Message}", fault);

    /// <summary>Whether a part of a path is hidden: it starts with a dot, or is what macOS adds to archives.</summary>
    protected static bool IsHidden(string part) => part.StartsWith('.') || part == "__MACOSX";
}
