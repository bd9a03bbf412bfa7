using System.CommandLine;
using System.Text.Json;
using NegSamples.Cli;
using NegSamples.Study;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

public class SettingsTemplateTests
{
    [Fact]
    public async Task TheWrittenFileHasEverySettingAtItsDefaultAndCommentsIt()
    {
        using TemporaryFolder folder = new();
        string file = folder.PathOf("settings.json");
        (int code, _, string error) = await Commands.Run("init", file);
        Assert.True(code == ExitCode.Ok, error);
        HashSet<string> ofFile = [];
        Assert.Equal(new TrainingSettings(), SettingsFile.Read(file, [], ofFile));
        Assert.Equal(FlatSettings.Names.Order(StringComparer.Ordinal), ofFile.Order(StringComparer.Ordinal));
        string[] lines = File.ReadAllLines(file);
        foreach (string name in FlatSettings.Names)
        {
            int place = Array.FindIndex(lines, line => line.StartsWith($"  \"{name}\": ", StringComparison.Ordinal));
            Assert.True(place > 0, name);
            Assert.StartsWith("  // ", lines[place - 1], StringComparison.Ordinal);
            Assert.Contains(lines, line => line.StartsWith($"  // {SettingNames.FlagOf(name)}", StringComparison.Ordinal));
        }

        Assert.All(lines.Skip(1), line => Assert.True(line.Length <= 120, line));
        (code, string output, error) = await Commands.Run("train", "--config", file, "--memory-plan", "--device", "cpu");
        Assert.True(code == ExitCode.Ok, error);
    }

    [Fact]
    public async Task AFileThatIsThereIsKept()
    {
        using TemporaryFolder folder = new();
        string file = folder.PathOf("settings.json");
        File.WriteAllText(file, "mine");
        (int code, _, string error) = await Commands.Run("init", file);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("is there already", error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("--batch-sizes 4,8")]
    [InlineData("--negatives 1,3 --batch-size 8")]
    [InlineData("--temperatures 0.1,0.5")]
    [InlineData("--losses nt-xent,hard")]
    public async Task AnUntouchedFileChangesNoSweep(string axis)
    {
        using TemporaryFolder folder = new();
        string file = folder.PathOf("settings.json");
        await Commands.Run("init", file);
        foreach (string more in new[] { "", " --steps 5", " --epochs 3", " --learning-rates 0.5,1", " --learning-rates 0.5,1 --steps 5", " --learning-rates 0.5,1 --validation-share 0.3" })
            Assert.Equal(Asked(axis + more), Asked($"{axis}{more} --config {file}"));
    }

    private static string Asked(string line)
    {
        Command command = new("sweep");
        SweepOptions options = new(command);
        return JsonSerializer.Serialize(options.Asked(command.Parse(line.Split(' ')), new HashSet<string>()), StudyJson.Default.SweepManifest);
    }

    [Fact]
    public async Task TheOutputTakesItToo()
    {
        string printed = (await Commands.Run("init", "-")).Output;
        Assert.Equal(string.Concat(SettingsTemplate.Lines().Select(line => line + "\n")), printed);
        Assert.Equal(printed, (await Commands.Run("init", "--stdout")).Output);
        Assert.Equal(ExitCode.Usage, (await Commands.Run("init", "--stdout", "a.json")).Code);
    }
}
