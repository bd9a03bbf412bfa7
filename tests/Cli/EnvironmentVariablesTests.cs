using System.Diagnostics;
using System.Text.RegularExpressions;
using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

public partial class EnvironmentVariablesTests
{
    // Put together, lest the names that nothing reads be found by the test that looks for those.
    private const string Prefix = "NEGSAMPLES" + "_";

    private const string All = "Known are NEGSAMPLES_ISA, NEGSAMPLES_MACHINE_CODE, NEGSAMPLES_DRIVER_SECONDS, NEGSAMPLES_MPI, NEGSAMPLES_NCCL.";

    [Theory]
    [InlineData("ISAA", "Did you mean NEGSAMPLES_ISA?")]
    [InlineData("MACHINECODE", "Did you mean NEGSAMPLES_MACHINE_CODE?")]
    [InlineData("DRIVER_SECOND", "Did you mean NEGSAMPLES_DRIVER_SECONDS?")]
    [InlineData("NCLC", "Did you mean NEGSAMPLES_NCCL?")]
    [InlineData("THREDS", All)]
    [InlineData("", All)]
    public void AnUnknownOneIsSaidWithTheNearestThatIsKnown(string name, string advice) =>
        Assert.Equal($"warning: the environment variable {Prefix}{name} is unknown and changes nothing. {advice}", Assert.Single(EnvironmentVariables.Warnings([Prefix + name, "PATH"])));

    [Fact]
    public void OfWhatIsReadNothingIsSaid() =>
        Assert.Empty(EnvironmentVariables.Warnings([.. EnvironmentVariables.OfProgram.Select(variable => variable.Name), .. EnvironmentVariables.OfTests, "PATH", "NEGSAMPLES"]));

    [Fact]
    public async Task TheProgramSaysItAndGoesOn()
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, "coupon", "--classes", "10", "--quiet"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Prefix + "ISAA"] = "avx2";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual("", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Ok, process.ExitCode);
        Assert.Equal($"negsamples: warning: the environment variable {Prefix}ISAA is unknown and changes nothing. Did you mean NEGSAMPLES_ISA?", (await error).Trim());
    }

    /// <summary>A variable that the sources, scripts or pages name is in one of the two lists, and each that is listed is read.</summary>
    [Fact]
    public void TheListsAreWhatTheSourcesRead()
    {
        string root = SourceTree.Required();
        (string File, string Name)[] named = [.. new[] { "src", "bench", "samples", "tests", "docs", "packages", "." }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*", folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => Path.GetExtension(file) is ".cs" or ".sh" or ".md" or ".csproj" or ".props" or ".py" or ".yml" && !Made().IsMatch(file))
            .SelectMany(file => Name().Matches(File.ReadAllText(Path.Combine(root, file))).Select(match => (file, match.Value)))];
        string[] ofProgram = [.. EnvironmentVariables.OfProgram.Select(variable => variable.Name)];
        Assert.Equal(ofProgram.Concat(EnvironmentVariables.OfTests).Order(), named.Select(entry => entry.Name).Distinct().Order());

        string[] declared = [.. named.Select(entry => entry.File).Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)).Distinct()
            .SelectMany(file => Declaration().Matches(File.ReadAllText(Path.Combine(root, file))).Select(match => match.Groups[1].Value))];
        Assert.Equal(ofProgram.Order(), declared.Order());
        Assert.All(EnvironmentVariables.OfTests, name => Assert.Contains(named, entry => entry.Name == name && entry.File.StartsWith("tests/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task TheManualListsThem()
    {
        string page = (await Commands.Run("man", "--format", "markdown")).Output;
        Assert.All(EnvironmentVariables.OfProgram, variable => Assert.Contains($"| `{variable.Name}` | {variable.Use} |", page.Replace("\\_", "_", StringComparison.Ordinal), StringComparison.Ordinal));
        string manual = (await Commands.Run("man")).Output;
        Assert.All(EnvironmentVariables.OfProgram, variable => Assert.Contains($"\n\\fB{variable.Name}\\fR\n", manual, StringComparison.Ordinal));
    }

    [GeneratedRegex("NEGSAMPLES_[A-Z0-9_]*[A-Z0-9]")]
    private static partial Regex Name();

    [GeneratedRegex("public const string Variable = \"(NEGSAMPLES_[A-Z0-9_]+)\";")]
    private static partial Regex Declaration();

    [GeneratedRegex("(^|/)(bin|obj|node_modules|results)/")]
    private static partial Regex Made();
}
