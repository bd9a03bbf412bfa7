using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>Which devices ranks compute on: all on GPUs of their own, or all on CPUs.</summary>
[Collection("emulated driver")]
public class DevicesTests
{
    [Theory]
    [InlineData("cuda")]
    [InlineData("auto")]
    public void EachRankHasAGpu(string device)
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        bool[] areGpus = ThreadCollective.Run(2, ranks =>
        {
            using Ops ops = Devices.OpenAlone(Of(device), ranks, Assert.Fail, () => new(Gpu(driver, ranks.Rank), "", 2, HasDriver: false));
            Assert.Same(Collective.Alone, ops.Collective);
            return ops is CudaOps;
        });
        Assert.Equal([true, true], areGpus);
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    [Fact]
    public void OneRankWithoutAGpuLeavesAllOnCpus()
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        string[] notes = ThreadCollective.Run(3, ranks =>
        {
            string said = "";
            using Ops ops = Devices.OpenAlone(Of("auto"), ranks, note => said = note, () => new(ranks.Rank == 1 ? null : Gpu(driver, ranks.Rank / 2), "", 2, HasDriver: false));
            Assert.IsType<CpuOps>(ops);
            return said;
        });
        Assert.All(notes, note => Assert.Equal("note: rank 1 has no GPU of its own, so that all 3 ranks compute on CPUs.", note));
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    /// <summary>It alone says why; the others wait for the end that it makes.</summary>
    [Fact]
    public void ARankWithoutTheGpuThatWasAskedForEndsAll()
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, ranks =>
        {
            using Ops ops = Devices.OpenAlone(Of("cuda"), ranks, Assert.Fail, () => new(ranks.Rank > 0 ? null : Gpu(driver, 0), $"no room for {ranks.Rank}", 2, HasDriver: false));
        }));
        Assert.Equal("`device` cuda: no room for 1. Without a GPU for each rank, use `device` cpu.", Assert.IsType<DeviceException>(fault.InnerException).Message);
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    /// <summary>Without a driver nothing is noted: there is nothing that the user might miss.</summary>
    [Fact]
    public void RanksOfAMachineWithoutGpusComputeOnItsCpus()
    {
        Assert.SkipWhen(CudaDriver.Find().Driver?.Count > 0, "This machine has GPUs.");
        ThreadCollective.Run(2, ranks =>
        {
            using Ops ops = Devices.Open(Of("auto"), ranks, Assert.Fail);
            Assert.IsType<CpuOps>(ops);
            Assert.Same(ranks, ops.Collective);
        });
    }

    private static CudaOps Gpu(CudaDriver driver, int place) => new(new GpuDevice(driver, place), Precision.Float32);

    private static TrainingSettings Of(string device) => new() { Place = new() { Device = device, Threads = 1 } };
}
