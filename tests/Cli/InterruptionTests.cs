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
    public async Task ASignalSavesTheStateAndTheRunGoesOn(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs POSIX signals");
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 8), run = tiny.Folder("run");
        using Process training = Commands.Start("train", "--data", data, "--batch-size", "4", "--dim", "16", "--epochs", "100000", "--output", run, "--threads", "1");
        string metrics = Path.Combine(run, "metrics.jsonl");
        for (int wait = 0; wait < 2400 && !(File.Exists(metrics) && new FileInfo(metrics).Length > 0); wait++) Thread.Sleep(50);
        using (Process kill = Process.Start("kill", ["-" + signal, training.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Task<string> writing = training.StandardOutput.ReadToEndAsync();
        if (!training.WaitForExit(60_000))
        {
            training.Kill();
            Assert.Fail($"The run has not ended within a minute of SIG{signal}.");
        }

        string output = await writing;
        Assert.Equal(ExitCode.Interrupted, training.ExitCode);
        Assert.Contains($"negsamples train --resume {run}", output, StringComparison.Ordinal);
        string? checkpoint = Checkpoint.Newest(Path.Combine(run, "checkpoints"));
        Assert.NotNull(checkpoint);
        Assert.True(Checkpoint.ReadState(checkpoint).Step > 0);
        Assert.Empty(Directory.EnumerateFiles(run, "*.tmp", SearchOption.AllDirectories));
    }
}
