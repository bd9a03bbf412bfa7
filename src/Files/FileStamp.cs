namespace NegSamples.Files;

/// <summary>What a file system tells of a file without reading it: a file with the same stamp has the same bytes, if it was not written just now.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Written">When its bytes were last written, in nanoseconds since 1970; a program may set it to any time.</param>
/// <param name="Changed">When its bytes, name, rights or times were last changed, which no program sets; on Windows when it was made.</param>
/// <param name="Number">Its inode; 0 on Windows.</param>
internal readonly record struct FileStamp(long Length, long Written, long Changed, long Number)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The stamp of a file, links followed; null where there is none.</summary>
    /// <param name="path">The file.</param>
    public static FileStamp? Of(string path)
    {
        if (!OperatingSystem.IsWindows()) return RegularFile.StampOf(path);
        FileInfo file = new(path);
        return file.Exists ? new FileStamp(file.Length, Nanoseconds(file.LastWriteTimeUtc), Nanoseconds(file.CreationTimeUtc), 0) : null;
    }

    /// <summary>
    /// Whether the file rests: written and changed more than 2 seconds ago. Clocks of file systems tick slowly, the coarsest every 2 seconds, so that a file
    /// that is written twice within a tick has one stamp.
    /// </summary>
    public bool IsAtRest => Math.Max(Written, Changed) < Nanoseconds(DateTime.UtcNow) - (2 * NanosecondsPerSecond);

    /// <summary>Seconds and nanoseconds since 1970 as one number.</summary>
    internal static long Nanoseconds(long seconds, long rest) => (seconds * NanosecondsPerSecond) + rest;

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;
}
