using System.Globalization;

namespace NegSamples.Kernels;

/// <summary>The program that started this process as one of P ranks, as its environment variables tell.</summary>
/// <param name="Name">Its name, "Open MPI's mpirun".</param>
/// <param name="Variable">The variable that says how many ranks it started.</param>
/// <param name="Size">How many ranks it started.</param>
/// <param name="Rank">Which of them this process is, from 0: who may print before MPI has started.</param>
/// <param name="LocalRank">Which of those of its machine it is; 0 where the launcher does not say, so that it may speak.</param>
/// <param name="Family">Whose library the launcher belongs to; null where it starts ranks of any.</param>
internal sealed record Launcher(string Name, string Variable, int Size, int Rank, int LocalRank, MpiFamily? Family)
{
    /// <summary>The launchers that are known, each with its variables.</summary>
    /// <remarks>Slurm last: its srun starts the processes of the others' mpirun too. SLURM_NTASKS does not count: a batch script has it outside srun as well.</remarks>
    internal static IReadOnlyList<(string Name, string Size, string Rank, string LocalRank, MpiFamily? Family)> Known { get; } =
    [
        ("Open MPI's mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", MpiFamily.OpenMpi),
        ("mpiexec of the MPICH family", "PMI_SIZE", "PMI_RANK", "MPI_LOCALRANKID", MpiFamily.Mpich),
        ("Cray's PALS", "PALS_SIZE", "PALS_RANKID", "PALS_LOCAL_RANKID", MpiFamily.Mpich),
        ("Slurm's srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_LOCALID", null),
    ];

    /// <summary>The launcher of this process, or null where it started alone, or where NEGSAMPLES_MPI is "none": then no MPI library is loaded.</summary>
    public static Launcher? Find() => Find(Environment.GetEnvironmentVariable);

    /// <summary>The launcher that an environment names.</summary>
    /// <param name="variable">A variable's value by its name, null where it is not set.</param>
    internal static Launcher? Find(Func<string, string?> variable)
    {
        if (variable(MpiLibrary.Variable) == MpiLibrary.None) return null;
        foreach ((string name, string size, string rank, string localRank, MpiFamily? family) in Known)
        {
            // One rank needs no exchange; an interactive shell of Slurm's is a step of one task.
            if (Number(variable(size)) is { } ranks and > 1)
                return new Launcher(name, size, ranks, Number(variable(rank)) ?? 0, Number(variable(localRank)) ?? 0, family);
        }

        return null;
    }

    /// <summary>A number of a launcher's variable; null where there is none.</summary>
    internal static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
