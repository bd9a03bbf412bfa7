using System.Text.Json;
using System.Text.RegularExpressions;

namespace NegSamples.Tests;

/// <summary>THIRD-PARTY-NOTICES.md names every package that the program ships with, with the licence of its package.</summary>
public partial class NoticesTests
{
    [Fact]
    public void EveryPackageThatShipsIsNamedWithItsLicence()
    {
        string root = SourceTree.Required(), assets = Path.Combine(root, "src", "Cli", "obj", "project.assets.json");
        Assert.SkipUnless(File.Exists(assets), "The program was not restored here.");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(assets));
        string folder = json.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
        List<string> lines = [];
        foreach (JsonProperty library in json.RootElement.GetProperty("libraries").EnumerateObject())
        {
            if (library.Value.GetProperty("type").GetString() != "package") continue;
            string[] parts = library.Name.Split('/');
            string place = Path.Combine(folder, library.Value.GetProperty("path").GetString()!), text = File.ReadAllText(Directory.GetFiles(place, "*.nuspec").Single());
            Match licence = Licence().Match(text);
            string name = licence.Success ? licence.Groups[1].Value : Address().Match(text).Groups[1].Value;
            if (text.Contains("<developmentDependency>true", StringComparison.Ordinal)) continue;
            lines.Add($"| {parts[0]} | {name} |");
        }

        string[] notices = File.ReadAllLines(Path.Combine(root, "THIRD-PARTY-NOTICES.md"));
        string[] missing = [.. lines.Where(line => !notices.Contains(line))];
        Assert.True(missing.Length == 0, "THIRD-PARTY-NOTICES.md lacks\n" + string.Join('\n', missing));
    }

    [GeneratedRegex("<license type=\"(?:expression|file)\">([^<]+)</license>")]
    private static partial Regex Licence();

    [GeneratedRegex("<licenseUrl>([^<]+)</licenseUrl>")]
    private static partial Regex Address();
}
