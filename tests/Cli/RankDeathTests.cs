using System.Diagnostics;
using System.Globalization;
using NegSamples.Cli;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Cli;

/// <summary>What becomes of the other ranks when one is stopped, killed or unlike them: all end within seconds, and the run goes on from its checkpoint.</summary>
[Collection("launchers")]
public class RankDeathTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("Open MPI")]
    [InlineData("MPICH")]
    public async Task ARequestToStopEndsAllAfterTheSameStepWithACheckpoint(string engine)
    {
        using TinyRun tiny = new();
        using Process launcher = Start(engine, tiny, out string run, out Task<string> output);
        Signal("USR1", launcher.Id);
        await Ended(launcher, output);
        Assert.Contains("Interrupted after step", await output, StringComparison.Ordinal);
        string checkpoint = Checkpoint.Newest(RunFolder.CheckpointsOf(run))!;
        Assert.Equal(Checkpoint.ReadState(checkpoint).Step, MetricsLog.Read(RunFolder.MetricsOf(run))[^1].Step);
    }

    [Theory]
    [InlineData("Open MPI")]
    [InlineData("MPICH")]
    public async Task ARankThatIsKilledEndsAllAndTheRunGoesOn(string engine)
    {
        using TinyRun tiny = new();
        using Process launcher = Start(engine, tiny, out string run, out Task<string> output);
        Signal("KILL", RanksOf(run)[^1]);
        await Ended(launcher, output);
        Assert.NotEqual(ExitCode.Ok, launcher.ExitCode);
        Assert.Empty(RanksOf(run));
        long step = Checkpoint.ReadState(Checkpoint.Newest(RunFolder.CheckpointsOf(run))!).Step;
        using Process again = Launch(engine, ["train", "--resume", run, "--threads", "1"]);
        Task<string> more = again.StandardOutput.ReadToEndAsync();

        // A checkpoint of its own: the lines of metrics beyond the one before may be those of the ranks that were killed, which tell nothing of the new ones.
        Wait(() => Path.GetFileName(Checkpoint.Newest(RunFolder.CheckpointsOf(run))) != Checkpoint.NameOf(step), more);
        Signal("USR1", again.Id);
        await Ended(again, more);
        Assert.True(Checkpoint.ReadState(Checkpoint.Newest(RunFolder.CheckpointsOf(run))!).Step > step);
    }

    [Fact]
    public async Task ARankWithOtherVectorInstructionsIsNamed()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx2.IsSupported, "There is one set of vector instructions here.");
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20);
        string[] program = ["dotnet", typeof(CommandLine).Assembly.Location, "train", "--data", data, "--batch-size", "16", "--steps", "4", "--threads", "1", "--output", tiny.Folder("run")];
        Mpirun mpirun = Mpirun.Of("Open MPI");
        ProcessStartInfo start = new(mpirun.Program, [.. mpirun.Flags, "-n", "1", .. program, ":", "-n", "1", "-x", "NEGSAMPLES_ISA=portable", .. program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await Ended(process, output, TimeSpan.FromSeconds(30));
        Assert.Equal(ExitCode.Usage, process.ExitCode);
        Assert.Single((await error).Split('\n'), line => line.Contains("Rank 1 has another set of vector instructions or precision than rank 0", StringComparison.Ordinal));
    }

    /// <summary>A run that would last for hours, once it has a checkpoint.</summary>
    private static Process Start(string engine, TinyRun tiny, out string run, out Task<string> output)
    {
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), path = run = tiny.Folder("run");
        Process launcher = Launch(engine, ["train", "--data", data, "--batch-size", "16", "--epochs", "100000", "--checkpoint-every", "1", "--dim", "16", "--threads", "1", "--output", path]);
        output = launcher.StandardOutput.ReadToEndAsync();
        Wait(() => Directory.Exists(RunFolder.CheckpointsOf(path)) && Checkpoint.All(RunFolder.CheckpointsOf(path)).Any(), output);
        return launcher;
    }

    private static Process Launch(string engine, string[] arguments)
    {
        Mpirun mpirun = Mpirun.Of(engine);
        ProcessStartInfo start = new(mpirun.Program, [.. mpirun.Flags, "-n", "2", "dotnet", typeof(CommandLine).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        Process launcher = Process.Start(start)!;
        launcher.ErrorDataReceived += (_, _) => { }; // what an engine says of a rank that was killed
        launcher.BeginErrorReadLine();
        return launcher;
    }

    private static void Wait(Func<bool> until, Task<string> output)
    {
        for (Stopwatch clock = Stopwatch.StartNew(); !until(); Thread.Sleep(50))
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2) && !output.IsCompleted, "The run has ended, or has not come so far within two minutes.");
    }

    private static async Task Ended(Process launcher, Task<string> output, TimeSpan? limit = null)
    {
        if (launcher.WaitForExit(limit ?? Limit)) return;
        launcher.Kill(entireProcessTree: true);
        Assert.Fail("The ranks have not ended in time: " + await output);
    }

    /// <summary>The processes that train a run, by their numbers.</summary>
    private static int[] RanksOf(string run) => [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Where(name => Words(name!) is ["dotnet", ..] words && words.Contains(run)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Order()];

    private static string[] Words(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended meanwhile
        }
    }

    private static void Signal(string name, int process)
    {
        using Process kill = Process.Start("kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)])!;
        kill.WaitForExit();
    }
}
