using System.Globalization;
using System.Numerics;

namespace NegSamples.Files;

/// <summary>How a count and its noun are printed: "1 image", "2 images". Every assembly compiles this file into itself, as Kernels and Theory see nothing of ours.</summary>
internal static class Counted
{
    /// <summary>The count with its noun, in the singular where it is 1.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">The noun in the singular; the last word takes the plural.</param>
    /// <param name="format">"N0" parts the thousands.</param>
    public static string Of<T>(T count, string noun, string? format = null)
        where T : INumber<T> =>
        string.Create(CultureInfo.InvariantCulture, $"{count.ToString(format, CultureInfo.InvariantCulture)} {Noun(count, noun)}");

    /// <summary>The noun alone.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="noun">The noun in the singular.</param>
    public static string Noun<T>(T count, string noun)
        where T : INumber<T> => count == T.One ? noun : noun switch
    {
        [.., 'i', 's'] => noun[..^2] + "es",
        [.., 's' or 'x'] or [.., 't', 'c', 'h'] or [.., 's', 'h'] => noun + "es",
        [.., not ('a' or 'e' or 'o' or 'u'), 'y'] => noun[..^1] + "ies",
        _ => noun + "s",
    };
}
