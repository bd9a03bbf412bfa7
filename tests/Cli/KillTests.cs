using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Tests.Training;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Cli;

/// <summary>Real processes that are killed without a word (SIGKILL), half of them while a checkpoint is written, and go on.</summary>
public class KillTests
{
    [Fact]
    public void KilledRunsResumeToTheSameBytes() => Kill(4, 11);

    /// <summary>The same 200 times; takes a quarter of an hour.</summary>
    [Fact(Explicit = true)]
    public void TwoHundredKilledRunsResumeToTheSameBytes() => Kill(200, 12);

    private static void Kill(int times, int seed)
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 8), whole = tiny.Folder("whole"), run = tiny.Folder("run");
        string[] settings = ["--data", data, "--batch-size", "4", "--dim", "16", "--epochs", "12", "--checkpoint-every", "1", "--queue", "8", "--threads", "1"];
        TimeSpan length = Finish(["train", .. settings, "--output", whole]);
        Random random = new(seed);
        for (int kill = 0; kill < times; kill++)
        {
            if (Directory.Exists(run)) Directory.Delete(run, recursive: true);
            using (Process training = Start(["train", .. settings, "--output", run]))
            {
                DateTime at = DateTime.UtcNow + (length * random.NextDouble());
                bool atSave = kill % 2 == 0;
                int skip = random.Next(8);
                while (!training.HasExited && (atSave ? !Writes(run, ref skip) : DateTime.UtcNow < at)) Thread.Sleep(atSave ? 0 : 1);
                training.Kill();
                training.WaitForExit();
            }

            // A run that was killed before it had settings begins anew.
            if (!File.Exists(Path.Combine(run, "config.json")))
            {
                if (Directory.Exists(run)) Directory.Delete(run, recursive: true);
                Finish(["train", .. settings, "--output", run]);
            }
            else Finish(["train", "--resume", run]);

            string expected = Checkpoint.Newest(Path.Combine(whole, "checkpoints"))!, got = Checkpoint.Newest(Path.Combine(run, "checkpoints"))!;
            foreach (string file in Directory.GetFiles(expected))
                Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(got, Path.GetFileName(file)))), $"kill {kill}: {file}");
            Assert.DoesNotContain(Directory.GetFileSystemEntries(run, "*", SearchOption.AllDirectories), path => path.EndsWith(".tmp", StringComparison.Ordinal));
        }
    }

    /// <summary>Whether a checkpoint is being written at this instant, some of them let by.</summary>
    private static bool Writes(string run, ref int skip)
    {
        string checkpoints = Path.Combine(run, "checkpoints");
        return Directory.Exists(checkpoints) && Directory.GetDirectories(checkpoints, "*.tmp").Length > 0 && skip-- <= 0;
    }

    private static TimeSpan Finish(string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(arguments);
        Assert.True(process.WaitForExit(120_000));
        Assert.True(process.ExitCode == ExitCode.Ok, $"{string.Join(' ', arguments)} ended with {process.ExitCode}: {process.StandardError.ReadToEnd()}");
        return Stopwatch.GetElapsedTime(start);
    }

    private static Process Start(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }
}
