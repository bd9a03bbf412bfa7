using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Tests.Training;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Cli;

/// <summary>Real processes and real signals.</summary>
public class InterruptionTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    public void ASignalSavesTheStateAndTheRunGoesOn(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs POSIX signals");
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 8), run = tiny.Folder("run");
        using Process training = Start("train", "--data", data, "--batch-size", "4", "--dim", "16", "--epochs", "100000", "--output", run, "--threads", "1");
        string metrics = Path.Combine(run, "metrics.jsonl");
        for (int wait = 0; wait < 600 && !(File.Exists(metrics) && new FileInfo(metrics).Length > 0); wait++) Thread.Sleep(50);
        using (Process kill = Process.Start("kill", ["-" + signal, training.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        string output = training.StandardOutput.ReadToEnd();
        Assert.True(training.WaitForExit(60_000));
        Assert.Equal(ExitCode.Interrupted, training.ExitCode);
        Assert.Contains($"negsamples train --resume {run}", output, StringComparison.Ordinal);
        string? checkpoint = Checkpoint.Newest(Path.Combine(run, "checkpoints"));
        Assert.NotNull(checkpoint);
        Assert.True(Checkpoint.ReadState(checkpoint).Step > 0);
        Assert.Empty(Directory.EnumerateFiles(run, "*.tmp", SearchOption.AllDirectories));
    }

    private static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }
}
