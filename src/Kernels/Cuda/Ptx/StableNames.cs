using System.Globalization;
using System.Text.RegularExpressions;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>Takes ILGPU's running numbers out of the names in a text.</summary>
/// <remarks>
/// Parameters and labels carry the number of a node, counted from the start of the process, so that a text would depend on what was compiled before it. The
/// driver and this program keep what they compiled by its text.
/// </remarks>
internal static partial class StableNames
{
    /// <summary>The text with such names numbered in the order in which they appear.</summary>
    public static string Renumber(string ptx)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        return Numbered().Replace(ptx, match =>
        {
            if (!names.TryGetValue(match.Value, out string? name))
            {
                name = match.Groups["stem"].Value + names.Count.ToString(CultureInfo.InvariantCulture);
                names.Add(match.Value, name);
            }

            return name;
        });
    }

    [GeneratedRegex(@"(?<![\w$%])(?<stem>L_|_[A-Za-z]\w*?_)\d+\b")]
    private static partial Regex Numbered();
}
