using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace NegSamples.Tests;

/// <summary>A command of the program as a page shows it.</summary>
/// <param name="Page">The page's file name.</param>
/// <param name="Text">What follows the program's name.</param>
/// <param name="IsOfRanks">Whether a launcher of MPI starts it.</param>
internal sealed partial record PageCommand(string Page, string Text, bool IsOfRanks)
{
    /// <summary>The arguments.</summary>
    public string[] Arguments => [.. CommandLineParser.SplitCommandLine(Text)];

    /// <summary>The commands of a page, from top to bottom.</summary>
    /// <param name="page">The page's path.</param>
    public static IEnumerable<PageCommand> Of(string page)
    {
        foreach (Match block in Fence().Matches(File.ReadAllText(page)))
        {
            foreach (Match line in Command().Matches(Continuation().Replace(block.Value, " ")))
            {
                // The synopsis of a verb is no command. A column of blanks begins an explanation, and what a shell does with the output is its own.
                if (line.Value.Contains("[OPTIONS]", StringComparison.Ordinal)) continue;
                yield return new PageCommand(Path.GetFileName(page), Explanation().Replace(line.Groups[2].Value, "").Trim(), line.Groups[1].Success);
            }
        }
    }

    /// <summary>A block of code of a page.</summary>
    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    internal static partial Regex Fence();

    [GeneratedRegex(@"\\\r?\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@" {3,}.*$| # .*$| [|>] .*$")]
    private static partial Regex Explanation();

    [GeneratedRegex(@"^(?:\$ )?(mpirun [^\n]*?)?(?:negsamples|dotnet run [^\n]*--project src/Cli --) ([^\n]*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
