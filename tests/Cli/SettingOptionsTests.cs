using System.CommandLine;
using NegSamples.Cli;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

public class SettingOptionsTests
{
    /// <summary>A setting that is added to a record is one of the file without more; here it asks for its flag.</summary>
    [Fact]
    public void EverySettingOfTheFileHasAFlag() =>
        Assert.Equal(FlatSettings.Names.Order(StringComparer.Ordinal), new SettingOptions(new Command("train")).Flags.Select(entry => entry.Key).Order(StringComparer.Ordinal));

    [Fact]
    public async Task TheHelpListsEveryFlag()
    {
        string help = (await Commands.Run("train", "--help")).Output;
        Assert.All(FlatSettings.Names, name => Assert.Contains("  " + SettingNames.FlagOf(name), help, StringComparison.Ordinal));
    }

    /// <summary>A resumed run goes on as it began, wherever it goes on: whatever is not its place, or more epochs, is refused.</summary>
    [Fact]
    public void AResumedRunRefusesAllButItsPlaceAndLength()
    {
        Command command = new("train");
        SettingOptions options = new(command);
        ParseResult parsed = command.Parse([.. options.Flags.SelectMany(entry => new[] { entry.Flag, "1" })]);
        string[] place = ["--epochs", "--data", "--threads", "--device", "--precision", "--kernels"];
        Assert.Equal(options.Flags.Select(entry => entry.Flag).Except(place), options.Refused(parsed));
    }
}
