using System.CommandLine;

namespace NegSamples.Cli.Help;

/// <summary>A verb as help, manual and completion tell of it; all of it is read off the command.</summary>
/// <param name="Name">The verb; empty of the program itself.</param>
/// <param name="Group">The heading that it stands under.</param>
/// <param name="IsHidden">Whether lists leave it out.</param>
/// <param name="Text">What it does.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Options">Its flags under their headings: its own first, those of all verbs last.</param>
internal sealed record VerbHelp(
    string Name, string Group, bool IsHidden, VerbText Text, IReadOnlyList<EntryHelp> Arguments, IReadOnlyList<(string Group, IReadOnlyList<EntryHelp> Entries)> Options)
{
    /// <summary>How it is called.</summary>
    public string Usage => string.Join(' ', (string[])["negsamples", .. Name.Length > 0 ? [Name] : Array.Empty<string>(), .. Arguments.Select(argument => argument.Usage), "[OPTIONS]"]);

    /// <summary>All flags.</summary>
    public IEnumerable<EntryHelp> Flags => Options.SelectMany(group => group.Entries);

    /// <summary>Of the program itself.</summary>
    public static VerbHelp Of(RootCommand root) => new(
        "", SymbolGroups.Own, false, VerbText.Of(root.Description!), [], [(SymbolGroups.General, [.. root.Options.Where(option => !option.Hidden).Select(EntryHelp.Of)])]);

    /// <summary>Of a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="root">The program, whose flags it shares.</param>
    public static VerbHelp Of(Command verb, RootCommand root)
    {
        Option[] shared = [.. root.Options.Where(option => option.Recursive && !option.Hidden)];
        (string Group, Option Option)[] all = [.. verb.Options.Where(option => !option.Hidden && !shared.Contains(option)).Select(option => (SymbolGroups.Of(option), option)),
            .. shared.Select(option => (SymbolGroups.General, option))];
        string[] groups = [.. all.Select(entry => entry.Group).Distinct().OrderBy(SymbolGroups.Place)];
        return new(
            verb.Name, SymbolGroups.Of(verb), verb.Hidden, VerbText.Of(verb.Description!), [.. verb.Arguments.Where(argument => !argument.Hidden).Select(EntryHelp.Of)],
            [.. groups.Select(group => (group, (IReadOnlyList<EntryHelp>)[.. all.Where(entry => entry.Group == group).Select(entry => EntryHelp.Of(entry.Option))]))]);
    }

    /// <summary>Of all verbs, in the order of their groups.</summary>
    public static IReadOnlyList<VerbHelp> All(RootCommand root) => [.. root.Subcommands.Select(verb => Of(verb, root))];
}
