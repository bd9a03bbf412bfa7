using NegSamples.Report.Plots;
using NegSamples.Theory.Tables;

namespace NegSamples.Report;

/// <summary>A coupon table as a figure.</summary>
internal static class CouponFigure
{
    // Enough for a smooth curve on a screen.
    private const int Points = 160;

    /// <summary>Coverage and collision against n, and the chance to miss a class on a logarithmic axis, from the smallest to the largest n.
    /// The curves pass through n in between as well: coverage rises so steeply that lines between doublings would mislead.</summary>
    /// <param name="tabulate">Makes the table of any numbers of draws.</param>
    /// <param name="draws">[1 or more] the numbers of draws, ascending; up to 16 become the axis' ticks.</param>
    /// <returns>SVG.</returns>
    public static string Draw(Func<IReadOnlyList<int>, CouponTable> tabulate, IReadOnlyList<int> draws)
    {
        ArgumentNullException.ThrowIfNull(tabulate);
        ArgumentNullException.ThrowIfNull(draws);

        // A chance below this would stretch its axis over hundreds of decades.
        const double Lowest = 1e-12;
        CouponTable table = tabulate(Between(draws));
        double[] n = [.. table.Rows.Select(row => (double)row.Draws)];
        string kind = table.Population is null ? "independent draws" : FormattableString.Invariant($"draws without replacement from {table.Population}");
        Figure figure = new(
            FormattableString.Invariant($"Do n draws cover all classes? {table.Classes} {(table.IsUniform ? "equal" : "unequal")} classes, {kind}"),
            new Axis("n (draws)", IsLogarithmic: draws[^1] >= 4L * draws[0]), new Axis("probability"),
            [new("υ: all classes covered", n, [.. table.Rows.Select(row => row.Upsilon)]),
                new("τ: the anchor's class recurs", n, [.. table.Rows.Select(row => row.Tau)])],
            new Axis("1 − υ (probability)", IsLogarithmic: true),
            [new("1 − υ: a class is missed", n, [.. table.Rows.Select(row => row.MissProbability >= Lowest ? row.MissProbability : double.NaN)])]);
        return Charts.Curves(figure, xTicks: draws.Count <= 16 ? [.. draws.Select(count => (double)count)] : null);
    }

    /// <summary>The numbers of draws and others between them, at equal ratios.</summary>
    private static int[] Between(IReadOnlyList<int> draws)
    {
        if (draws.Count >= Points) return [.. draws];
        double ratio = (double)draws[^1] / draws[0];
        IEnumerable<int> between = Enumerable.Range(1, Points - 1).Select(i => (int)Math.Round(draws[0] * Math.Pow(ratio, (double)i / Points)));
        return [.. draws.Concat(between).Distinct().Order()];
    }
}
