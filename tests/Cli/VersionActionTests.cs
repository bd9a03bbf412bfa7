using System.CommandLine;
using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Kernels;
using Spectre.Console;

namespace NegSamples.Tests.Cli;

public class VersionActionTests
{
    [Fact]
    public async Task TheFirstLineIsTheVersionAndTheOthersWhatItRunsOn()
    {
        (int code, string output, _) = await Commands.Run("--version");
        string[] lines = output.Trim().Split('\n');
        Assert.Equal((ExitCode.Ok, 4), (code, lines.Length));
        Assert.Matches(@"^negsamples \d+\.\d+\.\d+\S*$", lines[0].TrimEnd());
        Assert.StartsWith("runtime  .NET ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("cpu      ", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("gpu      ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void ADriverThatHangsIsNotWaitedFor()
    {
        using StringWriter output = new();
        using ManualResetEventSlim end = new();
        Terminal terminal = new(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }), output, output, default);
        Stopwatch watch = Stopwatch.StartNew();
        int code = new VersionAction(terminal, () =>
        {
            end.Wait(TestContext.Current.CancellationToken);
            return new GpuSearch(null, "", 0, HasDriver: true);
        }).Invoke(new RootCommand().Parse(""));
        end.Set();
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("the driver has not answered", output.ToString(), StringComparison.Ordinal);
        Assert.True(watch.Elapsed < VersionAction.Patience + TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }
}
