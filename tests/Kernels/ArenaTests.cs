using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class ArenaTests
{
    /// <summary>Sizes whose product is beyond 64 bits are refused: an overflow would look small, and the tensor would reach over memory of others.</summary>
    [Fact]
    public void WhatOverflowsIsRefused()
    {
        using CpuOps ops = new(1);
        using Arena arena = ops.CreateArena("small", 1024);
        foreach (int[] shape in new[] { [int.MaxValue, int.MaxValue], [1 << 16, 1 << 16, 1 << 16, 1 << 16], new[] { 1 << 30, 1 << 30, 4, 4 } })
        {
            Assert.Throws<DeviceMemoryException>(() => arena.Take(shape));
            Assert.Equal(0, arena.Used);
        }

        Tensor taken = arena.Take(4, 4);
        Assert.Throws<ArgumentException>(() => taken.Reshape(-4, -4));
        Assert.Throws<ArgumentException>(() => taken.Reshape(1 << 16, 1 << 16, 1 << 16, 1 << 16));
        Assert.Throws<ArgumentException>(() => taken.Reshape());
        Assert.Equal(16, taken.Reshape(2, 8).Count);
    }

    [Fact]
    public void WhatIsNoSizeAndNoMarkIsRefusedByName()
    {
        using CpuOps ops = new(1);
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => ops.CreateArena(null!, 10)).ParamName);
        Assert.Equal("bytes", Assert.Throws<ArgumentOutOfRangeException>(() => ops.CreateArena("negative", -1)).ParamName);
        Assert.Throws<DeviceMemoryException>(() => ops.CreateArena("huge", long.MaxValue));
        Assert.Equal("count", Assert.Throws<ArgumentOutOfRangeException>(() => Arena.BytesFor(ElementType.Float32, long.MaxValue)).ParamName);
        using Arena arena = ops.CreateArena("small", 1024);
        arena.Take(4);
        Assert.Equal("mark", Assert.Throws<ArgumentOutOfRangeException>(() => arena.Release(1 << 20)).ParamName);
        Assert.Equal("mark", Assert.Throws<ArgumentOutOfRangeException>(() => arena.Release(-1)).ParamName);
        arena.Release(0);
        Assert.Equal(0, arena.Used);
    }

    /// <summary>A system that cannot start so many threads ends the process.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(100_000)]
    public void ANumberOfThreadsThatNoMachineHasIsRefused(int threads) =>
        Assert.Contains("expected 0 (one per core) to 1024", Assert.Throws<ArgumentOutOfRangeException>(nameof(threads), () => new CpuOps(threads)).Message, StringComparison.Ordinal);
}
