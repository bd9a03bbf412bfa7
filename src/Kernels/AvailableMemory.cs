using System.Globalization;

namespace NegSamples.Kernels;

/// <summary>Memory that the process can still take without anything being swapped out, refused or killed.</summary>
/// <remarks>On Linux the machine's MemAvailable, what each control group around the process leaves below its limit, the page cache that can be dropped
/// included, and what the limit of the address space leaves; everywhere the limit of the garbage collector, which counts managed memory alone.</remarks>
internal static class AvailableMemory
{
    // The kernel's way to say "no limit" in version 1: a number near 2^63.
    private const long NoLimit = 1L << 60;

    /// <summary>Stands in for the limits of this machine. For tests.</summary>
    internal static AsyncLocal<IReadOnlyList<MemoryLimit>?> Instead { get; } = new();

    /// <summary>Every limit with what it leaves now.</summary>
    public static IReadOnlyList<MemoryLimit> Limits()
    {
        if (Instead.Value is { } instead) return instead;
        GCMemoryInfo collector = GC.GetGCMemoryInfo();
        List<MemoryLimit> limits = [.. Read("/")];
        if (limits.Count == 0) limits.Add(new("the machine", Math.Max(0, collector.TotalAvailableMemoryBytes - collector.MemoryLoadBytes)));
        if (collector.TotalAvailableMemoryBytes > 0)
            limits.Add(new(".NET's limit of managed memory", Math.Max(0, collector.TotalAvailableMemoryBytes - GC.GetTotalMemory(false)), MemoryKind.Managed));
        return limits;
    }

    /// <summary>Bytes that arenas and workspaces may take now.</summary>
    public static long Read() => Limits().Where(limit => limit.Kind != MemoryKind.Managed).Min(limit => limit.Bytes);

    /// <summary>The limits that the files under a root tell; none where they are missing.</summary>
    internal static IReadOnlyList<MemoryLimit> Read(string root)
    {
        string[]? meminfo = Lines(Path.Combine(root, "proc/meminfo"));
        if (meminfo is null || Field(meminfo, "MemAvailable:") is not { } kilobytes) return [];
        List<MemoryLimit> limits = [new("the machine (MemAvailable)", kilobytes * 1024)];
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")) ?? [])
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            bool isSecond = parts[1].Length == 0;
            if (!isSecond && !parts[1].Split(',').Contains("memory")) continue;
            string mount = Path.Combine(root, isSecond ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");

            // Every ancestor's limit holds as well. In a container the path may name a group that only the host sees; the walk then ends at the mount.
            for (string? group = parts[2].TrimStart('/'); group is not null; group = group.Length == 0 ? null : Path.GetDirectoryName(group))
            {
                if (Left(Path.Combine(mount, group), isSecond) is { } left)
                    limits.Add(new($"the control group's {(isSecond ? "memory.max" : "memory.limit_in_bytes")}", Math.Max(0, left)));
            }
        }

        // Managed memory comes out of addresses that the collector has reserved already.
        if (AddressSpace(root) is { } addresses) limits.Add(new("the limit of the address space (ulimit -v)", Math.Max(0, addresses), MemoryKind.Native));
        return limits;
    }

    private static long? Left(string group, bool isSecond)
    {
        long? limit = Number(Path.Combine(group, isSecond ? "memory.max" : "memory.limit_in_bytes"));
        long? used = Number(Path.Combine(group, isSecond ? "memory.current" : "memory.usage_in_bytes"));
        if (limit is null or >= NoLimit || used is null) return null;
        long droppable = Field(Lines(Path.Combine(group, "memory.stat")) ?? [], isSecond ? "inactive_file" : "total_inactive_file") ?? 0;
        return limit.Value - Math.Max(0, used.Value - droppable);
    }

    private static long? AddressSpace(string root)
    {
        const string name = "Max address space";
        string? line = (Lines(Path.Combine(root, "proc/self/limits")) ?? []).FirstOrDefault(text => text.StartsWith(name, StringComparison.Ordinal));
        string? soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (!long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit)) return null;
        return Field(Lines(Path.Combine(root, "proc/self/status")) ?? [], "VmSize:") is { } kilobytes ? limit - (kilobytes * 1024) : null;
    }

    private static long? Field(string[] lines, string name)
    {
        foreach (string line in lines)
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
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
