using System.CommandLine;

namespace NegSamples.Cli;

/// <summary>What a misspelt verb or flag was meant to be.</summary>
internal static class Spelling
{
    // More edits than this are another word, not a slip.
    private const int MostEdits = 3;

    /// <summary>A question for every word that the command line does not know and that is near to one it knows.</summary>
    public static IEnumerable<string> Advice(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string[] verbs = [.. command.Subcommands.Select(verb => verb.Name)], flags = [.. command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(option => option.Name).Distinct()];
        foreach (string word in parsed.UnmatchedTokens)
        {
            string[] known = word.StartsWith('-') ? flags : verbs;
            if (known.Length == 0) continue;
            string nearest = SettingsFile.Nearest(word, known);
            if (SettingsFile.Distance(word, nearest) <= Math.Min(MostEdits, word.Length / 2)) yield return $"'{word}' is unknown. Did you mean {nearest}?";
        }
    }
}
