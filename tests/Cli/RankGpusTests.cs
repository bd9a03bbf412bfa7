using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using Spectre.Console;

namespace NegSamples.Tests.Cli;

/// <summary>What doctor tells of the GPUs of two ranks, which are emulated.</summary>
[Collection("emulated driver")]
public class RankGpusTests
{
    [Theory]
    [InlineData(true, "NCCL    NCCL 2.21.5", "between GPUs by NCCL 2.21.5: right on 2 of 2 ranks, ")]
    [InlineData(false, "NCCL    none: it is not there", "between GPUs by host memory: right on 2 of 2 ranks, ")]
    public void EachRanksGpuAndTheirExchangeAreTold(bool hasNccl, string nccl, string sum)
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        NcclLibrary? library = hasNccl ? EmulatedNccl.Load() : null;
        string[] lines = Lines(rank => new(new CudaOps(new GpuDevice(driver, rank), Precision.Float32), "", 2, HasDriver: true), (gpu, ranks) => gpu.Join(ranks, library, "it is not there"));
        Assert.StartsWith("GPU     of rank 0: Emulated GPU, compute capability 9.0", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("GPU     of rank 1: Emulated GPU", lines[1], StringComparison.Ordinal);
        Assert.Equal(nccl, lines[2]);
        Assert.Contains(sum, lines[3], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.Empty(EmulatedDriver.Faults);
    }

    [Fact]
    public void MoreRanksThanGpusAreTold() => Assert.Equal(
        ["GPU     of rank 0: none: no room", "GPU     of rank 1: none: no room", "Ranks compute on GPUs where each has one; here 0 of 2 have."],
        Lines(_ => new(null, "no room", 1, HasDriver: true), (_, _) => ""));

    [Fact]
    public void AMachineWithoutGpusIsNotTold() => Assert.Empty(Lines(_ => new(null, "no driver", 0, HasDriver: false), (_, _) => ""));

    private static string[] Lines(Func<int, GpuSearch> open, Func<CudaOps, Collective, string> join) => ThreadCollective.Run(2, ranks =>
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = 200;
        RankGpus.Print(new Terminal(console, output, output, default), ranks, () => open(ranks.Rank), gpu => join(gpu, ranks), 1001);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    })[0];
}
