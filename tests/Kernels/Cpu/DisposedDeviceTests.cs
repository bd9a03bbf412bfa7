using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>A CPU device that is disposed, or asked in the middle of its own work, refuses: it never computes in freed memory and never waits for itself.</summary>
public class DisposedDeviceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhatIsAskedAfterDisposeIsRefused(int threads)
    {
        CpuOps ops = new(threads);
        using Arena arena = new CpuOps(1).CreateArena("kept", 4096);
        Tensor a = arena.Take(4, 4), b = arena.Take(4, 4), c = arena.Take(4, 4);
        ops.Dispose();
        ops.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ops.Zeros(2, 2));
        Assert.Throws<ObjectDisposedException>(() => ops.CreateArena("more", 64));
        Assert.Throws<ObjectDisposedException>(() => ops.MatMul(a, b, c));
        float[] z = [1, 0, 0, 1, 0.8f, 0.6f, 0, 1];
        Assert.Throws<ObjectDisposedException>(() => ContrastiveLoss.NtXent(z, 2, 0.5f, ops: ops));
        Assert.Equal(0, ops.WorkspaceBytes);
    }

    /// <summary>It ended the process: the workspace was freed under the thread that computed in it.</summary>
    [Fact]
    public void ACallOnAnotherThreadEndsBeforeItsMemoryIsFreed()
    {
        float[] z = Rows(2 * 512);
        for (int round = 0; round < 20; round++)
        {
            CpuOps ops = new(2);
            using ManualResetEventSlim begun = new();
            Exception? fault = null;
            Action calls = () =>
            {
                float[] gradient = new float[z.Length];
                while (true)
                {
                    ContrastiveLoss.NtXent(z, 64, 0.5f, gradient, ops);
                    begun.Set();
                }
            };
            Thread other = new(() => fault = Record.Exception(calls));
            other.Start();
            begun.Wait(TestContext.Current.CancellationToken);
            Thread.Sleep(round % 5);
            ops.Dispose();
            Assert.True(other.Join(TimeSpan.FromMinutes(1)));
            Assert.IsType<ObjectDisposedException>(fault);
        }
    }

    /// <summary>A loss of one's own that asks the device that is computing it: of few rows it got wrong numbers, of many it waited for ever.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(2 * 512)]
    public void ALossThatAsksItsOwnDeviceIsRefused(int rows)
    {
        using CpuOps ops = new(2);
        float[] z = Rows(rows), gradient = new float[z.Length];
        Exception? fault = Record.Exception(() => ContrastiveLoss.OfViews(new Asking(ops), z, 64, 0.5f, gradient, ops: ops));
        InvalidOperationException refused = Assert.IsType<InvalidOperationException>(fault is AggregateException many ? many.InnerException : fault);
        Assert.Contains("another device", refused.Message, StringComparison.Ordinal);
        using CpuOps other = new(1);
        Assert.Equal(ContrastiveLoss.NtXent(z, 64, 0.5f, ops: other), ContrastiveLoss.NtXent(z, 64, 0.5f, ops: ops));
    }

    [Fact]
    public void AnOperationDoesNotDisposeItsDevice()
    {
        using CpuOps ops = new(2);
        float[] z = Rows(2 * 512);
        Exception? fault = Record.Exception(() => ContrastiveLoss.OfViews(new Ending(ops), z, 64, 0.5f, new float[z.Length], ops: ops));
        Assert.IsType<InvalidOperationException>(fault is AggregateException many ? many.InnerException : fault);
        Assert.Equal(Math.Log((2 * 512) - 1), ContrastiveLoss.NtXent(new float[z.Length], 64, 0.5f, ops: ops), 5);
    }

    private static float[] Rows(int rows)
    {
        Random random = new(3);
        float[] z = new float[rows * 64];
        for (int i = 0; i < z.Length; i++) z[i] = random.NextSingle() - 0.5f;
        UnitRows.Of(z, 64, z);
        return z;
    }

    private sealed record Asking(CpuOps Device) : RowLoss
    {
        public override RowResult Of(in RowSums row) => new(ContrastiveLoss.NtXent([1, 0, 0, 1, 0.8f, 0.6f, 0, 1], 2, 0.5f, ops: Device), 0, 0, 0);
    }

    private sealed record Ending(CpuOps Device) : RowLoss
    {
        public override RowResult Of(in RowSums row)
        {
            Device.Dispose();
            return default;
        }
    }
}
