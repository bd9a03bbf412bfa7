using NegSamples.Kernels;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Kernels;

public class AvailableMemoryTests
{
    private const string MemInfo = "MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\n";

    [Fact]
    public void TheMachineHasSome() => Assert.InRange(AvailableMemory.Read(), 1, 1L << 50);

    [Fact]
    public void WithoutALimitItIsWhatTheMachineHas()
    {
        using TemporaryFolder root = new();
        Assert.Empty(AvailableMemory.Read(root.PathOf("")));
        Write(root, "proc/meminfo", MemInfo);
        Assert.Equal(20_000_000L * 1024, Least(root));
        Write(root, "proc/self/cgroup", "0::/user.slice/session\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.max", "max\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.current", "5000\n");
        Assert.Equal(20_000_000L * 1024, Least(root));
    }

    [Fact]
    public void TheNarrowestControlGroupHolds()
    {
        using TemporaryFolder root = new();
        Write(root, "proc/meminfo", MemInfo);
        Write(root, "proc/self/cgroup", "0::/user.slice/session\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.max", "3000000000\n");
        Write(root, "sys/fs/cgroup/user.slice/memory.current", "2000000000\n");
        Assert.Equal(1_000_000_000, Least(root));

        // The page cache can be dropped, so it counts as free.
        Write(root, "sys/fs/cgroup/user.slice/memory.stat", "anon 100\ninactive_file 500000000\n");
        Assert.Equal(1_500_000_000, Least(root));
        Write(root, "sys/fs/cgroup/user.slice/session/memory.max", "300000000\n");
        Write(root, "sys/fs/cgroup/user.slice/session/memory.current", "100000000\n");
        Assert.Equal(200_000_000, Least(root));
        Write(root, "sys/fs/cgroup/user.slice/session/memory.current", "400000000\n");
        Assert.Equal(0, Least(root));
    }

    [Fact]
    public void AContainerSeesItsLimitAtTheMount()
    {
        using TemporaryFolder root = new();
        Write(root, "proc/meminfo", MemInfo);
        Write(root, "proc/self/cgroup", "0::/kubepods/pod1/container2\n");
        Write(root, "sys/fs/cgroup/memory.max", "700000000\n");
        Write(root, "sys/fs/cgroup/memory.current", "100000000\n");
        Assert.Equal(600_000_000, Least(root));
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
        Assert.Equal(600_000_000, Least(root));
    }

    [Fact]
    public void TheAddressSpaceIsALimitOfNativeMemory()
    {
        using TemporaryFolder root = new();
        Write(root, "proc/meminfo", MemInfo);
        Write(root, "proc/self/limits", "Limit                     Soft Limit           Hard Limit           Units     \nMax address space         4000000000           unlimited            bytes     \n");
        Write(root, "proc/self/status", "Name:\tnegsamples\nVmSize:\t 1000000 kB\n");
        MemoryLimit limit = Assert.Single(AvailableMemory.Read(root.PathOf("")), limit => limit.Kind == MemoryKind.Native);
        Assert.Equal(4_000_000_000L - (1_000_000L * 1024), limit.Bytes);
        Write(root, "proc/self/limits", "Max address space         unlimited            unlimited            bytes     \n");
        Assert.DoesNotContain(AvailableMemory.Read(root.PathOf("")), limit => limit.Kind == MemoryKind.Native);
    }

    [Fact]
    public void TheCollectorsLimitCountsManagedMemory()
    {
        MemoryLimit limit = Assert.Single(AvailableMemory.Limits(), limit => limit.Kind == MemoryKind.Managed);
        Assert.InRange(limit.Bytes, 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        MemoryPlan plan = new([new MemoryPlace("arrays", 100, IsManaged: true), new MemoryPlace("arenas", 1000)]);
        Assert.Null(plan.Exceeded([new("a", 1100), new("b", 100, MemoryKind.Managed), new("c", 1000, MemoryKind.Native)]));
        Assert.Equal("b", plan.Exceeded([new("a", 1100), new("b", 99, MemoryKind.Managed), new("c", 1000, MemoryKind.Native)])!.Name);
        Assert.Equal("c", plan.Exceeded([new("a", 1099), new("c", 900, MemoryKind.Native)])!.Name);
    }

    private static long Least(TemporaryFolder root) => AvailableMemory.Read(root.PathOf("")).Min(limit => limit.Bytes);

    private static void Write(TemporaryFolder root, string name, string text)
    {
        string path = root.PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
