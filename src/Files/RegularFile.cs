using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NegSamples.Files;

/// <summary>Tells files from devices, pipes and sockets without opening them: opening a pipe waits for its other end, and a device has no end.</summary>
internal static class RegularFile
{
    private const int TypeMask = 0xF000, Regular = 0x8000, Folder = 0x4000; // S_IFMT, S_IFREG, S_IFDIR

    /// <summary>Opens a regular file, or a link to one, for reading.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadDataException">It is a pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path)
    {
        if (IsSpecial(path)) throw new BadDataException($"{path} is no regular file but a pipe, a socket or a device; expected a regular file.");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Fills bytes from a place in a file; false where it ends before. Safe from several threads at once.</summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">Receives the bytes.</param>
    /// <param name="at">The place of the first.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool TryRead(SafeFileHandle file, Span<byte> bytes, long at)
    {
        while (bytes.Length > 0)
        {
            int count = RandomAccess.Read(file, bytes, at);
            if (count == 0) return false;
            bytes = bytes[count..];
            at += count;
        }

        return true;
    }

    /// <summary>Whether something is there under the path, links followed, that is neither a regular file nor a folder.</summary>
    /// <param name="path">The path.</param>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows()) return false;

        // The runtime's own layer over stat: its record is the same on every Unix, and .NET has no call that tells the type of a file.
        return Stat(path, out Status status) == 0 && (status.Mode & TypeMask) is not (Regular or Folder);
    }

    /// <summary>The stamp of a file on a Unix, links followed; null where there is none.</summary>
    internal static FileStamp? StampOf(string path) => Stat(path, out Status status) != 0 ? null : new FileStamp(
        status.Size, FileStamp.Nanoseconds(status.Written, status.WrittenRest), FileStamp.Nanoseconds(status.Changed, status.ChangedRest), status.Number);

    [DllImport("libSystem.Native", EntryPoint = "SystemNative_Stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out Status status);

    /// <summary>The first fields of the runtime's record of a file; the rest is room for the call to write to.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Status
    {
        public int Flags, Mode, User, Group;
        public long Size, Read, ReadRest, Written, WrittenRest, Changed, ChangedRest, Made, MadeRest, Device, OfDevice, Number;
    }
}
