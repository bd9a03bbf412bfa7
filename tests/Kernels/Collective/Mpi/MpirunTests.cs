using System.Text.RegularExpressions;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The engine MPI under real launchers, a few seconds each: <see cref="MpiRankTests"/> is what their ranks do.</summary>
[Collection("launchers")]
public partial class MpirunTests
{
    [Theory]
    [InlineData("Open MPI", 2)]
    [InlineData("Open MPI", 3)]
    [InlineData("MPICH", 2)]
    public void RanksOfProcessesSumAsThreadsDo(string engine, int ranks)
    {
        (int code, string output, string error) = Start(engine, ranks, nameof(MpiRankTests.RanksOfProcessesSumAsThreadsDo));
        Assert.True(code == 0, output + error);
        Assert.Equal(ranks, Held().Count(output));
        Assert.Contains($"{engine} ", output, StringComparison.Ordinal);
        Assert.Contains($", {ranks} ranks on 1 host: all held on rank {ranks - 1}.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Open MPI")]
    [InlineData("MPICH")]
    public void ARankThatEndsAllLeavesNobodyWaiting(string engine)
    {
        (int code, string output, string error) = Start(engine, 2, nameof(MpiRankTests.ARankEndsAll));
        Assert.True(code == 5, output + error);
    }

    private static (int Code, string Output, string Error) Start(string engine, int ranks, string test) => Mpirun.Of(engine).Run(
        ranks, typeof(MpiRankTests).Assembly.Location, ["-explicit", "on", "-noColor", "-showLiveOutput", "-method", $"{typeof(MpiRankTests).FullName}.{test}"]);

    [GeneratedRegex("all held on rank")]
    private static partial Regex Held();
}
