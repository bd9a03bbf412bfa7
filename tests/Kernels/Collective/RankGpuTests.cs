using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>Which GPU a rank takes, and that no two take the same.</summary>
[Collection("emulated driver")]
public class RankGpuTests
{
    [Theory]
    [InlineData(0, 4, 4, null, 0)]
    [InlineData(3, 4, 4, null, 3)]
    [InlineData(1, 2, 8, "2,3,4,5,6,7,0,1", 1)]
    [InlineData(1, 2, 1, "5", 0)]
    [InlineData(0, 1, 1, null, 0)]
    public void ARankTakesTheGpuOfItsPlace(int localRank, int localRanks, int gpus, string? visible, int index) =>
        Assert.Equal(index, RankGpu.IndexOf(localRank, localRanks, gpus, visible));

    [Theory]
    [InlineData(3, 2, "0,1", "3 ranks run on this machine, which shows them 2 GPUs")]
    [InlineData(2, 1, null, "2 ranks run on this machine, which shows them 1 GPU;")]
    [InlineData(2, 1, "", "2 ranks run on this machine, which shows them 1 GPU;")]
    public void MoreRanksThanGpusAreRefusedWithBothNumbers(int localRanks, int gpus, string? visible, string words) =>
        Assert.StartsWith(words, Assert.Throws<DeviceException>(() => RankGpu.IndexOf(0, localRanks, gpus, visible)).Message, StringComparison.Ordinal);

    [Fact]
    public void RanksWithOneGpuAreNamed()
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        Assert.Null(driver.Refusal());
        Assert.Equal(2, driver.Count);
        Open(driver, [0, 1]);
        AggregateException fault = Assert.Throws<AggregateException>(() => Open(driver, [1, 0, 1]));
        Assert.Contains("Ranks 0 and 2 have the same GPU", fault.InnerException!.Message, StringComparison.Ordinal);
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);

        static void Open(CudaDriver driver, int[] places) => ThreadCollective.Run(places.Length, collective =>
        {
            // One after the other: a context of the emulated driver is one thread's at a time.
            GpuDevice? device = null;
            for (int rank = 0; rank < places.Length; rank++)
            {
                if (rank == collective.Rank) device = new GpuDevice(driver, places[rank]);
                collective.Barrier();
            }

            CudaOps ops = new(device!, Precision.Float32);
            try
            {
                ops.RequireOwnGpu(collective);
            }
            finally
            {
                lock (driver) ops.Dispose();
            }
        });
    }
}
