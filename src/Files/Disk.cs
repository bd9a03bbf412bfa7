using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NegSamples.Files;

/// <summary>A call that changes what the disk holds.</summary>
internal enum DiskCall
{
    CreateFolder,
    Open,
    Write,
    Sync,
    SyncFolder,
    Rename,
    Delete,
}

/// <summary>Every call by which this project changes files that matter, so that each can be made to fail in a test.</summary>
/// <remarks>
/// <see cref="FileStream.Flush(bool)"/> of .NET 10 swallows an error of fsync; here it is an <see cref="IOException"/>. A rename lasts only when its folder is
/// synced, too. Windows has no such call for folders: its file systems log the rename themselves.
/// </remarks>
internal static partial class Disk
{
    private const int DefaultBuffer = 4096;
    private const int Interrupted = 4, InvalidArgument = 22; // EINTR, EINVAL

    /// <summary>Is asked before each call, with its path; throws what the disk shall answer. For tests.</summary>
    internal static AsyncLocal<Action<DiskCall, string>?> Fault { get; } = new();

    /// <summary>Makes a folder and those above it.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void CreateFolder(string path)
    {
        Ask(DiskCall.CreateFolder, path);
        Directory.CreateDirectory(path);
    }

    /// <summary>Removes a folder with all it holds, where it is there.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">It cannot be removed; part of it may be gone.</exception>
    public static void DeleteFolder(string path)
    {
        if (!Directory.Exists(path)) return;
        Ask(DiskCall.Delete, path);
        Directory.Delete(path, recursive: true);
    }

    /// <summary>Removes a file, where it is there.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public static void DeleteFile(string path)
    {
        Ask(DiskCall.Delete, path);
        File.Delete(path);
    }

    /// <summary>Gives a folder a new name beside the old one and makes that last.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">A name that is free.</param>
    /// <exception cref="IOException">The name is taken, or the disk refuses.</exception>
    public static void MoveFolder(string from, string to)
    {
        Ask(DiskCall.Rename, to);
        Directory.Move(from, to);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Puts a file in the place of another and makes that last.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Its place, taken or free.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void ReplaceFile(string from, string to)
    {
        Ask(DiskCall.Rename, to);
        File.Move(from, to, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Opens a file to write behind its end, without a buffer: a line that fails is not written a second time.</summary>
    /// <param name="path">The file; made when missing.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream Append(string path)
    {
        Ask(DiskCall.Open, path);
        return new DiskStream(path, FileMode.Append, FileShare.Read, bufferSize: 0) { Meant = path };
    }

    /// <summary>Opens a new file for writing; what was there under the name is gone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="meant">The file that it will be renamed to: a fault is told of that one, which the user knows of.</param>
    internal static FileStream Create(string path, string? meant = null)
    {
        Ask(DiskCall.Open, path);
        return new DiskStream(path, FileMode.Create, FileShare.None, DefaultBuffer) { Meant = meant ?? path };
    }

    /// <summary>The same fault of the place that is meant, not of the one beside it that nobody knows of.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="written">The place that is written.</param>
    /// <param name="meant">The place that it will be renamed to.</param>
    internal static IOException Named(Exception fault, string written, string meant)
    {
        string text = fault.Message.Replace(written, meant, StringComparison.Ordinal);
        return text == fault.Message && fault is IOException same ? same : new IOException(text, fault) { HResult = fault.HResult };
    }

    /// <summary>Writes what a stream still holds back and waits until the disk has it.</summary>
    internal static void Sync(FileStream stream)
    {
        stream.Flush();
        Ask(DiskCall.Sync, stream.Name);
        if (OperatingSystem.IsWindows()) RandomAccess.FlushToDisk(stream.SafeFileHandle);
        else Check(() => SyncDescriptor(stream.SafeFileHandle), stream is DiskStream { Meant: { } meant } ? meant : stream.Name, forgiven: 0);
    }

    /// <summary>Waits until the disk has the names of a folder.</summary>
    internal static void SyncFolder(string path)
    {
        Ask(DiskCall.SyncFolder, path);
        if (OperatingSystem.IsWindows()) return;
        int descriptor = OpenDescriptor(path, 0);
        if (descriptor < 0) throw Refused(path, Marshal.GetLastPInvokeError());
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);

        // Some network and FUSE file systems have no fsync for folders and say so; they promise nothing that could be waited for.
        Check(() => SyncDescriptor(handle), path, InvalidArgument);
    }

    private static void Ask(DiskCall call, string path) => Fault.Value?.Invoke(call, path);

    private static void Check(Func<int> call, string path, int forgiven)
    {
        while (call() != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            if (error == forgiven) return;
            throw Refused(path, error);
        }
    }

    private static IOException Refused(string path, int error) =>
        new($"{path} could not be flushed to the disk (fsync): {new Win32Exception(error).Message}.");

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    private sealed class DiskStream(string path, FileMode mode, FileShare share, int bufferSize) : FileStream(path, mode, FileAccess.Write, share, bufferSize)
    {
        /// <summary>The file that this will be.</summary>
        public required string Meant { get; init; }

        // A FileStream's write of a span is one of an array to what derives from it, so that each is asked for by itself.
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                Ask(DiskCall.Write, Name);
                base.Write(buffer, offset, count);
            }
            catch (IOException fault)
            {
                throw Named(fault, Name, Meant);
            }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                Ask(DiskCall.Write, Name);
                base.Write(buffer);
            }
            catch (IOException fault)
            {
                throw Named(fault, Name, Meant);
            }
        }

        public override void Flush(bool flushToDisk)
        {
            try
            {
                base.Flush(flushToDisk);
            }
            catch (IOException fault)
            {
                throw Named(fault, Name, Meant);
            }
        }
    }
}
