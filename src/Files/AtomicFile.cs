using System.Text;

namespace NegSamples.Files;

/// <summary>A file that appears whole or not at all: written beside its place, flushed to the disk, renamed, and its folder flushed.</summary>
/// <remarks>
/// What is not committed leaves the old file as it was and no temporary file behind. A process that is killed may leave
/// <c>path.tmp</c>, which the next write replaces. Two writers of one path at a time: the second gets an <see cref="IOException"/>.
/// A link keeps its place and its target is replaced; a device or a pipe is written into and never renamed over.
/// </remarks>
internal sealed class AtomicFile : IDisposable
{
    private readonly FileStream stream;
    private readonly string path;
    private readonly string? temporaryPath; // null where the path is no regular file
    private bool committed;

    /// <summary>Opens <c>path.tmp</c> in the same folder, because a rename is atomic only within one file system.</summary>
    /// <param name="path">The file to write. Its folder must exist.</param>
    /// <exception cref="IOException">The folder does not exist or the file cannot be written.</exception>
    public AtomicFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path) : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        if (RegularFile.IsSpecial(this.path))
        {
            stream = new FileStream(this.path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return;
        }

        temporaryPath = this.path + ".tmp";
        try
        {
            stream = Disk.Create(temporaryPath, this.path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Disk.Named(fault, temporaryPath, this.path);
        }
    }

    /// <summary>Receives the contents.</summary>
    public Stream Stream => stream;

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="text">Its contents.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteText(string path, string text) => WriteBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="bytes">Its contents.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteBytes(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFile file = new(path);
        file.Stream.Write(bytes);
        file.Commit();
    }

    /// <summary>Flushes to the disk and puts the file in its place. To be called once, after the last write.</summary>
    /// <exception cref="IOException">The disk is full, fails, or the place cannot be written; the old file stays.</exception>
    public void Commit()
    {
        try
        {
            if (temporaryPath is not null) Disk.Sync(stream);
            stream.Dispose();
            if (temporaryPath is not null) Disk.ReplaceFile(temporaryPath, path);
        }
        catch (IOException fault) when (temporaryPath is not null)
        {
            throw Disk.Named(fault, temporaryPath, path);
        }

        committed = true;
    }

    /// <summary>Removes the temporary file unless <see cref="Commit"/> has put it in its place.</summary>
    public void Dispose()
    {
        if (committed) return;
        try
        {
            stream.Dispose();
        }
        catch (IOException) when (temporaryPath is not null)
        {
            // Disposing writes what is still buffered, which fails on a full disk; the fault that led here says so already, and the torn file goes.
        }
        finally
        {
            if (temporaryPath is not null) File.Delete(temporaryPath);
        }
    }
}
