using System.Buffers;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>One file of a tree.</summary>
/// <param name="Path">Its path from the root, with '/' between the parts.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Stamp">A text that is known without reading the file and changes with its size: its size, and its checksum where that is stored.</param>
internal readonly record struct ImageFile(string Path, long Length, string Stamp);

/// <summary>The files below a folder or in an archive. Reading is safe from several threads at once.</summary>
internal abstract class ImageFiles : IDisposable
{
    /// <summary>What the messages call the extensions of images.</summary>
    public const string ImageExtensions = ".png, .jpg, .jpeg, .jpe, .jfif, .bmp, .webp";

    /// <summary>An image file of more bytes than this is refused before it is read.</summary>
    protected const long LargestFile = 256 << 20;

    private static readonly HashSet<string> Extensions = new(ImageExtensions.Split(", "), StringComparer.OrdinalIgnoreCase);

    /// <summary>Folders and files that systems put beside the user's own: thumbnails, bins, indices.</summary>
    private static readonly HashSet<string> SystemNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "__MACOSX", "@eaDir", "@__thumb", "@Recycle", "@Recently-Snapshot", "#recycle", "#snapshot", "$RECYCLE.BIN", "RECYCLER", "lost+found",
        "System Volume Information", "Thumbs.db", "ehthumbs.db", "desktop.ini",
    };

    private readonly List<ImageFile> files = [];
    private readonly HashSet<string> folders = new(StringComparer.Ordinal);

    /// <summary>The folder or the archive as the user wrote it.</summary>
    public abstract string Root { get; }

    /// <summary>All files but hidden ones and those of the system, ordered by path.</summary>
    public IReadOnlyList<ImageFile> Files => files;

    /// <summary>The paths of all folders but hidden ones and those of the system.</summary>
    public IReadOnlySet<string> Folders => folders;

    /// <summary>How many images are hidden or lie in folders of the system; they are not among <see cref="Files"/>.</summary>
    public int HiddenImages { get; protected set; }

    /// <summary>Pipes, sockets and devices that are named like images; they are not among <see cref="Files"/>.</summary>
    public virtual IReadOnlyList<string> Special => [];

    /// <summary>Whether the name ends like one of an image that can be decoded.</summary>
    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>What the messages call a file or folder of the tree.</summary>
    public abstract string NameOf(string path);

    /// <summary>What is known of a file without reading it; null where it is held in memory.</summary>
    public virtual FileStamp? StampOf(string path) => null;

    /// <summary>Reads a file into an array of <see cref="ArrayPool{T}.Shared"/>, which the caller gives back.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadDataException">It cannot be read.</exception>
    public abstract ArraySegment<byte> Rent(string path);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Whether a part of a path is hidden or of the system.</summary>
    protected static bool IsHidden(string part) => part.StartsWith('.') || SystemNames.Contains(part);

    /// <summary>The path of an archive's entry with '/' between its parts.</summary>
    protected static string Normalized(string entry) =>
        string.Join('/', entry.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));

    /// <summary>Lists a file of an archive with the folders above it; false where it is hidden.</summary>
    protected bool Add(string path, long length, string stamp)
    {
        if (path.Split('/').Any(IsHidden))
        {
            if (IsImage(path)) HiddenImages++;
            return false;
        }

        if (path.LastIndexOf('/') is > 0 and int end) AddFolder(path[..end]);
        files.Add(new ImageFile(path, length, stamp));
        return true;
    }

    /// <summary>Lists a folder with those above it, where none is hidden.</summary>
    protected void AddFolder(string path)
    {
        if (path.Length == 0 || path.Split('/').Any(IsHidden)) return;
        folders.Add(path);
        for (int slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1)) folders.Add(path[..slash]);
    }

    /// <summary>Puts the files into the order of their paths.</summary>
    protected void Sort() => files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));

    /// <summary>Reads a stream of known length into a pooled array.</summary>
    protected ArraySegment<byte> Rent(Stream stream, long length, string path)
    {
        if (length is < 0 or > LargestFile) throw new BadDataException($"{NameOf(path)} has {Counted.Of(length, "byte")}; expected at most {LargestFile}.");
        int count = (int)length;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(count);
        try
        {
            stream.ReadExactly(bytes, 0, count);
            return new ArraySegment<byte>(bytes, 0, count);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    /// <summary>The message for a file that cannot be read.</summary>
    protected BadDataException Unreadable(string path, Exception fault) => new($"{NameOf(path)} cannot be read: {fault.Message}", fault);
}
