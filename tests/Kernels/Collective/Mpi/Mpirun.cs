using System.Diagnostics;
using System.Globalization;

namespace NegSamples.Tests.Kernels;

/// <summary>A launcher of this machine, and what it starts: real processes as ranks.</summary>
/// <param name="Program">The launcher, by the full name that tells it from the other.</param>
/// <param name="Flags">What it needs in a container.</param>
internal sealed record Mpirun(string Program, string[] Flags)
{
    private const int Seconds = 180;

    // A rank that waits for another asks without a pause; it shall leave its core to whoever needs it, as to tests beside this.
    public static readonly Mpirun OpenMpi = new("mpirun.openmpi", ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]);
    public static readonly Mpirun Mpich = new("mpirun.mpich", []);

    /// <summary>The launcher of a name, or a skipped test where it is not installed.</summary>
    public static Mpirun Of(string engine)
    {
        Mpirun launcher = engine == "Open MPI" ? OpenMpi : Mpich;
        Assert.SkipUnless(File.Exists("/usr/bin/" + launcher.Program), $"{launcher.Program} is not installed (apt-get install openmpi-bin mpich).");
        return launcher;
    }

    /// <summary>Starts a .NET program as so many ranks and waits for its end.</summary>
    /// <param name="ranks">P.</param>
    /// <param name="assembly">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Environment variables besides this process's.</param>
    public (int Code, string Output, string Error) Run(int ranks, string assembly, string[] arguments, params (string Name, string Value)[] variables)
    {
        return Run([.. Flags, "-n", ranks.ToString(CultureInfo.InvariantCulture), "dotnet", assembly, .. arguments], variables);
    }

    /// <summary>Starts a rank in each of some working folders.</summary>
    /// <param name="folders">The folders.</param>
    /// <param name="assembly">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public (int Code, string Output, string Error) RunIn(string[] folders, string assembly, string[] arguments) =>
        Run([.. Flags, .. folders.SelectMany((folder, i) => (string[])[.. i == 0 ? [] : (string[])[":"], "-n", "1", "-wdir", folder, "dotnet", assembly, .. arguments])], []);

    private (int Code, string Output, string Error) Run(string[] command, (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new(Program, command) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Seconds * 1000))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Program} has not ended within {Seconds} s.");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
