using System.Diagnostics;
using NegSamples.Augment.Data;
using NegSamples.Cli;
using NegSamples.Report;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class FullOutputTests
{
    [Fact]
    public async Task AVerbWhoseResultIsTheOutputFailsWhereItCannotBeWritten()
    {
        StringWriter error = new();
        using FullWriter full = new();
        Assert.Equal(ExitCode.Failure, await CommandLine.RunAsync(["coupon", "--classes", "3", "--draws", "4"], full, error));
        Assert.Contains("standard output could not be written: disk full", error.ToString(), StringComparison.Ordinal);
    }

    // Whether the result is the output itself, so that losing it is a failure.
    public static TheoryData<bool, string[]> Verbs => new()
    {
        { true, ["--help"] }, { true, ["--version"] }, { true, ["train", "--help"] }, { true, ["sweep", "--help"] }, { true, ["report", "--help"] }, { true, ["features", "--help"] },
        { true, ["train", "--data", "DATA", "--epochs", "1", "--batch-size", "16", "--device", "cpu", "--memory-plan"] }, { true, ["coupon", "--classes", "3", "--draws", "4"] },
        { true, ["coupon", "--classes", "3", "--draws", "4", "--format", "json"] }, { true, ["similarity", "--keys", "32", "--rows", "8", "--repetitions", "1"] },
        { true, ["devices"] }, { true, ["doctor"] }, { true, ["verify", "RUN"] }, { true, ["eval", "RUN", "--linear-epochs", "1"] },
        { true, ["eval", "RUN", "--linear-epochs", "1", "--json"] }, { true, ["bound", "RUN", "--negatives", "3"] }, { true, ["collision", "RUN"] },
        { false, ["features", "RUN"] }, { false, ["train", "--data", "DATA", "--epochs", "1", "--batch-size", "16", "--output", "OUT"] },
        { false, ["sweep", "--data", "DATA", "--epochs", "1", "--batch-sizes", "16", "--linear-epochs", "1", "--output", "OUT"] },
    };

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task OnlyVerbsThatLeaveFilesSucceedWithoutAnOutput(bool isResult, string[] arguments)
    {
        using TinyRun tiny = new();
        string path = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), run = tiny.Folder("run");
        using ImageData data = DataSets.Open(path);
        tiny.Train("run", settings: TinyRun.Settings with { Data = new() { Path = path, ImageSize = 16 }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 1 } }, images: data.Train);
        StringWriter error = new();
        using FullWriter full = new();
        int code = await CommandLine.RunAsync(
            [.. arguments.Select(word => word switch { "RUN" => run, "DATA" => path, "OUT" => tiny.Folder("out"), _ => word })], full, error, TestContext.Current.CancellationToken);
        Assert.Contains("standard output could not be written: disk full", error.ToString(), StringComparison.Ordinal);
        Assert.True(code == (isResult ? ExitCode.Failure : ExitCode.Ok), $"exit {code}: {error}");
    }

    [Fact]
    public void AReaderThatHasEnoughEndsNothingWithAStackTrace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs a shell");

        // Four times what a pipe holds, so that the program writes on after its reader has gone.
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"(dotnet '{typeof(CommandLine).Assembly.Location}' coupon --classes 3 --draws 1..4000:1; echo \"exit $?\" >&2) | head -1"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        string output = shell.StandardOutput.ReadToEnd(), error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal("3 equally frequent classes, independent draws", output.Trim());
        Assert.Equal("exit 0", error.Trim());
    }

    [Fact]
    public async Task AClosedErrorStreamChangesNoExitCode()
    {
        using FullWriter full = new();
        Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(["coupon", "--classes", "0"], TextWriter.Null, full));
        Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(["coupom"], full, full));
    }

    [Theory]
    [InlineData("a\u001b[31mb", "a\\x1b[31mb")]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("a\nb", "a\\x0ab")]
    [InlineData("naïve \U0001F600", "naïve \U0001F600")]
    public void ControlCharactersAreShownAsEscapes(string text, string shown) => Assert.Equal(shown, Harmless.Text(text));

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("disk full");

        public override void Write(string? value) => throw new IOException("disk full");

        public override void Write(char[] buffer, int index, int count) => throw new IOException("disk full");
    }
}
