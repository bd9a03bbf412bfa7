using System.Reflection;
using System.Text.RegularExpressions;

namespace NegSamples.Tests;

/// <summary>The table of faults in docs/reliability.md names tests that are there.</summary>
public partial class ReliabilityPageTests
{
    [Fact]
    public void EveryFaultHasATestThatIsThere()
    {
        Match[] rows = [.. Row().Matches(File.ReadAllText(Page())).Cast<Match>()];
        Assert.Equal(Enumerable.Range(1, 34), rows.Select(row => int.Parse(row.Groups["number"].Value, System.Globalization.CultureInfo.InvariantCulture)));
        HashSet<string> tests = [.. typeof(ReliabilityPageTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(IsTest).Select(method => $"{type.Name}.{method.Name}"))];
        List<string> faults = [];
        foreach (Match row in rows)
        {
            string[] named = [.. Name().Matches(row.Groups["tests"].Value).Cast<Match>().Select(name => name.Groups[1].Value)];
            if (named.Length == 0 && !row.Groups["state"].Value.StartsWith("stated", StringComparison.Ordinal)) faults.Add($"row {row.Groups["number"]} names no test");
            faults.AddRange(named.Where(name => !tests.Contains(name)).Select(name => $"row {row.Groups["number"]}: {name} is not there"));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static bool IsTest(MethodInfo method) => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute);

    private static string Page() => Path.Combine(SourceTree.Required(), "docs", "reliability.md");

    [GeneratedRegex(@"^\| (?<number>\d+) \| [^|]+ \| (?<state>holds|stated)[^|]* \| (?<tests>[^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex Name();
}
