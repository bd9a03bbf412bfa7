using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.FileSystemGlobbing;
using NegSamples.Cli;
using Spectre.Console;

namespace NegSamples.Tests;

/// <summary>The pages of README.md and docs: what they link to is there, the site's table of contents names them all, and the program knows their commands.</summary>
public partial class PagesTests
{
    private static readonly string Root = SourceTree.Required();

    internal static IEnumerable<string> Pages => Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Append(Path.Combine(Root, "README.md")).Append(Path.Combine(Root, "CHANGELOG.md")).Append(Path.Combine(Root, "SECURITY.md"))
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "packages"), "README.md", SearchOption.AllDirectories));

    [Fact]
    public void EveryPageIsInTheTableOfContents()
    {
        string[] listed = [.. Entry().Matches(File.ReadAllText(Path.Combine(Root, "docs", "toc.yml"))).Select(match => match.Groups[1].Value).Order()];
        string[] there = [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(Path.Combine(Root, "docs"), page).Replace('\\', '/')).Order()];
        Assert.Equal(there, listed);
    }

    [Fact]
    public void EveryRelativeLinkAndAnchorLeadsSomewhere()
    {
        List<string> faults = [];
        foreach (string page in Pages)
        {
            foreach (Match link in Link().Matches(PageCommand.Fence().Replace(File.ReadAllText(page), "")))
            {
                string[] target = link.Groups[1].Value.Split('#');
                if (target[0].Contains(':', StringComparison.Ordinal)) continue;
                string path = target[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, target[0]));
                if (!File.Exists(path) && !Directory.Exists(path)) faults.Add($"{page}: {link.Groups[1].Value} is not there");
                else if (target.Length > 1 && path.EndsWith(".md", StringComparison.Ordinal) && !Anchors(path).Contains(target[1]))
                    faults.Add($"{page}: {link.Groups[1].Value} has no such heading");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>What a page links to outside of docs must be among what docfx.json copies; a link to a folder leads to the repository alone.</summary>
    [Fact]
    public void EveryLinkedFileIsOnTheSite()
    {
        using JsonDocument site = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "docfx.json")));
        Matcher copied = new();
        foreach (string kind in (string[])["content", "resource"])
        {
            foreach (JsonElement group in site.RootElement.GetProperty("build").GetProperty(kind).EnumerateArray())
            {
                string prefix = group.TryGetProperty("src", out JsonElement source) ? source.GetString() + "/" : "";
                copied.AddIncludePatterns(group.GetProperty("files").EnumerateArray().Select(file => prefix + file.GetString()));
            }
        }

        string[] linked = [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").SelectMany(page => Link().Matches(PageCommand.Fence().Replace(File.ReadAllText(page), "")))
            .Select(link => link.Groups[1].Value.Split('#')[0]).Where(link => link.Length > 0 && !link.Contains(':', StringComparison.Ordinal))
            .Select(link => Path.GetFullPath(Path.Combine(Root, "docs", link))).Where(File.Exists).Select(path => Path.GetRelativePath(Root, path)).Distinct()];
        Assert.True(linked.Length > 30, $"{linked.Length} files are linked.");
        Assert.DoesNotContain(linked, path => !copied.Match(path).HasMatches);
    }

    [Fact]
    public void TheProgramUnderstandsEveryCommandOfThePages()
    {
        RootCommand tree = CommandLine.Root(new Terminal(AnsiConsole.Console, TextWriter.Null, TextWriter.Null, CancellationToken.None));
        List<string> faults = [];
        int commands = 0;
        foreach (PageCommand command in Pages.SelectMany(PageCommand.Of))
        {
            commands++;
            string[] errors = [.. tree.Parse(command.Text).Errors.Select(error => error.Message)];
            if (errors.Length > 0) faults.Add($"{command.Page}: negsamples {command.Text}: {string.Join(' ', errors)}");
        }

        Assert.True(commands > 40, $"{commands} commands were found.");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static HashSet<string> Anchors(string page) =>
        [.. Heading().Matches(PageCommand.Fence().Replace(File.ReadAllText(page), "")).Select(heading => NoWord().Replace(heading.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"href: ([^.\s]\S*\.md)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoWord();
}
