using NegSamples.Study.Plots;
using NegSamples.Theory;

namespace NegSamples.Study.Coupon;

/// <summary>Whether n draws cover all classes, and how often the anchor's class recurs in them, for several n.</summary>
/// <param name="Classes">C.</param>
/// <param name="IsUniform">Whether all classes are equally frequent.</param>
/// <param name="Population">Samples of the finite set that is drawn from without replacement; null where draws are independent.</param>
/// <param name="ExpectedDraws">The mean number of draws until all classes are covered; null where a class cannot be drawn.</param>
/// <param name="Thresholds">From which n on coverage is at least 0.5, 0.9 and 0.99 probable.</param>
/// <param name="Rows">One row a number of draws.</param>
public sealed record CouponTable(
    int Classes, bool IsUniform, int? Population, double? ExpectedDraws, IReadOnlyList<CouponThreshold> Thresholds, IReadOnlyList<CouponRow> Rows)
{
    private static readonly double[] Shares = [0.5, 0.9, 0.99];

    /// <summary>The table of independent draws.</summary>
    /// <param name="classes">The distribution of a draw.</param>
    /// <param name="draws">The numbers of draws n, each at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of draws is below 1.</exception>
    public static CouponTable Of(ClassDistribution classes, IReadOnlyList<int> draws)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return new(
            classes.Count, classes.IsUniform, null, Finite(CouponCollector.ExpectedDraws(classes)),
            [.. Shares.Select(share => new CouponThreshold(share, classes.HasImpossibleClass ? null : Reach(n => CouponCollector.Probability(classes, n) >= share, classes.Count, int.MaxValue)))],
            Compute(draws, n => CouponCollector.Probability(classes, n), n => CouponCollector.LogProbability(classes, n), n => CouponCollector.MissProbability(classes, n),
                k => Collision.Probability(classes, k), k => Collision.ExpectedLog(classes, k)));
    }

    /// <summary>The table of batches drawn without replacement.</summary>
    /// <param name="set">The class counts of the finite set.</param>
    /// <param name="draws">The numbers of draws n, each 1 to the number of samples.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of draws is below 1 or above the number of samples.</exception>
    public static CouponTable Of(ClassCounts set, IReadOnlyList<int> draws)
    {
        ArgumentNullException.ThrowIfNull(set);
        return new(
            set.Count, set.IsBalanced, set.Total, Finite(CouponCollector.ExpectedDraws(set)),
            [.. Shares.Select(share => new CouponThreshold(share, set.HasEmptyClass ? null : Reach(n => CouponCollector.Probability(set, n) >= share, set.Count, set.Total)))],
            Compute(draws, n => CouponCollector.Probability(set, n), n => CouponCollector.LogProbability(set, n), n => CouponCollector.MissProbability(set, n),
                k => Collision.Probability(set, k), k => Collision.ExpectedLog(set, k)));
    }

    /// <summary>The table as a figure: coverage and collision against n, and the chance to miss a class on a logarithmic axis.</summary>
    /// <returns>SVG.</returns>
    public string ToSvg()
    {
        // A chance below this would stretch the axis over hundreds of decades.
        const double Lowest = 1e-12;
        double[] draws = [.. Rows.Select(row => (double)row.Draws)];
        string kind = Population is null ? "independent draws" : FormattableString.Invariant($"draws without replacement from {Population}");
        Figure figure = new(
            FormattableString.Invariant($"Do n draws cover all classes? {Classes} {(IsUniform ? "equal" : "unequal")} classes, {kind}"),
            new Axis("n (draws)", IsLogarithmic: draws[^1] >= 4 * draws[0]), new Axis("probability"),
            [new("υ: all classes covered", draws, [.. Rows.Select(row => row.Upsilon)]), new("τ: the anchor's class recurs", draws, [.. Rows.Select(row => row.Tau)])],
            new Axis("1 − υ (probability)", IsLogarithmic: true),
            [new("1 − υ: some class is missed", draws, [.. Rows.Select(row => row.MissProbability >= Lowest ? row.MissProbability : double.NaN)])]);
        return draws.Length <= 16 ? Plots.Plots.Lines(figure, xTicks: draws) : Plots.Plots.Curves(figure);
    }

    private static CouponRow[] Compute(
        IReadOnlyList<int> draws, Func<int, double> upsilon, Func<int, double> logUpsilon, Func<int, double> miss, Func<int, double> tau, Func<int, double> expectedLog)
    {
        ArgumentNullException.ThrowIfNull(draws);
        return [.. draws.Select(n =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(n, 1, nameof(draws));
            return new CouponRow(n, upsilon(n), Finite(logUpsilon(n) / Math.Log(10)), miss(n), n - 1, tau(n - 1), expectedLog(n - 1));
        })];
    }

    /// <summary>The smallest n between two at which a monotone condition holds; null where it holds at none.</summary>
    private static int? Reach(Func<int, bool> holds, int first, int last)
    {
        long low = first, high = first;
        while (high < last && !holds((int)high)) (low, high) = (high + 1, Math.Min(2 * high, last));
        if (!holds((int)high)) return null;
        while (low < high)
        {
            long middle = (low + high) / 2;
            if (holds((int)middle)) high = middle;
            else low = middle + 1;
        }

        return (int)high;
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
