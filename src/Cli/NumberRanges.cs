using System.Globalization;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>
/// What flags such as <c>--draws</c> and <c>--keys</c> take: numbers, doublings <c>32..1024</c> and steps <c>32..1024:32</c>, parted by commas.
/// </summary>
internal static class NumberRanges
{
    // More rows than anybody reads; a slip such as 1..2000000000:1 would run for days.
    private const int MostRows = 100_000;

    /// <summary>The numbers, ascending and each once.</summary>
    /// <param name="flag">The flag, for messages.</param>
    /// <param name="text">What it was given.</param>
    /// <exception cref="SettingsException">The text is no such list.</exception>
    public static IReadOnlyList<int> Parse(string flag, string text)
    {
        SortedSet<int> numbers = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int range = part.IndexOf("..", StringComparison.Ordinal);
            if (range < 0)
            {
                numbers.Add(Number(flag, part, text));
                continue;
            }

            string[] end = part[(range + 2)..].Split(':');
            int first = Number(flag, part[..range], text), last = Number(flag, end[0], text);
            if (end.Length > 2) throw Wrong(flag, text, $"'{part}' has two steps");
            if (last < first) throw Wrong(flag, text, $"'{part}' ends below its start");
            int? step = end.Length == 2 ? Number(flag, end[1], text) : null;
            for (long n = first; n <= last; n = step is null ? 2 * n : n + step.Value)
            {
                numbers.Add((int)n);
                if (numbers.Count > MostRows) throw Wrong(flag, text, FormattableString.Invariant($"'{part}' makes more than {Counted.Of(MostRows, "row")}"));
            }
        }

        return [.. numbers];
    }

    private static int Number(string flag, string word, string text) =>
        int.TryParse(word.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number
            : throw Wrong(flag, text, FormattableString.Invariant($"'{word}' is no whole number from 1 to {int.MaxValue}"));

    private static SettingsException Wrong(string flag, string text, string fault) =>
        new($"{flag} is {text}: {fault}; expected numbers, A..B (doubling) or A..B:STEP, parted by commas.");
}
