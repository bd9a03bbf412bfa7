using System.CommandLine;
using System.CommandLine.Completions;
using System.Runtime.CompilerServices;

namespace NegSamples.Cli.Help;

/// <summary>The words that a flag or an argument takes, in the order in which they were given; the library sorts them.</summary>
internal static class SymbolChoices
{
    private static readonly ConditionalWeakTable<Symbol, string[]> Known = [];

    /// <summary>Tells help and completion the words of a flag.</summary>
    public static void Set(Option option, IEnumerable<string> choices)
    {
        string[] words = [.. choices];
        Known.AddOrUpdate(option, words);
        option.CompletionSources.Add(words);
    }

    /// <summary>The words; none where it takes others.</summary>
    public static string[] Of(Symbol symbol) => Known.TryGetValue(symbol, out string[]? words) ? words
        : [.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label)];
}
