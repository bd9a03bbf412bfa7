using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NegSamples.Files;

/// <summary>Tells files from devices, pipes and sockets without opening them: opening a pipe waits for its other end.</summary>
public static partial class RegularFile
{
    private const int CurrentFolder = -100, ModeAt = 28, RecordBytes = 256; // AT_FDCWD; stx_mode in struct statx, which is the same on every Linux
    private const uint TypeAndMode = 3; // STATX_TYPE | STATX_MODE
    private const int TypeMask = 0xF000, Regular = 0x8000, Folder = 0x4000; // S_IFMT, S_IFREG, S_IFDIR

    /// <summary>Whether something is there under the path, links followed, that is neither a regular file nor a folder.</summary>
    /// <param name="path">The path.</param>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux()) return Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);
        Span<byte> record = stackalloc byte[RecordBytes];
        try
        {
            if (Status(CurrentFolder, path, 0, TypeAndMode, ref MemoryMarshal.GetReference(record)) != 0) return false;
        }
        catch (EntryPointNotFoundException)
        {
            return Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal); // a C library older than the call
        }

        int type = BinaryPrimitives.ReadUInt16LittleEndian(record[ModeAt..]) & TypeMask;
        return type is not (Regular or Folder);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, ref byte record);
}
