using System.Globalization;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary>What <c>--draws</c> takes: numbers, doublings <c>32..1024</c> and steps <c>32..1024:32</c>, parted by commas.</summary>
internal static class DrawRanges
{
    // More rows than anybody reads; a slip such as 1..2000000000:1 would run for days.
    private const int MostRows = 100_000;

    /// <summary>The numbers, ascending and each once.</summary>
    /// <exception cref="SettingsException">The text is no such list.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        SortedSet<int> draws = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int range = part.IndexOf("..", StringComparison.Ordinal);
            if (range < 0)
            {
                draws.Add(Number(part, text));
                continue;
            }

            string[] end = part[(range + 2)..].Split(':');
            int first = Number(part[..range], text), last = Number(end[0], text);
            if (end.Length > 2) throw Wrong(text, $"'{part}' has two steps");
            if (last < first) throw Wrong(text, $"'{part}' ends below its start");
            int? step = end.Length == 2 ? Number(end[1], text) : null;
            for (long n = first; n <= last; n = step is null ? 2 * n : n + step.Value)
            {
                draws.Add((int)n);
                if (draws.Count > MostRows) throw Wrong(text, FormattableString.Invariant($"'{part}' makes more than {MostRows} rows"));
            }
        }

        return [.. draws];
    }

    private static int Number(string word, string text) =>
        int.TryParse(word.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number
            : throw Wrong(text, FormattableString.Invariant($"'{word}' is no whole number from 1 to {int.MaxValue}"));

    private static SettingsException Wrong(string text, string fault) =>
        new($"--draws is {text}: {fault}; expected numbers, A..B (doubling) or A..B:STEP, parted by commas.");
}
