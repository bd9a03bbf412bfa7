using System.Text.RegularExpressions;

namespace NegSamples.Files;

/// <summary>SHA-256 as messages say it: enough of it to tell two apart, in a line that can be read.</summary>
internal static partial class ShortHash
{
    private const int Digits = 12;

    /// <summary>A text, such as a fingerprint, with the first digits alone of each hash in it.</summary>
    public static string In(string text) => Hash().Replace(text, match => match.Value[..Digits]);

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hash();
}
