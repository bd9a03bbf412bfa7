using NegSamples.Cli;
using NegSamples.Tests.Study.Sweep;

namespace NegSamples.Tests.Cli;

public class ReportCommandTests
{
    [Fact]
    public async Task WritesTheReportAndWarnsOfWhatIsMissing()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        (int code, string output, string error) = await Run("report", sweep.Folder);
        Assert.True(code == ExitCode.Ok, error);
        string path = Path.Combine(sweep.Folder, "report.html");
        Assert.Contains("5 of 6 runs", output, StringComparison.Ordinal);
        Assert.Contains("batch-00032-seed-11: training not finished", error, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", File.ReadAllText(path), StringComparison.Ordinal);

        string csv = Path.Combine(sweep.Folder, "numbers.csv");
        (code, _, error) = await Run("report", sweep.Folder, "--format", "csv", "--output", csv);
        Assert.True(code == ExitCode.Ok, error);
        Assert.StartsWith("run,seed,K,", File.ReadAllText(csv), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(sweep.Folder), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("report nowhere", "nowhere does not exist; expected the folder of a run", ExitCode.BadData)]
    [InlineData("report nowhere neither --baseline run", "--baseline compares with one sweep", ExitCode.Usage)]
    [InlineData("report nowhere --baseline run", "nowhere is not a sweep", ExitCode.BadData)]
    [InlineData("report nowhere --format pdf", "--format is pdf; expected one of html, md, latex, csv", ExitCode.Usage)]
    public async Task BadInputIsNamed(string arguments, string expected, int code)
    {
        (int exit, _, string error) = await Run(arguments.Split(' '));
        Assert.Equal(code, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOutputThatIsAFolderIsRefused()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        (int exit, _, string error) = await Run("report", sweep.Folder, "--format", "md", "--output", sweep.Folder);
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains($"--output is {sweep.Folder}, a folder; expected a file", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
