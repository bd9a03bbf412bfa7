namespace NegSamples.Cli.Help;

/// <summary>
/// The description of a verb in its parts. Its first paragraph begins with one short sentence, the summary; lines that are indented stand as they are; what
/// follows a line "Examples:" are command lines, of which an indented one goes on where its predecessor ends.
/// </summary>
/// <param name="Summary">The first sentence.</param>
/// <param name="Blocks">The rest.</param>
/// <param name="Examples">Command lines.</param>
internal sealed record VerbText(string Summary, IReadOnlyList<TextBlock> Blocks, IReadOnlyList<string> Examples)
{
    private const string Heading = "Examples:";
    private const string Indent = "  ";

    /// <summary>Takes a description apart.</summary>
    /// <param name="description">The description.</param>
    public static VerbText Of(string description)
    {
        string[] lines = description.ReplaceLineEndings("\n").Split('\n');
        int heading = Array.IndexOf(lines, Heading);
        List<TextBlock> blocks = [];
        bool begins = true;
        foreach (string line in heading < 0 ? lines : lines[..heading])
        {
            bool isVerbatim = line.StartsWith(Indent, StringComparison.Ordinal);
            if (line.Length == 0) begins = true;
            else if (begins || isVerbatim || blocks[^1].IsVerbatim)
            {
                blocks.Add(new(line, isVerbatim));
                begins = false;
            }
            else blocks[^1] = blocks[^1] with { Text = $"{blocks[^1].Text} {line}" };
        }

        string first = blocks.Count == 0 ? "" : blocks[0].Text;
        string summary = FirstSentence(first), rest = first[summary.Length..].TrimStart();
        return new(summary, [.. rest.Length > 0 ? [new TextBlock(rest, false)] : Array.Empty<TextBlock>(), .. blocks.Skip(1)], Commands(heading < 0 ? [] : lines[(heading + 1)..]));
    }

    /// <summary>A text up to its first full stop that ends a sentence.</summary>
    public static string FirstSentence(string text)
    {
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 1)];
    }

    private static List<string> Commands(string[] lines)
    {
        List<string> commands = [];
        foreach (string line in lines.Where(line => line.Trim().Length > 0))
        {
            if (line.StartsWith(Indent + Indent, StringComparison.Ordinal) && commands.Count > 0) commands[^1] += " " + line.Trim();
            else commands.Add(line.Trim());
        }

        return commands;
    }
}

/// <summary>A paragraph, or a line that stands as it is.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsVerbatim">Whether it stands as it is.</param>
internal sealed record TextBlock(string Text, bool IsVerbatim);
