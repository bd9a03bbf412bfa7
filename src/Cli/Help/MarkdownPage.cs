using System.CommandLine;

namespace NegSamples.Cli.Help;

/// <summary>The help as the page docs/command-line.md.</summary>
internal static class MarkdownPage
{
    private const int CommandWidth = 100;

    /// <summary>The lines of the page.</summary>
    /// <param name="root">The program.</param>
    public static IEnumerable<string> Lines(RootCommand root)
    {
        VerbHelp program = VerbHelp.Of(root);
        IReadOnlyList<VerbHelp> verbs = [.. VerbHelp.All(root).Where(verb => !verb.IsHidden)];
        yield return "# The command line";
        yield return "";
        yield return "This page is made from the program's help by `negsamples man --format markdown`.";
        yield return "";
        yield return program.Text.Summary;
        foreach (string line in Blocks(program.Text.Blocks)) yield return line;
        yield return "";
        yield return "| | command | |";
        yield return "|---|---|---|";
        string before = "";
        foreach (VerbHelp verb in verbs)
        {
            yield return $"| {(verb.Group == before ? "" : verb.Group)} | [`{verb.Name}`](#{verb.Name}) | {Cell(verb.Text.Summary)} |";
            before = verb.Group;
        }

        yield return "";
        yield return "Every command has:";
        foreach (string line in Table(program.Flags)) yield return line;
        yield return "";
        yield return ExitCode.Help;
        yield return "";
        yield return "| environment variable | |";
        yield return "|---|---|";
        foreach ((string name, string use) in EnvironmentVariables.OfProgram) yield return $"| `{name}` | {Cell(use)} |";
        foreach (VerbHelp verb in verbs)
        {
            yield return "";
            yield return $"## {verb.Name}";
            yield return "";
            yield return verb.Text.Summary;
            yield return "";
            yield return "```";
            yield return verb.Usage;
            yield return "```";
            foreach (string line in Blocks(verb.Text.Blocks)) yield return line;
            if (verb.Arguments.Count > 0) foreach (string line in Table(verb.Arguments)) yield return line;
            foreach ((string group, IReadOnlyList<EntryHelp> entries) in verb.Options)
            {
                IReadOnlyList<EntryHelp> own = [.. entries.Where(entry => !program.Flags.Any(flag => flag.Names.SequenceEqual(entry.Names)))];
                if (own.Count == 0) continue;
                if (verb.Options.Count > 2)
                {
                    yield return "";
                    yield return $"**{group}**";
                }

                foreach (string line in Table(own)) yield return line;
            }

            if (verb.Text.Examples.Count == 0) continue;
            yield return "";
            yield return "```bash";
            foreach (string line in verb.Text.Examples.SelectMany(example => Wrapping.Command(example, CommandWidth))) yield return line;
            yield return "```";
        }
    }

    private static IEnumerable<string> Blocks(IReadOnlyList<TextBlock> blocks)
    {
        bool isOpen = false;
        foreach (TextBlock block in blocks)
        {
            if (isOpen != block.IsVerbatim)
            {
                if (!isOpen) yield return "";
                yield return "```";
                isOpen = block.IsVerbatim;
            }

            if (!block.IsVerbatim) yield return "";
            yield return block.IsVerbatim ? block.Text.Trim() : Escaped(block.Text);
        }

        if (isOpen) yield return "```";
    }

    private static IEnumerable<string> Table(IEnumerable<EntryHelp> entries)
    {
        yield return "";
        yield return "| | | default |";
        yield return "|---|---|---|";
        foreach (EntryHelp entry in entries)
            yield return $"| `{entry.Label.Replace("|", "\\|", StringComparison.Ordinal)}` | {Cell((entry with { Default = null }).Whole)} | {Cell(entry.Default ?? "")} |";
    }

    private static string Cell(string text) => Escaped(text).Replace("|", "\\|", StringComparison.Ordinal);

    // What Markdown and HTML would take for their own.
    private static string Escaped(string text) => text.Replace("*", "\\*", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
}
