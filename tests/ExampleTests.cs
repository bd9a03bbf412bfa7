using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NegSamples.Tests;

/// <summary>What a reader copies works: the programs of README.md and docs/library.md and the examples of public members.</summary>
public partial class ExampleTests
{
    private const int MostLines = 8;

    private static readonly string[] Assemblies = ["NegSamples.Kernels", "NegSamples.Augment", "NegSamples.Theory", "NegSamples.Training", "NegSamples.Study"];

    [Fact]
    public void EveryProgramOfTheLibrarysPageCompilesAndRuns()
    {
        string[] programs = [.. ((string[])["README.md", "docs/library.md"])
            .SelectMany(page => Block().Matches(File.ReadAllText(Path.Combine(SourceTree.Required(), page)))).Select(match => match.Groups[1].Value)];
        Assert.True(programs.Length >= 10);
        Assert.All(programs, program => Assert.Null(CSharpExample.Fault(program)));
    }

    [Fact]
    public void EveryExampleOfAMemberCompilesAndRunsAndIsShort()
    {
        (string Member, string Code)[] examples = [.. Assemblies.SelectMany(Examples)];
        Assert.True(examples.Length >= 20);
        string usings = string.Join('\n', Assemblies.SelectMany(name => System.Reflection.Assembly.Load(name).GetExportedTypes())
            .Select(type => type.Namespace).Distinct().Select(name => $"global using {name};")) + "\n";
        Assert.All(examples, example =>
        {
            string? fault = CSharpExample.Fault(example.Code, usings);
            Assert.True(fault is null, $"{example.Member}: {fault}");
            Assert.InRange(example.Code.Trim().Split('\n').Length, 1, MostLines);
        });
    }

    [Fact]
    public void AProgramThatIsWrongIsAFault()
    {
        Assert.Contains("CS0103", CSharpExample.Fault("int x = y;"), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", CSharpExample.Fault("throw new InvalidOperationException();"), StringComparison.Ordinal);
    }

    private static IEnumerable<(string Member, string Code)> Examples(string assembly) =>
        from member in XDocument.Load(Path.Combine(AppContext.BaseDirectory, assembly + ".xml")).Descendants("member")
        from code in member.Elements("example").Elements("code")
        select (member.Attribute("name")!.Value, string.Join('\n', code.Value.Split('\n').Select(line => line.Trim())));

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
