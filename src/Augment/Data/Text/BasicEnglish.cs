using System.Text;

namespace NegSamples.Augment.Data.Text;

/// <summary>Cuts a text into tokens as torchtext's "basic_english" does.</summary>
/// <remarks>
/// Lower case; a space goes around ' . , ( ) ! ? (before the apostrophe and two behind it), double quotes go, ; and : and &lt;br /&gt; become spaces; then
/// the text is cut at white space. A backslash stays what it is.
/// </remarks>
internal static class BasicEnglish
{
    /// <summary>The tokens in order.</summary>
    /// <param name="text">The text.</param>
    public static string[] Tokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder spaced = new(text.Length + 16);
#pragma warning disable CA1308 // The words are compared with those of published vectors, which are in lower case.
        foreach (char letter in text.ToLowerInvariant().Replace("<br />", " ", StringComparison.Ordinal))
#pragma warning restore CA1308
        {
            switch (letter)
            {
                case '"':
                    break;
                case ';' or ':':
                    spaced.Append(' ');
                    break;
                case '\'':
                    spaced.Append(" '  ");
                    break;
                case '.' or ',' or '(' or ')' or '!' or '?':
                    spaced.Append(' ').Append(letter).Append(' ');
                    break;
                default:
                    spaced.Append(letter);
                    break;
            }
        }

        return spaced.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }
}
