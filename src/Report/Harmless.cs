using System.Globalization;
using System.Text;

namespace NegSamples.Report;

/// <summary>Text of others (names of files, classes and runs) without the characters that command a terminal or break a document.</summary>
internal static class Harmless
{
    /// <summary>The text with control characters and marks of writing direction as escapes such as <c>\x1b</c>; half a surrogate pair is U+FFFD.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lines">Whether line breaks and tabs stay.</param>
    public static string Text(string text, bool lines = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!NeedsEscape(text, lines)) return text;
        StringBuilder escaped = new(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) escaped.Append(c).Append(text[++i]);
            else if (char.IsSurrogate(c) || c >= '\uFFFE') escaped.Append('\uFFFD');
            else if (!IsHarmful(c, lines)) escaped.Append(c);
            else escaped.Append(CultureInfo.InvariantCulture, $"{(c < 256 ? "\\x" : "\\u")}{((int)c).ToString(c < 256 ? "x2" : "x4", CultureInfo.InvariantCulture)}");
        }

        return escaped.ToString();
    }

    private static bool NeedsEscape(string text, bool lines)
    {
        foreach (char c in text)
        {
            if (char.IsSurrogate(c) || c >= '\uFFFE' || IsHarmful(c, lines)) return true;
        }

        return false;
    }

    private static bool IsHarmful(char c, bool lines) => c is '\n' or '\r' or '\t' ? !lines
        : char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029';
}
