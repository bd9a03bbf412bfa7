using System.CommandLine;

namespace NegSamples.Cli;

/// <summary>What is wrong with a command line, in words of this program.</summary>
internal static class Spelling
{
    // More edits than this are another word, not a slip.
    private const int MostEdits = 3;

    /// <summary>A sentence for each fault; of a word that is unknown with what it was meant to be, where it is near to one that is known.</summary>
    public static IEnumerable<string> Faults(ParseResult parsed)
    {
        HashSet<string> ofWords = [.. parsed.UnmatchedTokens.Select(word => $"Unrecognized command or argument '{word}'.")];
        return parsed.Errors.Select(fault => fault.Message).Where(message => !ofWords.Contains(message)).Concat(Unknown(parsed).Select(word => Sentence(parsed, word)));
    }

    /// <summary>The known word that a word was meant to be; null where none is near.</summary>
    public static string? Near(string word, IEnumerable<string> known)
    {
        // Others are too far by their length alone, and a word of a file may be as long as the file.
        string[] alike = [.. known.Where(candidate => Math.Abs(candidate.Length - word.Length) <= MostEdits)];
        return alike.Length > 0 && SettingsFile.Nearest(word, alike) is { } nearest && SettingsFile.Distance(word, nearest) <= Math.Min(MostEdits, word.Length / 2) ? nearest : null;
    }

    /// <summary>The words that are unknown, without those that are so for their sake: what follows a verb, and the value of a flag.</summary>
    private static IEnumerable<string> Unknown(ParseResult parsed)
    {
        IReadOnlyList<string> words = parsed.UnmatchedTokens;
        bool isVerb = parsed.CommandResult.Command is RootCommand && words.Count > 0 && !words[0].StartsWith('-');
        return isVerb ? words.Take(1) : words.Where((word, place) => word.StartsWith('-') || place == 0 || !words[place - 1].StartsWith('-'));
    }

    private static string Sentence(ParseResult parsed, string word)
    {
        Command command = parsed.CommandResult.Command;
        string[] known = word.StartsWith('-') ? [.. command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(option => option.Name).Distinct()]
            : [.. command.Subcommands.Select(verb => verb.Name)];
        return $"'{word}' is unknown.{(Near(word, known) is { } near ? $" Did you mean {near}?" : "")}";
    }
}
