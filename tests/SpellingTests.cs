using System.Diagnostics;
using System.Text.RegularExpressions;

namespace NegSamples.Tests;

/// <summary>The words of the pages are in the British dictionary of Hunspell or in tests/words.txt; a name with capitals inside it may be one of the sources.</summary>
public partial class SpellingTests
{
    private const string Hunspell = "/usr/bin/hunspell", Dictionary = "/usr/share/hunspell/en_GB.dic";

    [Fact]
    public void EveryWordOfThePagesIsKnown()
    {
        Assert.SkipUnless(File.Exists(Hunspell) && File.Exists(Dictionary), "hunspell is not installed (apt-get install hunspell hunspell-en-gb).");
        string root = SourceTree.OrSkip();
        HashSet<string> own = [.. File.ReadAllLines(Path.Combine(root, "tests", "words.txt"))];
        string[] sources = [.. ((string[])["src", "bench", "tests", "samples"])
            .SelectMany(top => Directory.EnumerateFiles(Path.Combine(root, top), "*.cs", SearchOption.AllDirectories))];
        HashSet<string> names = [.. sources.SelectMany(file => Name().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value),
            .. sources.Select(file => Path.GetFileName(file).Split('.')[0])];
        (string Page, HashSet<string> Words)[] pages = [.. PagesTests.Pages.Select(page => (Path.GetRelativePath(root, page), WordsOf(page)))];

        // All at once: each start of Hunspell reads the whole dictionary.
        string[] faults = [.. Unknown(pages.SelectMany(page => page.Words).Distinct()).Where(word => !names.Contains(word) && !own.Contains(word))
            .Select(word => $"{string.Join(", ", pages.Where(page => page.Words.Contains(word)).Select(page => page.Page))}: {word}")];
        Assert.True(faults.Length == 0, "Mend these, or where they are right add them to tests/words.txt:\n" + string.Join('\n', faults));
    }

    [Fact]
    public void AMisspeltWordIsFound()
    {
        Assert.SkipUnless(File.Exists(Hunspell) && File.Exists(Dictionary), "hunspell is not installed (apt-get install hunspell hunspell-en-gb).");
        Assert.Equal(["seperate"], Unknown(["colour", "seperate", "negatives"]));
    }

    private static HashSet<string> WordsOf(string page) => [.. Word().Matches(NoProse().Replace(File.ReadAllText(page), " ")).Select(match => Possessive().Replace(match.Value, ""))];

    private static string[] Unknown(IEnumerable<string> words)
    {
        ProcessStartInfo start = new(Hunspell, ["-d", "en_GB", "-i", "utf-8", "-l"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(string.Join('\n', words));
        process.StandardInput.Close();
        return output.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Code, mathematics, the targets of links, elements and addresses.</summary>
    [GeneratedRegex(@"^```.*?^```|\$\$.*?\$\$|\$[^$\n]*\$|`[^`]*`|(?<=\])\([^)]*\)|<[^>]*>|https?://\S+", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex NoProse();

    [GeneratedRegex(@"(?<![\p{L}\d_./@-])\p{L}[\p{L}']*\p{Ll}(?![\p{L}\d_@/])")]
    private static partial Regex Word();

    [GeneratedRegex("'s$")]
    private static partial Regex Possessive();

    /// <summary>What has a capital inside it, and types.</summary>
    [GeneratedRegex(@"\b(?<name>[A-Z]\w*\p{Ll}[A-Z]\w*)\b|\b(?:class|struct|interface|enum|record) (?<name>[A-Z]\w+)")]
    private static partial Regex Name();
}
