using System.CommandLine;
using System.Text.Json.Nodes;
using NegSamples.Cli;
using NegSamples.Cli.Help;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli.Help;

public class HelpPageTests
{
    private static readonly RootCommand Root = Commands.Root();

    private static readonly IReadOnlyList<VerbHelp> Verbs = VerbHelp.All(Root);

    [Fact]
    public void TheProgramsHelpIsOneScreenWithEveryVerb()
    {
        string[] lines = [.. HelpPage.OfProgram(Root, 80)];
        Assert.True(lines.Length <= 24, $"{lines.Length} lines");
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.All(Verbs.Where(verb => !verb.IsHidden), verb => Assert.Contains(lines, line => line.Contains($" {verb.Name} ", StringComparison.Ordinal) && line.EndsWith(verb.Text.Summary, StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("Many runs   sweep ", StringComparison.Ordinal));
    }

    public static TheoryData<string> Names => new(Commands.Verbs());

    [Theory]
    [MemberData(nameof(Names))]
    public void AVerbsHelpFitsAnyWidthAndSaysAllOnce(string name)
    {
        VerbHelp verb = Verbs.Single(verb => verb.Name == name);
        foreach (int width in new[] { 40, 60, 80, 110 })
        {
            string[] lines = [.. HelpPage.OfVerb(verb, width)];
            string text = string.Join('\n', lines);
            Assert.All(lines, line => Assert.True(line.Length <= width || !line.Trim().TrimEnd('\\').TrimEnd().Contains(' ') || IsVerbatim(verb, line) || line.TrimStart().Split(' ')[0] is ">" or ['-', ..] || line.StartsWith("  negsamples", StringComparison.Ordinal), $"{width}: {line}"));
            Assert.All(verb.Flags, flag => Assert.Contains(lines, line => line.StartsWith("  " + flag.Label, StringComparison.Ordinal)));
            Assert.Contains("\nExamples:\n", text, StringComparison.Ordinal);
            Assert.Contains("130", lines[^1] + lines[^2] + lines[^3], StringComparison.Ordinal);
        }

        Assert.NotEmpty(verb.Text.Examples);
        Assert.True(verb.Text.Summary.EndsWith('.') && verb.Text.Summary.Length <= 56, verb.Text.Summary);
        Assert.NotEqual(SymbolGroups.Own, verb.Group);
        Assert.All(verb.Options, group => Assert.True(SymbolGroups.Place(group.Group) >= 0, group.Group));
    }

    /// <summary>A name in capitals says what a value is; a flag's own name in capitals says nothing.</summary>
    [Fact]
    public void EveryFlagHasAPlaceholderThatIsNotItsName()
    {
        foreach (VerbHelp verb in Verbs)
        {
            foreach (EntryHelp flag in verb.Flags.Where(flag => flag.TakesValue))
            {
                Assert.DoesNotContain('<', flag.Placeholder);
                Assert.False(string.Equals(flag.Placeholder, flag.Names[0].TrimStart('-'), StringComparison.OrdinalIgnoreCase), $"{verb.Name} {flag.Label}");
                Assert.False(flag.Placeholder == "TEXT", $"{verb.Name} {flag.Label}: what text?");
                Assert.False(flag.Choices.Count == 0 && flag.Placeholder.Split('|').All(word => word.Length > 1 && word.All(char.IsAsciiLetterLower)), $"{verb.Name} {flag.Label}: choices that completion does not know");
            }

            Assert.All(verb.Flags, flag => Assert.False(flag.Text.Contains("[default", StringComparison.Ordinal), $"{verb.Name} {flag.Label} says its default twice"));
            Assert.All(verb.Flags.Concat(verb.Arguments), entry => Assert.EndsWith(".", entry.Text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void SettingsStandUnderTheirRecords()
    {
        VerbHelp train = Verbs.Single(verb => verb.Name == "train");
        Assert.Equal(
            [SymbolGroups.Own, .. typeof(TrainingSettings).GetProperties().Select(property => property.Name).Where(FlatSettings.Records.Values.Contains).OrderBy(SymbolGroups.Place), SymbolGroups.General],
            train.Options.Select(group => group.Group));
        foreach ((string key, string record) in FlatSettings.Records)
            Assert.Contains(train.Options.Single(group => group.Group == record).Entries, entry => entry.Names[0] == SettingNames.FlagOf(key));
    }

    /// <summary>Where the help gives a number or a word as the default, it is the default.</summary>
    [Fact]
    public void TheDefaultsOfTheHelpAreTheDefaults()
    {
        JsonObject defaults = FlatSettings.Of(new TrainingSettings());
        int compared = 0;
        foreach ((string key, Option option) in new SettingOptions(new Command("train")).Entries)
        {
            string value = defaults[key]?.ToString() ?? "null";
            if (EntryHelp.Of(option).Default is not { } said || said.Contains(' ') || value is "null" or "" || (value is "0" or "-1" && said != "0")) continue;
            Assert.True(said == value, $"{option.Name}: {said}, but {value}");
            compared++;
        }

        Assert.True(compared > 25, $"{compared}");
    }

    [Fact]
    public void EveryExampleIsACommandLineThatTheProgramUnderstands()
    {
        foreach (string example in Verbs.SelectMany(verb => verb.Text.Examples))
        {
            string[] words = example.Split(['>', '|'])[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(word => word != "negsamples").Skip(1).ToArray();
            if (example.StartsWith("source", StringComparison.Ordinal)) continue; // a shell's own
            ParseResult parsed = Root.Parse(words);
            Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors.Select(error => error.Message))}");
        }
    }

    [Theory]
    [InlineData(null, null, 80)]
    [InlineData("60", 132, 60)]
    [InlineData("", 100, 100)]
    [InlineData("many", 0, 80)]
    [InlineData("5", null, 30)]
    [InlineData(null, 400, 110)]
    public void TheWidthIsThatOfTheEnvironmentOrTheTerminal(string? columns, int? terminal, int width) => Assert.Equal(width, HelpPage.Width(columns, terminal));

    [Fact]
    public async Task AMistakeIsAnsweredWithTheHelpOfItsVerb()
    {
        Assert.Contains("Did you mean train?", (await Commands.Run("trian")).Error, StringComparison.Ordinal);
        (int code, _, string error) = await Commands.Run("train", "--epoch", "3");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("Did you mean --epochs?", error, StringComparison.Ordinal);
        Assert.Contains("Try: negsamples train --help", error, StringComparison.Ordinal);
        Assert.Contains("Did you mean --quiet?", (await Commands.Run("devices", "--quite")).Error, StringComparison.Ordinal);
    }

    private static bool IsVerbatim(VerbHelp verb, string line) => verb.Text.Blocks.Any(block => block.IsVerbatim && block.Text == line);
}
