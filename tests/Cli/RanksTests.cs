using NegSamples.Cli;
using NegSamples.Tests.Kernels;

namespace NegSamples.Tests.Cli;

/// <summary>The program under real launchers: who prints, and what is refused.</summary>
[Collection("launchers")]
public class RanksTests
{
    [Theory]
    [InlineData("Open MPI", "MPI     Open MPI 4")]
    [InlineData("MPICH", "MPI     MPICH 4")]
    public void DoctorTellsOfTheRanksOnce(string engine, string version)
    {
        (int code, string output, string error) = Start(engine, ["doctor"]);
        Assert.True(code == ExitCode.Ok, output + error);
        string mpi = Assert.Single(output.Split('\n'), line => line.Contains(version, StringComparison.Ordinal));
        Assert.Contains(", 2 ranks on 1 host; lib", mpi, StringComparison.Ordinal);
        Assert.Contains("a null dereference is an exception on 2 of 2 ranks", output, StringComparison.Ordinal);
        Assert.Contains("Sum     of 45 MB: ", output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n'), line => line.StartsWith("CPU     ", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', output);
    }

    /// <summary>P independent runs of one rank each, into one folder, is what a launcher with another's library comes to.</summary>
    [Theory]
    [InlineData("Open MPI", "libmpich.so.12", "Open MPI's mpirun started 2 ranks (OMPI_COMM_WORLD_SIZE), but MPICH 4")]
    [InlineData("MPICH", "libmpi.so.40", "mpiexec of the MPICH family started 2 ranks (PMI_SIZE), but Open MPI 4")]
    public void AnotherLaunchersLibraryIsRefused(string engine, string library, string words)
    {
        Mpirun.Of("Open MPI");
        Mpirun.Of("MPICH");
        (int code, string output, string error) = Start(engine, ["doctor"], ("NEGSAMPLES_MPI", library));
        Assert.Equal(ExitCode.Device, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("CPU", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Open MPI")]
    [InlineData("MPICH")]
    public void ALibraryThatIsNotThereIsSaid(string engine)
    {
        (int code, _, string error) = Start(engine, ["doctor"], ("NEGSAMPLES_MPI", "/nowhere/libmpi.so"));
        Assert.Equal(ExitCode.Device, code);
        Assert.Single(error.Split('\n'), line => line.Contains("NEGSAMPLES_MPI is /nowhere/libmpi.so, which cannot be loaded", StringComparison.Ordinal));
    }

    /// <summary>Rank 1 cannot go on while rank 0 waits for it in a sum.</summary>
    [Theory]
    [InlineData("Open MPI")]
    [InlineData("MPICH")]
    public void AFaultOfOneRankIsSaidWithItsNumberAndEndsAll(string engine)
    {
        string program = typeof(CommandLine).Assembly.Location;
        (int code, string output, string error) = Mpirun.Of(engine).Run(1, program, ["doctor", ":", "-n", "1", "dotnet", program, "train", "--resume", "/nowhere/run"]);
        Assert.True(code is ExitCode.Usage or ExitCode.BadData, output + error);
        Assert.Contains("negsamples: rank 1: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Sum     of", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Open MPI")]
    [InlineData("MPICH")]
    public void AVerbThatKnowsNoRanksIsRefusedOnce(string engine)
    {
        (int code, _, string error) = Start(engine, ["coupon", "--classes", "10", "--draws", "20"]);
        Assert.Equal(ExitCode.Usage, code);
        string said = Assert.Single(error.Split('\n'), line => line.Contains("started 2 ranks", StringComparison.Ordinal));
        Assert.Contains("start it without the launcher, which serves train, eval, bound, collision, features, embed, sweep, similarity and doctor", said, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Start(string engine, string[] arguments, params (string Name, string Value)[] variables) =>
        Mpirun.Of(engine).Run(2, typeof(CommandLine).Assembly.Location, arguments, variables);
}
