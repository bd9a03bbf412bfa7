using System.CommandLine;
using NegSamples.Cli.Help;

namespace NegSamples.Cli.Completion;

/// <summary>What completes the program's command lines in a shell: verbs, flags, the words of flags that take one of some, and paths.</summary>
internal static class CompletionScript
{
    // Shells show it beside the flag.
    private const int LongestSentence = 72;

    private static readonly Dictionary<string, Func<IReadOnlyList<VerbHelp>, IEnumerable<string>>> Shells = new(StringComparer.Ordinal)
    {
        ["bash"] = BashScript.Lines, ["zsh"] = ZshScript.Lines, ["fish"] = FishScript.Lines, ["pwsh"] = PwshScript.Lines,
    };

    /// <summary>The shells that there is a script for.</summary>
    public static IReadOnlyList<string> Names => [.. Shells.Keys];

    /// <summary>The lines of a script.</summary>
    /// <param name="shell">One of <see cref="Names"/>.</param>
    /// <param name="root">The program.</param>
    public static IEnumerable<string> Lines(string shell, RootCommand root) => Shells[shell](VerbHelp.All(root));

    /// <summary>All names of flags.</summary>
    public static IEnumerable<string> Flags(VerbHelp verb) => verb.Flags.SelectMany(flag => flag.Names);

    /// <summary>The words that a verb's arguments take.</summary>
    public static IEnumerable<string> Words(VerbHelp verb) => verb.Arguments.SelectMany(argument => argument.Choices);

    /// <summary>What a flag does, in a line.</summary>
    public static string Sentence(EntryHelp entry)
    {
        string sentence = VerbText.FirstSentence(entry.Text), first = Wrapping.Lines(sentence, LongestSentence).FirstOrDefault("");
        return first.Length < sentence.Length ? first.TrimEnd(',', ';', ':') + " ..." : first;
    }
}
