using System.Runtime.InteropServices;
using NegSamples.Files;

namespace NegSamples.Augment.Data;

/// <summary>Opens regular files, and links to them, alone: opening a named pipe would wait for ever, and a device has no end.</summary>
internal static class RegularFile
{
    private const int TypeMask = 0xF000, Regular = 0x8000;

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="BadDataException">It is a pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path)
    {
        if (IsSpecial(path)) throw new BadDataException($"{path} is no regular file but a pipe, a socket or a device; expected a regular file.");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Whether the path, links followed, is there and is neither a regular file nor a folder.</summary>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(path)) return false;

        // The runtime's own layer over stat: its record is the same on every Unix, and .NET has no call that tells the type of a file.
        return Stat(path, out Status status) == 0 && (status.Mode & TypeMask) != Regular;
    }

    [DllImport("libSystem.Native", EntryPoint = "SystemNative_Stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out Status status);

    /// <summary>The first fields of the runtime's record of a file; the rest is room for the call to write to.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Status
    {
        public int Flags, Mode;
    }
}
