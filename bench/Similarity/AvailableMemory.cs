using System.Globalization;

namespace NegSamples.Similarity;

/// <summary>Memory that the process can still take without anything being swapped out or killed.</summary>
/// <remarks>On Linux the least of the machine's MemAvailable and of what each control group around the process leaves below its limit, the page cache that
/// can be dropped included; elsewhere what .NET says.</remarks>
public static class AvailableMemory
{
    // The kernel's way to say "no limit" in version 1: a number near 2^63.
    private const long NoLimit = 1L << 60;

    /// <summary>Available bytes, now.</summary>
    public static long Read() => Read("/") ?? FromRuntime();

    /// <summary>The same of the files under a root; null where they are missing.</summary>
    internal static long? Read(string root)
    {
        string[]? meminfo = Lines(Path.Combine(root, "proc/meminfo"));
        if (meminfo is null || Field(meminfo, "MemAvailable:") is not { } kilobytes) return null;
        long available = kilobytes * 1024;
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")) ?? [])
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            bool isSecond = parts[1].Length == 0;
            if (!isSecond && !parts[1].Split(',').Contains("memory")) continue;
            string mount = Path.Combine(root, isSecond ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");

            // Every ancestor's limit holds as well. In a container the path may name a group that only the host sees; the walk then ends at the mount.
            for (string? group = parts[2].TrimStart('/'); group is not null; group = group.Length == 0 ? null : Path.GetDirectoryName(group))
                available = Math.Min(available, Left(Path.Combine(mount, group), isSecond) ?? long.MaxValue);
        }

        return Math.Max(0, available);
    }

    private static long? Left(string group, bool isSecond)
    {
        long? limit = Number(Path.Combine(group, isSecond ? "memory.max" : "memory.limit_in_bytes"));
        long? used = Number(Path.Combine(group, isSecond ? "memory.current" : "memory.usage_in_bytes"));
        if (limit is null or >= NoLimit || used is null) return null;
        long droppable = Field(Lines(Path.Combine(group, "memory.stat")) ?? [], isSecond ? "inactive_file" : "total_inactive_file") ?? 0;
        return limit.Value - Math.Max(0, used.Value - droppable);
    }

    private static long FromRuntime()
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }

    private static long? Field(string[] lines, string name)
    {
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == name && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value)) return value;
        }

        return null;
    }

    private static long? Number(string path) =>
        Lines(path) is [{ } line, ..] && long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static string[]? Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
