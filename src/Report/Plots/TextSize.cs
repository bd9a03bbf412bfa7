namespace NegSamples.Report.Plots;

/// <summary>How much room text takes, without asking a font: the reader's font is not known here, and a machine may have none.</summary>
internal static class TextSize
{
    /// <summary>The width in pixels, rather too large than too small: advances of a wide sans-serif face, by kind of character.</summary>
    public static double Width(string text, double fontSize)
    {
        double width = 0;
        foreach (char character in text) width += Advance(character);
        return width * fontSize;
    }

    /// <summary>Breaks text at spaces into lines of at most a width; a single word may be wider.</summary>
    public static IReadOnlyList<string> Wrap(string text, double fontSize, double width)
    {
        List<string> lines = [];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && Width(lines[^1] + " " + word, fontSize) <= width) lines[^1] += " " + word;
            else lines.Add(word);
        }

        return lines;
    }

    private static double Advance(char character) => character switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' => 0.34,
        'f' or 'r' or 't' or '(' or ')' or '[' or ']' or '/' or '-' => 0.42,
        'm' or 'w' or 'M' or 'W' or '@' or '%' => 0.98,
        >= 'A' and <= 'Z' => 0.74,
        >= '\u2e80' => 1.0,
        _ => 0.63,
    };
}
