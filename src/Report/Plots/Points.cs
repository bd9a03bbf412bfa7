namespace NegSamples.Report.Plots;

/// <summary>What the values of series must be, and how far they reach.</summary>
internal static class Points
{
    /// <summary>Refuses series whose arrays differ in length.</summary>
    public static void Check(IReadOnlyList<Series> all)
    {
        ArgumentNullException.ThrowIfNull(all);
        foreach (Series series in all)
        {
            int spread = series.Spread?.Length ?? series.Y.Length;
            if (series.X.Length == series.Y.Length && spread == series.Y.Length) continue;
            throw new ArgumentException(
                FormattableString.Invariant($"{series.Name} has {series.X.Length} X, {series.Y.Length} Y and {spread} Spread; expected equally many."),
                nameof(all));
        }
    }

    /// <summary>Refuses series that have not one value for each of something.</summary>
    public static void Check(IReadOnlyList<Series> all, int expected, string each)
    {
        ArgumentNullException.ThrowIfNull(all);
        foreach (Series series in all)
        {
            if (series.Y.Length != expected)
                throw new ArgumentException(FormattableString.Invariant($"{series.Name} has {series.Y.Length} Y; expected {expected}, one per {each}."),
                    nameof(all));
        }
    }

    /// <summary>The values of series and the ends of their error bars.</summary>
    public static IEnumerable<double> Reach(IEnumerable<Series> all) => all.SelectMany(series => series.Spread is null
        ? series.Y
        : series.Y.Concat(series.Y.Zip(series.Spread, (value, spread) => value - spread))
            .Concat(series.Y.Zip(series.Spread, (value, spread) => value + spread)));
}
