using System.CommandLine;
using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>Every flag of every verb with values that it must not understand.</summary>
public class FlagValueTests
{
    private static readonly Dictionary<string, string[]> Needed = new(StringComparer.Ordinal)
    {
        ["verify"] = ["no-run"], ["replay"] = ["no-run"], ["eval"] = ["no-run"], ["bound"] = ["no-run"], ["collision"] = ["no-run"], ["features"] = ["no-run"], ["report"] = ["no-sweep"], ["init"] = ["no/such/folder/settings.json"], ["completion"] = ["bash"],
    };

    /// <summary>What a verb's help says it takes; a flag that is added is tried without more.</summary>
    [Fact]
    public async Task NoFlagReadsANumberByOtherRulesThanTheOthers()
    {
        int numbers = 0;
        foreach (Command command in Commands.Root().Subcommands)
        {
            string verb = command.Name;
            foreach (string flag in command.Options.Select(option => option.Name))
            {
                // Stopped before it begins, where the flag takes any word: what a verb does then is not asked here.
                (int code, _, string error) = await Commands.Run(new CancellationToken(true), [verb, .. Needed.GetValueOrDefault(verb, []), flag, "1x5"]);
                if (!error.Contains($"{flag} is '1x5'", StringComparison.Ordinal)) continue;
                numbers++;
                foreach (string text in new[] { "0,5,5", "1,000.5", "NaN", "Infinity", "1e999", "", " ", "0x10" })
                {
                    (code, _, error) = await Commands.Run([verb, .. Needed.GetValueOrDefault(verb, []), flag, text]);
                    Assert.True(code == ExitCode.Usage, $"{verb} {flag} {text}: exit {code}, {error}");
                    Assert.Contains(flag, error, StringComparison.Ordinal);
                    Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
                }
            }
        }

        Assert.True(numbers >= 40, $"{numbers} flags take numbers");
    }

    [Theory]
    [InlineData("train", "--temperature", "0,5", "'0,5', which is no number; write 0.5")]
    [InlineData("train", "--learning-rate", "0,1", "write 0.1")]
    [InlineData("similarity", "--temperature", "0,07", "write 0.07")]
    [InlineData("train", "--negatives", "1.5", "--negatives is '1.5'; expected a whole number")]
    [InlineData("train", "--temperature", "1e39", "--temperature is 1E+39; expected a number of at least 0.001 and at most 1e30")]
    [InlineData("train", "--learning-rate", "1e300", "--learning-rate is 1E+300; expected")]
    [InlineData("train", "--dim", "2147483647", "--dim is 2147483647; expected 1 to 65536")]
    [InlineData("train", "--batch-size", "2147483647", "--batch-size is 2147483647; expected at least 2")]
    [InlineData("train", "--dim", "99999999999", "--dim is '99999999999'; expected a whole number of at most 2147483647")]
    [InlineData("train", "--seed", "-1", "--seed is '-1'; expected a whole number of at least 0")]
    [InlineData("train", "--hardness", "1e308", "--hardness is")]
    [InlineData("similarity", "--spill", "-1", "--spill is -1; expected at least 0 MiB")]
    [InlineData("train", "--output", "", "--output is ''")]
    [InlineData("train", "--config", "", "--config is ''")]
    [InlineData("coupon", "--plot", "", "--plot is ''")]
    [InlineData("train", "--bach-size", "4", "Did you mean --batch-size?")]
    [InlineData("train", "--stpes", "3", "Did you mean --steps?")]
    public async Task TheMessageHasTheFlagAndTheValueAsTheyWereGiven(string verb, string flag, string value, string message)
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        string[] place = verb == "train" && flag != "--output" ? ["--output", folder] : [];
        (int code, _, string error) = await Commands.Run([verb, flag, value, .. place]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("{\"loss\":17}")]
    [InlineData("{\"lossMethod\":7}")]
    [InlineData("{\"loss\":\"nt-xent, hard\"}")]
    [InlineData("{\"loss\":\"3\"}")]
    [InlineData("{\"loss\":\"NT-XENT\"}")]
    [InlineData("{\"optimizer\":-1}")]
    [InlineData("{\"encoder\":1}")]
    [InlineData("{\"stem\":null}")]
    [InlineData("{\"data\":null}")]
    [InlineData("{\"device\":null}")]
    [InlineData("{\"temperature\":null}")]
    [InlineData("{\"epochs\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"epochs\":1,\"epochs\":2}")]
    public async Task AFileOfSettingsHasTheNamedChoicesOnly(string settings)
    {
        string file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".json");
        await File.WriteAllTextAsync(file, settings, TestContext.Current.CancellationToken);
        (int code, _, string error) = await Commands.Run("train", "--config", file, "--output", file + ".run");
        File.Delete(file);
        Assert.True(code == ExitCode.Usage, error);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(file + ".run"));
    }
}
