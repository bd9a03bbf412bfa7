using NegSamples.Similarity;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Bench.Similarity;

public class AvailableMemoryTests
{
    private const string MemInfo = "MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\n";

    [Fact]
    public void TheMachineHasSome() => Assert.InRange(AvailableMemory.Read(), 1, 1L << 50);

    [Fact]
    public void WithoutALimitItIsWhatTheMachineHas()
    {
        using TemporaryFolder root = new();
        Assert.Null(AvailableMemory.Read(root.PathOf("")));
        Write(root, "proc/meminfo", MemInfo);
        Assert.Equal(20_000_000L * 1024, AvailableMemory.Read(root.PathOf("")));
        Write(root, "proc/self/cgroup", "0::/user.slice/session\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.max", "max\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.current", "5000\n");
        Assert.Equal(20_000_000L * 1024, AvailableMemory.Read(root.PathOf("")));
    }

    [Fact]
    public void TheNarrowestControlGroupHolds()
    {
        using TemporaryFolder root = new();
        Write(root, "proc/meminfo", MemInfo);
        Write(root, "proc/self/cgroup", "0::/user.slice/session\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.max", "3000000000\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.current", "2000000000\n");
        Assert.Equal(1_000_000_000, AvailableMemory.Read(root.PathOf("")));

        // The page cache can be dropped, so it counts as free.
        Write(root, "sys/fs/cgroup/user.slice/memory.stat", "anon 100\ninactive_file 500000000\n");
        Assert.Equal(1_500_000_000, AvailableMemory.Read(root.PathOf("")));
        Write(root, "sys/fs/cgroup/user.slice/session/memory.max", "300000000\n");
        Write(root, "sys/fs/cgroup/user.slice/session/memory.current", "100000000\n");
        Assert.Equal(200_000_000, AvailableMemory.Read(root.PathOf("")));
        Write(root, "sys/fs/cgroup/user.slice/session/memory.current", "400000000\n");
        Assert.Equal(0, AvailableMemory.Read(root.PathOf("")));
    }

    [Fact]
    public void AContainerSeesItsLimitAtTheMount()
    {
        using TemporaryFolder root = new();
        Write(root, "proc/meminfo", MemInfo);
        Write(root, "proc/self/cgroup", "0::/kubepods/pod1/container2\n");
        Write(root, "sys/fs/cgroup/memory.max", "700000000\n");
        Write(root, "sys/fs/cgroup/memory.current", "100000000\n");
        Assert.Equal(600_000_000, AvailableMemory.Read(root.PathOf("")));
    }

    [Fact]
    public void VersionOneOfControlGroupsIsReadToo()
    {
        using TemporaryFolder root = new();
        Write(root, "proc/meminfo", MemInfo);
        Write(root, "proc/self/cgroup", "12:cpu,cpuacct:/job\n5:memory:/job\n");
        Write(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write(root, "sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n");
        Write(root, "sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1000000000\n");
        Write(root, "sys/fs/cgroup/memory/job/memory.usage_in_bytes", "400000000\n");
        Assert.Equal(600_000_000, AvailableMemory.Read(root.PathOf("")));
    }

    private static void Write(TemporaryFolder root, string name, string text)
    {
        string path = root.PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
