using NegSamples.Cli;
using NegSamples.Kernels;
using Spectre.Console;

namespace NegSamples.Tests.Cli;

/// <summary>How doctor tells what it finds.</summary>
public class DoctorLinesTests
{
    /// <summary>A driver that hangs in the fourth case has left the lines of three.</summary>
    [Fact]
    public void EachCaseIsToldAsItEnds()
    {
        using CancellationTokenSource stop = new();
        using StoppingWriter output = new(stop, lines: 3);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = 300;
        using CpuOps device = new(1, Precision.BFloat16), cpu = new(1);
        Assert.Throws<OperationCanceledException>(() => DoctorCommand.Test(new Terminal(console, output, output, stop.Token), device, Precision.BFloat16, cpu, small: true));
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^bf16    ok      +\d+\.\d\d s  off by \d\.\de[+-]\d of 2\.0e-2  product \[", line));
    }

    private sealed class StoppingWriter(CancellationTokenSource stop, int lines) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (ToString().Count(letter => letter == '\n') >= lines) stop.Cancel();
        }
    }
}
