using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>GPUs that exchange by NCCL, emulated: the bits of host memory, and ends that leave nobody waiting.</summary>
[Collection("emulated driver")]
public unsafe class NcclTests
{
    /// <summary>Fewer numbers than ranks, a rest, no rest, several blocks; sums, parts of a sum and gathers, one after the other in the stream.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void TheBitsAreThoseOfHostMemory(int ranks)
    {
        int[] counts = [1, ranks, (2 * ranks) + 1, 3 * ranks * 257];
        float[][] host = Run(ranks, library: null), nccl = Run(ranks, EmulatedNccl.Load());
        Assert.Equal(host, nccl);
        Assert.All(nccl, all => Assert.Equal(nccl[0][..counts.Sum()], all[..counts.Sum()])); // the sums are everybody's
        Assert.Equal(Enumerable.Range(0, ranks).Sum(rank => (double)Numbers(rank, 1)[0]), host[0][0], 1e-6);
        Assert.Empty(EmulatedNccl.Faults);
        Assert.Contains("ncclSend", EmulatedNccl.Calls);
        Assert.Equal(1, EmulatedNccl.Calls.Count(call => call == "ncclGetUniqueId"));

        float[][] Run(int ranks, NcclLibrary? library) => OnGpus(ranks, (ops, collective) =>
        {
            Assert.Equal(library is null ? "none" : "", ops.Join(collective, library, "none") is { Length: 0 } joined ? joined : "none");
            Assert.Equal(library is null ? "host memory" : "NCCL 2.21.5", ops.ExchangeDescription);
            using Arena arena = ops.CreateArena("test", 1 << 18);
            List<float> results = [];
            List<Tensor> tensors = [];
            foreach (int count in counts)
            {
                Tensor x = arena.Take(count);
                ops.Upload<float>(Numbers(collective.Rank, count), x);
                ops.SumOverRanks(x);
                tensors.Add(x);
            }

            foreach (int part in new[] { 1, 300 })
            {
                Tensor all = arena.Take(ranks * part), own = arena.Take(part), gathered = arena.Take(ranks * part);
                ops.Upload<float>(Numbers(collective.Rank + 10, ranks * part), all);
                ops.ReduceScatter(all, own);
                ops.AllGather(own, gathered);
                tensors.AddRange([own, gathered]);
            }

            foreach (Tensor tensor in tensors) results.AddRange(Floats(ops, tensor));
            return results.ToArray();
        });
    }

    /// <summary>A verb may open its GPU many times: NCCL's buffers are taken once.</summary>
    [Fact]
    public void AGpuThatIsOpenedAgainIsStillAmongTheOthers()
    {
        NcclLibrary library = EmulatedNccl.Load();
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        float[][] sums = ThreadCollective.Run(2, collective =>
        {
            List<float> all = [];
            for (int round = 0; round < 3; round++)
            {
                using CudaOps ops = new(new GpuDevice(driver, collective.Rank), Precision.Float32);
                Assert.Empty(ops.Join(collective, library, ""));
                using Arena arena = ops.CreateArena("test", 1 << 10);
                Tensor x = arena.Take(3);
                ops.Upload<float>([round, collective.Rank, 1], x);
                ops.SumOverRanks(x);
                all.AddRange(Floats(ops, x));
            }

            return all.ToArray();
        });
        Assert.All(sums, all => Assert.Equal([0, 1, 2, 2, 1, 2, 4, 1, 2], all));
        Assert.Equal(2, EmulatedNccl.Calls.Count(call => call == "ncclCommInitRank"));
        Assert.Empty(EmulatedNccl.Faults);
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    /// <summary>Rank 1 is gone while the GPU of rank 0 waits for it.</summary>
    [Fact]
    public void ARankThatIsLostIsToldAndWaitedForNoLonger()
    {
        NcclLibrary library = EmulatedNccl.Load();
        string[] told = OnGpus(2, (ops, collective) =>
        {
            ops.Join(collective, library, "");
            using Arena arena = ops.CreateArena("test", 1 << 10);
            Tensor x = arena.Take(5);
            ops.SumOverRanks(x);
            Floats(ops, x);
            collective.Barrier();
            if (collective.Rank == 1)
            {
                EmulatedNccl.Lose();
                return "";
            }

            ops.SumOverRanks(x);
            NcclException exception = Assert.Throws<NcclException>(() => Floats(ops, x));
            Assert.IsAssignableFrom<DeviceException>(exception);
            return exception.Message;
        });
        Assert.Equal("NCCL 2.21.5: the exchange with the other ranks has failed: as asked for (6, a peer is gone). The run's last checkpoint is whole.", told[0]);
        Assert.Equal(1, EmulatedNccl.Calls.Count(call => call == "ncclCommAbort"));
        Assert.Empty(EmulatedNccl.Faults);
    }

    /// <summary>All ranks exchange in one way, whatever the others lack.</summary>
    [Theory]
    [InlineData(new[] { 0, 1 }, "rank 1 has no NCCL")]
    [InlineData(new[] { 1, 0 }, "it is not there")]
    public void ARankWithoutItLeavesAllWithoutIt(int[] without, string reason)
    {
        NcclLibrary library = EmulatedNccl.Load();
        string[] reasons = OnGpus(2, (ops, collective) =>
        {
            string why = ops.Join(collective, without[collective.Rank] == 1 ? null : library, "it is not there");
            Assert.Equal("host memory", ops.ExchangeDescription);
            return why;
        });
        Assert.Equal(reason, reasons[0]);
        Assert.Empty(EmulatedNccl.Calls);
    }

    [Fact]
    public void RanksOfOtherVersionsExchangeByHostMemory()
    {
        NcclLibrary[] libraries = [EmulatedNccl.Load(22105), EmulatedNccl.Load(21805)];
        Assert.Equal("NCCL 2.18.5", libraries[1].Name);
        Assert.All(OnGpus(2, (ops, collective) => ops.Join(collective, libraries[collective.Rank], "")), why => Assert.Equal("rank 1 has version 21805 of NCCL and rank 0 version 22105", why));
    }

    [Fact]
    public void AnErrorIsAnExceptionWithTheLibrarysWords()
    {
        NcclLibrary library = EmulatedNccl.Load(fails: "ncclCommInitRank");
        AggregateException fault = Assert.Throws<AggregateException>(() => OnGpus(2, (ops, collective) => ops.Join(collective, library, "")));
        Assert.Equal(
            "NCCL 2.21.5: ncclCommInitRank failed: as asked for (6). With NEGSAMPLES_NCCL=none the GPUs exchange by way of host memory.",
            Assert.IsType<NcclException>(fault.InnerException).Message);
    }

    [Fact]
    public void WhatIsNoLibraryIsRefusedOrDoneWithout()
    {
        Assert.Equal((null, "NEGSAMPLES_NCCL is none"), NcclLibrary.Find("none"));
        Assert.Equal(
            "NEGSAMPLES_NCCL is /nowhere/libnccl.so.2, which cannot be loaded; expected the path of NVIDIA's libnccl.so.2, or none.",
            Assert.Throws<NcclException>(() => NcclLibrary.Find("/nowhere/libnccl.so.2")).Message);
        Assert.Equal("NEGSAMPLES_NCCL is libc.so.6: NCCL is too old: it has no ncclGetVersion; expected 2.13 or later.", Assert.Throws<NcclException>(() => NcclLibrary.Find("libc.so.6")).Message);
        Assert.Contains("it has no ncclRecv", Assert.Throws<NcclException>(() => EmulatedNccl.Load(lacks: "ncclRecv")).Message, StringComparison.Ordinal);
    }

    /// <summary>What the emulation is for: it refuses what NCCL would.</summary>
    [Fact]
    public void TheEmulationSeesWrongCalls()
    {
        NcclLibrary library = EmulatedNccl.Load();
        using GpuDevice device = new(EmulatedDriver.Start());
        nint buffer = device.Allocate("test", 64), communicator = 0;
        NcclId id;
        Assert.Equal(0, library.GetUniqueId(&id));
        id.Internal[127] ^= 1;
        Assert.NotEqual(0, library.CommInitRank(&communicator, 1, id, 0));
        id.Internal[127] ^= 1;
        Assert.Equal(0, library.CommInitRank(&communicator, 1, id, 0));
        Assert.NotEqual(0, library.AllGather(buffer + 4, buffer, 4, NcclLibrary.Bytes, communicator, device.Stream)); // not in place
        Assert.NotEqual(0, library.AllGather(buffer, buffer, 4, 17, communicator, device.Stream)); // no type
        Assert.NotEqual(0, library.AllGather(buffer, buffer, 0, NcclLibrary.Bytes, communicator, device.Stream)); // nothing
        Assert.NotEqual(0, library.AllGather(buffer, buffer, 4, NcclLibrary.Bytes, communicator, 1)); // no stream
        Assert.NotEqual(0, library.Send(buffer, 4, NcclLibrary.Bytes, 0, communicator, device.Stream)); // no group
        Assert.NotEqual(0, library.GroupEnd());
        Assert.Equal(7, EmulatedNccl.Faults.Count);
        Assert.Empty(EmulatedDriver.Faults);
    }

    /// <summary>A wait that nobody could call off is a fault of the engine.</summary>
    [Fact]
    public void TheEmulationSeesAnUnwatchedWait()
    {
        NcclLibrary library = EmulatedNccl.Load();
        using GpuDevice device = new(EmulatedDriver.Start());
        nint buffer = device.Allocate("test", 64), communicator = 0;
        NcclId id;
        Assert.Equal(0, library.GetUniqueId(&id));
        Assert.Equal(0, library.CommInitRank(&communicator, 1, id, 0));
        Assert.Equal(0, library.AllGather(buffer, buffer, 4, NcclLibrary.Bytes, communicator, device.Stream));
        Assert.Throws<DeviceException>(device.Synchronize);
        Assert.Contains(EmulatedDriver.Faults, fault => fault.Contains("nobody watches", StringComparison.Ordinal));
        device.WhileWaiting = () => { };
        device.Synchronize();
    }

    private static T[] OnGpus<T>(int ranks, Func<CudaOps, Collective, T> work)
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: ranks);
        T[] results = ThreadCollective.Run(ranks, collective =>
        {
            using CudaOps ops = new(new GpuDevice(driver, collective.Rank), Precision.Float32);
            return work(ops, collective);
        });
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
        return results;
    }

    private static float[] Numbers(int rank, int count)
    {
        Random random = new(70 + rank);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    private static float[] Floats(CudaOps ops, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        ops.Download<float>(tensor, values);
        return values;
    }
}
