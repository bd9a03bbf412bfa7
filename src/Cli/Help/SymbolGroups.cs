using System.CommandLine;
using System.Runtime.CompilerServices;
using NegSamples.Training.Settings;

namespace NegSamples.Cli.Help;

/// <summary>Under which heading of the help a verb or a flag stands. What nobody has put anywhere stands under <see cref="Own"/>.</summary>
internal static class SymbolGroups
{
    /// <summary>The flags that are a verb's own.</summary>
    public const string Own = "Options";

    /// <summary>The flags that every verb has.</summary>
    public const string General = "General";

    // Settings stand in the order of their records.
    private static readonly string[] Order = [Own, .. FlatSettings.Records.Values.Distinct(), General];

    private static readonly ConditionalWeakTable<Symbol, string> Groups = [];

    /// <summary>Puts a verb or a flag under a heading.</summary>
    /// <param name="symbol">The verb or the flag.</param>
    /// <param name="group">The heading.</param>
    public static T In<T>(T symbol, string group)
        where T : Symbol
    {
        Groups.AddOrUpdate(symbol, group);
        return symbol;
    }

    /// <summary>The place of a heading among all.</summary>
    public static int Place(string group) => Array.IndexOf(Order, group);

    /// <summary>The heading.</summary>
    public static string Of(Symbol symbol) => Groups.TryGetValue(symbol, out string? group) ? group : Own;
}
