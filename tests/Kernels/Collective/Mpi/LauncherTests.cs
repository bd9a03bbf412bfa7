using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Which variables say that this process is one of several.</summary>
public class LauncherTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3", "Open MPI's mpirun", 4, 3, nameof(MpiFamily.OpenMpi))]
    [InlineData("PMI_SIZE=2 PMI_RANK=1", "mpiexec of the MPICH family", 2, 1, nameof(MpiFamily.Mpich))]
    [InlineData("PALS_SIZE=2 PALS_RANKID=1", "Cray's PALS", 2, 1, nameof(MpiFamily.Mpich))]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=7", "Slurm's srun", 8, 7, null)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=7 PMI_SIZE=8 PMI_RANK=7", "mpiexec of the MPICH family", 8, 7, nameof(MpiFamily.Mpich))]
    [InlineData("SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=1", "Open MPI's mpirun", 2, 1, nameof(MpiFamily.OpenMpi))]
    [InlineData("PMI_SIZE=2", "mpiexec of the MPICH family", 2, 0, nameof(MpiFamily.Mpich))]
    public void ALauncherIsFoundByItsVariables(string environment, string name, int size, int rank, string? family)
    {
        Launcher? launcher = Find(environment);
        Assert.NotNull(launcher);
        Assert.Equal((name, size, rank, family), (launcher.Name, launcher.Size, launcher.Rank, launcher.Family?.ToString()));
    }

    /// <summary>A batch script has SLURM_NTASKS outside srun too, and a shell in a step of one task is no rank.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("SLURM_NTASKS=8 SLURM_PROCID=0")]
    [InlineData("SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0")]
    [InlineData("OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0")]
    [InlineData("PMI_SIZE=many")]
    [InlineData("PMI_SIZE=2 PMI_RANK=1 NEGSAMPLES_MPI=none")]
    public void WithoutOneTheProcessIsAlone(string environment) => Assert.Null(Find(environment));

    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_RANK=1", 1)]
    [InlineData("PMI_SIZE=4 PMI_RANK=3 MPI_LOCALRANKID=0", 0)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=7 SLURM_LOCALID=2", 2)]
    [InlineData("PMI_SIZE=4 PMI_RANK=3", 0)]
    public void TheFirstOfAMachineIsKnown(string environment, int localRank) => Assert.Equal(localRank, Find(environment)!.LocalRank);

    private static Launcher? Find(string environment)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return Launcher.Find(name => variables.GetValueOrDefault(name));
    }
}
