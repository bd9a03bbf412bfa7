namespace NegSamples.Cli.Help;

/// <summary>Text in lines of a width.</summary>
internal static class Wrapping
{
    // Longer ends of a text may be parted.
    private const int LongestJoined = 24;
    private const char Joint = '\u00a0';

    /// <summary>The lines; a word that is longer than the width is one by itself.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Characters of a line.</param>
    public static IEnumerable<string> Lines(string text, int width) => Lines(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), width);

    /// <summary>A text whose words stay in one line, where they are few; it begins with what parts it from another.</summary>
    public static string Joined(string text) => text.Length > LongestJoined ? text : " " + text.TrimStart().Replace(' ', Joint);

    /// <summary>The same text with blanks between its words.</summary>
    public static string Plain(string text) => text.Replace(Joint, ' ');

    /// <summary>The lines of a command: a flag keeps its values, the lines behind the first are indented, and each but the last ends in a backslash.</summary>
    /// <param name="command">The command.</param>
    /// <param name="width">Characters of a line.</param>
    public static IEnumerable<string> Command(string command, int width)
    {
        List<string> parts = [];
        foreach (string word in command.Split(' '))
        {
            if (parts.Count == 0 || word.StartsWith('-') || word is ">" or "|") parts.Add(word);
            else parts[^1] += " " + word;
        }

        string[] lines = [.. Lines(parts, width - 4)];
        return lines.Select((line, i) => $"{(i > 0 ? "  " : "")}{line}{(i < lines.Length - 1 ? " \\" : "")}");
    }

    private static IEnumerable<string> Lines(IEnumerable<string> words, int width)
    {
        string line = "";
        foreach (string word in words)
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return Plain(line);
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        if (line.Length > 0) yield return Plain(line);
    }
}
