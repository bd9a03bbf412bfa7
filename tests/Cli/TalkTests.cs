using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class TalkTests
{
    [Fact]
    public async Task QuietPrintsTheResultAndVerboseTheTimes()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 10);
        string[] arguments = ["train", "--data", data, "--batch-size", "8", "--epochs", "1", "--dim", "8", "--device", "cpu"];
        (int code, string output, string error) = await Commands.Run([.. arguments, "--output", tiny.Folder("usual")]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("plan: 10 classes, ", output, StringComparison.Ordinal);
        Assert.Contains(" M parameters; K = 14; 6 steps an epoch, 6 in all; peak rate 0.03125 by larc; about ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("took", error, StringComparison.Ordinal);

        (code, output, error) = await Commands.Run([.. arguments, "--output", tiny.Folder("quiet"), "--quiet"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.All(error.Trim().Split('\n'), line => Assert.Contains("warning: ", line, StringComparison.Ordinal));
        Assert.StartsWith("Done: 6 steps", output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));

        (code, output, error) = await Commands.Run(["--verbose", .. arguments, "--output", tiny.Folder("verbose")]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("opening the data took ", error, StringComparison.Ordinal);
        Assert.Contains("exit code 0", error, StringComparison.Ordinal);
        Assert.Contains("plan: ", output, StringComparison.Ordinal);

        (code, output, error) = await Commands.Run([.. arguments, "--output", tiny.Folder("json"), "--json", "--quiet"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("\"steps\": 6", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnErrorIsPrintedInQuietToo()
    {
        (int code, string output, string error) = await Commands.Run("eval", "nowhere", "-q");
        Assert.Equal((ExitCode.BadData, ""), (code, output));
        Assert.Contains("nowhere is not a run", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Commands.Run("devices", "--quiet", "--verbose")).Code);
    }

    /// <summary>They are flags of the program, so that a verb which is added has them.</summary>
    [Fact]
    public void EveryVerbHasThem() => Assert.All(
        new[] { "--quiet", "--verbose", "--help" }, flag => Assert.True(Commands.Root().Options.Single(option => option.Name == flag).Recursive));
}
