using System.CommandLine;

namespace NegSamples.Cli.Help;

/// <summary>The help as text for a terminal.</summary>
internal static class HelpPage
{
    private const int Least = 30, Most = 110, Usual = 80;

    // Where flags and their texts stand side by side: on terminals that are as wide as this, the texts from this column on.
    private const int SideBySide = 64, TextColumn = 28, NarrowColumn = 6;
    private const int NameColumn = 12;

    /// <summary>The width of the lines: that of COLUMNS, else that of the terminal, else 80.</summary>
    /// <param name="columns">COLUMNS of the environment.</param>
    /// <param name="terminal">The terminal's columns; null where there is none.</param>
    public static int Width(string? columns, int? terminal) =>
        Math.Clamp(int.TryParse(columns, out int asked) && asked > 0 ? asked : terminal is > 0 ? terminal.Value : Usual, Least, Most);

    /// <summary>The help of the program: each verb in a line.</summary>
    /// <param name="root">The program.</param>
    /// <param name="width">Columns.</param>
    public static IEnumerable<string> OfProgram(RootCommand root, int width)
    {
        VerbHelp program = VerbHelp.Of(root);
        foreach (string line in Wrapping.Lines(program.Text.Summary, width)) yield return line;
        foreach (string line in Wrapping.Lines("Usage: negsamples COMMAND [OPTIONS]; without a command, a short quickstart.", width)) yield return line;
        yield return "";
        string group = "";
        foreach (VerbHelp verb in VerbHelp.All(root).Where(verb => !verb.IsHidden))
        {
            string head = $"{(verb.Group == group ? "" : verb.Group),-NameColumn}{verb.Name,-NameColumn}";
            group = verb.Group;
            bool isFirst = true;
            foreach (string line in Wrapping.Lines(verb.Text.Summary, width - (2 * NameColumn)))
            {
                yield return $"{(isFirst ? head : new string(' ', 2 * NameColumn))}{line}";
                isFirst = false;
            }
        }

        string flags = string.Join(", ", program.Flags.Select(flag => flag.Names[0]));
        yield return "";
        foreach (string line in Wrapping.Lines($"More: negsamples COMMAND --help; {flags}.", width)) yield return line;
    }

    /// <summary>The help of a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="width">Columns.</param>
    public static IEnumerable<string> OfVerb(VerbHelp verb, int width)
    {
        foreach (string line in Wrapping.Lines(verb.Text.Summary, width)) yield return line;
        yield return "";
        foreach (string line in Wrapping.Lines($"Usage: {verb.Usage}", width)) yield return line;
        bool wasVerbatim = false;
        foreach (TextBlock block in verb.Text.Blocks)
        {
            if (!wasVerbatim && !block.IsVerbatim) yield return "";
            if (block.IsVerbatim) yield return block.Text;
            else foreach (string line in Wrapping.Lines(block.Text, width)) yield return line;
            wasVerbatim = block.IsVerbatim;
        }

        if (verb.Arguments.Count > 0) foreach (string line in Section("Arguments", verb.Arguments, width)) yield return line;
        foreach ((string group, IReadOnlyList<EntryHelp> entries) in verb.Options)
            foreach (string line in Section(group, entries, width)) yield return line;
        if (verb.Text.Examples.Count > 0)
        {
            yield return "";
            yield return "Examples:";
            foreach (string line in verb.Text.Examples.SelectMany(example => Wrapping.Command(example, width))) yield return "  " + line;
        }

        yield return "";
        foreach (string line in Wrapping.Lines(ExitCode.Help, width)) yield return line;
    }

    private static IEnumerable<string> Section(string heading, IReadOnlyList<EntryHelp> entries, int width)
    {
        yield return "";
        yield return heading + ":";
        int column = width >= SideBySide ? TextColumn : NarrowColumn;
        string indent = new(' ', column);
        foreach (EntryHelp entry in entries)
        {
            string head = "  " + entry.Label;
            string[] lines = [.. Wrapping.Lines(entry.Whole, width - column)];
            bool isBeside = head.Length + 2 <= column && lines.Length > 0;
            yield return isBeside ? head.PadRight(column) + lines[0] : head;
            foreach (string line in lines.Skip(isBeside ? 1 : 0)) yield return indent + line;
        }
    }
}
