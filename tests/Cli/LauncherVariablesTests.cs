using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Kernels;

namespace NegSamples.Tests.Cli;

/// <summary>A launcher's variables that are no numbers, or half of them, would train in silence as if there were none.</summary>
public class LauncherVariablesTests
{
    private const string Alone = " NEGSAMPLES_MPI=none starts this process alone.";

    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=abc", "OMPI_COMM_WORLD_SIZE is 'abc'; expected a whole number of at least 1, as a launcher of several processes sets it.")]
    [InlineData("PMI_SIZE=-2", "PMI_SIZE is '-2'; expected a whole number of at least 1, as a launcher of several processes sets it.")]
    [InlineData("PALS_SIZE=0", "PALS_SIZE is '0'; expected a whole number of at least 1, as a launcher of several processes sets it.")]
    [InlineData("SLURM_STEP_NUM_TASKS=2.5", "SLURM_STEP_NUM_TASKS is '2.5'; expected a whole number of at least 1, as a launcher of several processes sets it.")]
    [InlineData("PMI_SIZE=99999999999", "PMI_SIZE is '99999999999'; expected a whole number of at least 1, as a launcher of several processes sets it.")]
    [InlineData("PMI_SIZE=2 PMI_RANK=one", "PMI_RANK is 'one'; expected a whole number of at least 0, as a launcher of several processes sets it.")]
    [InlineData("PMI_SIZE=2 PMI_RANK=1 MPI_LOCALRANKID=x", "MPI_LOCALRANKID is 'x'; expected a whole number of at least 0, as a launcher of several processes sets it.")]
    [InlineData("OMPI_COMM_WORLD_SIZE=x PMI_SIZE=2 PMI_RANK=1", "OMPI_COMM_WORLD_SIZE is 'x'; expected a whole number of at least 1, as a launcher of several processes sets it.")]
    [InlineData("OMPI_COMM_WORLD_SIZE=4", "OMPI_COMM_WORLD_SIZE is 4, but OMPI_COMM_WORLD_RANK is not set; expected both, as Open MPI's mpirun sets them.")]
    [InlineData("SLURM_STEP_NUM_TASKS=4", "SLURM_STEP_NUM_TASKS is 4, but SLURM_PROCID is not set; expected both, as Slurm's srun sets them.")]
    [InlineData("OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_RANK is 1, but OMPI_COMM_WORLD_SIZE is not set; expected both, as a launcher of several processes sets them.")]
    [InlineData("PMI_RANK=0 PMI_SIZE=", "PMI_RANK is 0, but PMI_SIZE is not set; expected both, as a launcher of several processes sets them.")]
    [InlineData("PALS_SIZE=2 PALS_RANKID=2", "PALS_RANKID is 2; expected 0 to 1, as PALS_SIZE is 2.")]
    public void AFaultIsToldByTheVariablesName(string environment, string expected)
    {
        (Launcher? launcher, string? fault) = Find(environment);
        Assert.Null(launcher);
        Assert.Equal(expected + Alone, fault);
    }

    /// <summary>What launchers do set, and what a shell, a batch script of Slurm's or an emptied variable leaves.</summary>
    [Theory]
    [InlineData("", null)]
    [InlineData("OMPI_COMM_WORLD_SIZE= PMI_RANK=", null)]
    [InlineData("SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_LOCALID=0", null)]
    [InlineData("OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0", null)]
    [InlineData("OMPI_COMM_WORLD_SIZE=abc NEGSAMPLES_MPI=none", null)]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_RANK=1", 3)]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 PMI_RANK=3", 3)]
    [InlineData("PMI_SIZE=2 PMI_RANK=1", 1)]
    [InlineData("PALS_SIZE=2 PALS_RANKID=0 PMI_RANK=0", 0)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=7", 7)]
    public void WithoutOneTheLauncherIsWhatItWas(string environment, int? rank)
    {
        (Launcher? launcher, string? fault) = Find(environment);
        Assert.Null(fault);
        Assert.Equal(rank, launcher?.Rank);
    }

    [Fact]
    public void EachVariableThatALauncherIsKnownByIsChecked() =>
        Assert.Equal(
            [
                ["OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"], ["PMI_SIZE", "PMI_RANK", "MPI_LOCALRANKID"],
                ["PALS_SIZE", "PALS_RANKID", "PALS_LOCAL_RANKID"], ["SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_LOCALID"],
            ],
            LauncherVariables.Known);

    [Fact]
    public async Task TheProgramEndsBeforeItDoesAnything()
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, "coupon", "--classes", "10"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMPI_COMM_WORLD_SIZE"] = "abc";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Usage, process.ExitCode);
        Assert.StartsWith("negsamples: OMPI_COMM_WORLD_SIZE is 'abc'; expected a whole number", Assert.Single((await error).TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static (Launcher? Launcher, string? Fault) Find(string environment)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Launcher? launcher = LauncherVariables.Find(name => variables.GetValueOrDefault(name), out string? fault);
        return (launcher, fault);
    }
}
