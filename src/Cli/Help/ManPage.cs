using System.CommandLine;
using System.Text.RegularExpressions;

namespace NegSamples.Cli.Help;

/// <summary>The help as one page of the manual, negsamples(1), in roff with the macros of man(7).</summary>
internal static partial class ManPage
{
    /// <summary>The lines of the page.</summary>
    /// <param name="root">The program.</param>
    /// <param name="version">Its version.</param>
    public static IEnumerable<string> Lines(RootCommand root, string version)
    {
        VerbHelp program = VerbHelp.Of(root);
        IReadOnlyList<VerbHelp> verbs = [.. VerbHelp.All(root).Where(verb => !verb.IsHidden)];
        yield return $".TH NEGSAMPLES 1 \"\" \"{Quoted($"negsamples {version}")}\" \"User Commands\"";
        yield return ".SH NAME";
        yield return $@"negsamples \- {Text(program.Text.Summary.TrimEnd('.'))}";
        yield return ".SH SYNOPSIS";
        yield return @".B negsamples";
        yield return ".I COMMAND";
        yield return "[OPTIONS]";
        yield return ".SH DESCRIPTION";
        foreach (string line in Blocks(program.Text.Blocks)) yield return line;
        foreach (string line in Entries(program.Options[0].Entries)) yield return line;
        foreach (IGrouping<string, VerbHelp> group in verbs.GroupBy(verb => verb.Group))
        {
            yield return $".SH {Text(group.Key.ToUpperInvariant())}";
            foreach (VerbHelp verb in group)
            {
                yield return $".SS {Text(verb.Usage)}";
                yield return Text(verb.Text.Summary);
                foreach (string line in Blocks(verb.Text.Blocks)) yield return line;
                foreach (string line in Entries(verb.Arguments)) yield return line;
                foreach ((string heading, IReadOnlyList<EntryHelp> entries) in verb.Options.Where(options => options.Group != SymbolGroups.General))
                {
                    yield return ".PP";
                    yield return $".B {Text(heading)}";
                    foreach (string line in Entries(entries)) yield return line;
                }

                if (verb.Text.Examples.Count == 0) continue;
                yield return ".PP";
                yield return ".B Examples";
                foreach (string line in Verbatim(verb.Text.Examples.SelectMany(example => Wrapping.Command(example, 70)))) yield return line;
            }
        }

        yield return ".SH ENVIRONMENT";
        foreach ((string name, string use) in EnvironmentVariables.OfProgram)
        {
            yield return ".TP";
            yield return $@"\fB{Text(name)}\fR";
            yield return Text(use);
        }

        yield return ".SH EXIT STATUS";
        yield return Text(ExitCode.Help);
    }

    private static IEnumerable<string> Entries(IReadOnlyList<EntryHelp> entries)
    {
        foreach (EntryHelp entry in entries)
        {
            yield return ".TP";
            yield return $@"\fB{Text(entry.Label)}\fR";
            yield return Text(Wrapping.Plain(entry.Whole));
        }
    }

    private static IEnumerable<string> Blocks(IReadOnlyList<TextBlock> blocks)
    {
        for (int i = 0; i < blocks.Count; i++)
        {
            if (!blocks[i].IsVerbatim)
            {
                yield return ".PP";
                yield return Text(blocks[i].Text);
                continue;
            }

            int first = i;
            while (i + 1 < blocks.Count && blocks[i + 1].IsVerbatim) i++;
            foreach (string line in Verbatim(blocks.Skip(first).Take(i - first + 1).Select(block => block.Text))) yield return line;
        }
    }

    private static IEnumerable<string> Verbatim(IEnumerable<string> lines)
    {
        yield return ".PP";
        yield return ".nf";
        yield return ".RS 2";
        foreach (string line in lines) yield return Text(line);
        yield return ".RE";
        yield return ".fi";
    }

    // A backslash, a hyphen, a dot or an apostrophe at the beginning of a line, and what is no ASCII mean something else to roff.
    private static string Text(string text)
    {
        text = text.Replace(@"\", @"\e", StringComparison.Ordinal).Replace("-", @"\-", StringComparison.Ordinal).Replace("'", @"\(aq", StringComparison.Ordinal)
            .Replace("`", @"\(ga", StringComparison.Ordinal).Replace("^", @"\(ha", StringComparison.Ordinal).Replace("~", @"\(ti", StringComparison.Ordinal);
        text = Foreign().Replace(text, match => $@"\[u{char.ConvertToUtf32(match.Value, 0):X4}]");
        return text.StartsWith('.') ? @"\&" + text : text;
    }

    private static string Quoted(string text) => Text(text).Replace("\"", @"\(dq", StringComparison.Ordinal);

    [GeneratedRegex(@"[^\u0000-\u007f]")]
    private static partial Regex Foreign();
}
