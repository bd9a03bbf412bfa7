using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NegSamples.Tests;

/// <summary>docs/public-api.md has the public types, no others, as many as it says, and tells of each why it is public.</summary>
public partial class PublicTypesPageTests
{
    // What no page, no example and no signature leads to: a few, and each in words.
    private const int MostStated = 6;

    private static readonly (string Assembly, string Package)[] Packages =
    [
        ("Theory", "Theory"), ("Kernels", "Kernels"), ("Files", "Training"), ("Augment", "Training"), ("Training", "Training"), ("Study", "Study"), ("Report", "Study"),
    ];

    private static readonly string Path = System.IO.Path.Combine(SourceTree.Required(), "docs", "public-api.md");

    private static readonly Assembly[] Assemblies = [.. Packages.Select(package => Assembly.Load("NegSamples." + package.Assembly))];

    private static readonly Type[] Types = [.. Assemblies.SelectMany(assembly => assembly.GetExportedTypes())];

    private static readonly PublicReasons Reasons = new(SourceTree.Required(), Assemblies);

    /// <summary>With NEGSAMPLES_WRITE_DOCS set the tables are written anew first; what a reader is told of a type stays.</summary>
    [Fact]
    public void ThePageHasThePublicTypesAndTheirNumber()
    {
        if (Environment.GetEnvironmentVariable("NEGSAMPLES_WRITE_DOCS") is not null) File.WriteAllText(Path, Page(Chosen()));
        Dictionary<string, (string What, string Why)> rows = Rows();
        string[] missing = [.. Types.Select(ApiTextTests.NameOf).Where(name => !rows.ContainsKey(name))];
        Assert.True(missing.Length == 0, $"Public types without a row: {string.Join(", ", missing)}");
        Assert.True(File.ReadAllText(Path) == Page(rows), "The tables of docs/public-api.md are not those of the public types: NEGSAMPLES_WRITE_DOCS=1 writes them.");
    }

    /// <summary>A page has the type on it, an example uses it, a member has it in its signature; where nothing does, a person has said why, of few types.</summary>
    [Fact]
    public void EveryReasonIsTrue()
    {
        Dictionary<string, (string What, string Why)> rows = Rows();
        string[] wrong = [.. Types.Where(type => !IsStated(rows[ApiTextTests.NameOf(type)].Why) && Reasons.Of(type).All(reason => reason.Text != rows[ApiTextTests.NameOf(type)].Why))
            .Select(type => $"{ApiTextTests.NameOf(type)}: {rows[ApiTextTests.NameOf(type)].Why}")];
        Assert.True(wrong.Length == 0, $"Not so, make the types internal or show them:\n{string.Join('\n', wrong)}");
        string[] stated = [.. rows.Where(row => IsStated(row.Value.Why)).Select(row => row.Key)];
        Assert.True(stated.Length <= MostStated, $"No page or signature leads to {string.Join(", ", stated)}.");
    }

    /// <summary>Two types that have each other in their signatures are no reason for either.</summary>
    [Fact]
    public void EveryReasonLeadsToWhatIsShown()
    {
        Dictionary<string, (string What, string Why)> rows = Rows();
        foreach (Type type in Types)
        {
            HashSet<Type> passed = [];
            Type? at = type;
            while (at is not null)
            {
                Assert.True(passed.Add(at), $"{ApiTextTests.NameOf(type)} is public because of {string.Join(", ", passed.Select(ApiTextTests.NameOf))}, a circle.");
                string why = rows[ApiTextTests.NameOf(at)].Why;
                at = IsStated(why) ? null : Reasons.Of(at).First(reason => reason.Text == why).By;
            }
        }
    }

    [Fact]
    public void WhatIsNotSoIsNoReason()
    {
        string[] reasons = [.. Reasons.Of(typeof(NegSamples.Kernels.RowSums)).Select(reason => reason.Text)];
        Assert.Contains("[library.md](library.md)", reasons);
        Assert.Contains("[OwnLoss](../samples/OwnLoss)", reasons);
        Assert.Contains("in `RowLoss.Of`", reasons);
        Assert.DoesNotContain("[own-encoder.md](own-encoder.md)", reasons);
        Assert.DoesNotContain("in `RowLossCheck.Of`", reasons);
        Assert.DoesNotContain("base of `RowLoss`", reasons);

        // A property of the same name on a page, and the word in a comment, are not the type.
        Assert.DoesNotContain("[readme of Study](../packages/Study/README.md)", Reasons.Of(typeof(NegSamples.Training.Encoders.Encoder)).Select(reason => reason.Text));
    }

    private static bool IsStated(string why) => why.Length > 0 && !Found().IsMatch(why);

    private static Dictionary<string, (string What, string Why)> Rows() =>
        Row().Matches(File.ReadAllText(Path)).ToDictionary(row => row.Groups[1].Value, row => (row.Groups[2].Value, row.Groups[3].Value));

    /// <summary>The rows with a reason each: the one that is there while it is true, otherwise the best.</summary>
    private static Dictionary<string, (string What, string Why)> Chosen()
    {
        Dictionary<string, (string What, string Why)> old = Rows();
        Dictionary<Type, string> why = Types.Where(type => old.TryGetValue(ApiTextTests.NameOf(type), out (string, string Why) row) && IsStated(row.Why))
            .ToDictionary(type => type, type => old[ApiTextTests.NameOf(type)].Why);
        int before = -1;
        while (why.Count != before)
        {
            before = why.Count;
            foreach (Type type in Types.Where(type => !why.ContainsKey(type)).ToArray())
            {
                PublicReason[] reasons = [.. Reasons.Of(type).Where(reason => reason.By is null || (before > 0 && why.ContainsKey(reason.By)))];
                if (reasons.Length > 0) why[type] = (reasons.FirstOrDefault(reason => old.TryGetValue(ApiTextTests.NameOf(type), out (string, string Why) row) && row.Why == reason.Text) ?? reasons[0]).Text;
            }
        }

        return Types.ToDictionary(ApiTextTests.NameOf, type => (
            old.TryGetValue(ApiTextTests.NameOf(type), out (string What, string) row) ? row.What : Summary(type), why.GetValueOrDefault(type, "")));
    }

    /// <summary>For a row that is new; a person may put it in better words.</summary>
    private static string Summary(Type type) => Space().Replace(XDocument.Load(System.IO.Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member")
        .First(member => member.Attribute("name")!.Value == "T:" + type.FullName).Element("summary")!.Value, " ").Trim().TrimEnd('.').Replace('|', '∣');

    /// <summary>What stands before the first table and between it and the first heading, with the tables of the public types.</summary>
    private static string Page(Dictionary<string, (string What, string Why)> rows)
    {
        string text = File.ReadAllText(Path), counts = "| assembly | in the package | public types |\n";
        StringBuilder page = new(text[..text.IndexOf(counts, StringComparison.Ordinal)]);
        page.Append(counts).Append("| --- | --- | ---: |\n");
        foreach (((string name, string package), Assembly assembly) in Packages.Zip(Assemblies))
            page.Append(FormattableString.Invariant($"| `NegSamples.{name}` | `NegSamples.{package}` | {assembly.GetExportedTypes().Length} |\n"));
        page.Append(FormattableString.Invariant($"| all | | {Types.Length} |\n"));
        page.Append(Between().Match(text).Groups[1].Value);
        foreach (Assembly assembly in Assemblies)
        {
            page.Append($"## {assembly.GetName().Name}\n");
            foreach (IGrouping<string?, Type> group in assembly.GetExportedTypes().GroupBy(type => type.Namespace).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                page.Append($"\n`{group.Key}`\n\n| type | what it is for | why it is public |\n| --- | --- | --- |\n");
                foreach (string name in group.Select(ApiTextTests.NameOf).Order(StringComparer.Ordinal)) page.Append($"| `{name}` | {rows[name].What} | {rows[name].Why} |\n");
            }

            if (assembly != Assemblies[^1]) page.Append('\n');
        }

        return page.ToString();
    }

    [GeneratedRegex(@"^\| `([^`]+)` \| (?!`)([^|]*?) \|(?: ([^|]*?) ?\|)?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^(?:\[|in `|base of `|example of `)")]
    private static partial Regex Found();

    [GeneratedRegex(@"^\| [^\n]*\|\n(\n[^|]*?)^## ", RegexOptions.Multiline)]
    private static partial Regex Between();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
