using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Tables;

/// <summary>Whether n draws cover all classes, and how often the anchor's class recurs in them, for several n.</summary>
/// <param name="Classes">C.</param>
/// <param name="IsUniform">Whether all classes are equally frequent.</param>
/// <param name="Population">Samples of the finite set that is drawn from without replacement; null where draws are independent.</param>
/// <param name="ExpectedDraws">The mean number of draws until all classes are covered; null where a class cannot be drawn.</param>
/// <param name="Thresholds">From which n on coverage is at least 0.5, 0.9 and 0.99 probable.</param>
/// <param name="Rows">One row a number of draws.</param>
internal sealed record CouponTable(
    int Classes, bool IsUniform, int? Population, double? ExpectedDraws, IReadOnlyList<CouponThreshold> Thresholds, IReadOnlyList<CouponRow> Rows)
{
    private static readonly double[] Probabilities = [0.5, 0.9, 0.99];

    /// <summary>The table of independent draws.</summary>
    /// <param name="classes">The distribution of a draw.</param>
    /// <param name="draws">The numbers of draws n, each at least 1.</param>
    /// <param name="stop">Ends the computation.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of draws is below 1.</exception>
    public static CouponTable Of(ClassDistribution classes, IReadOnlyList<int> draws, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(classes);
        classes = classes.StoppedBy(stop);
        double expected = CouponCollector.ExpectedDraws(classes);
        return new(
            classes.Count, classes.IsUniform, null, Finite(expected),
            [.. Probabilities.Select(least =>
                new CouponThreshold(least, Threshold.First(n => CouponCollector.Probability(classes, n), least, expected, int.MaxValue)))],
            Compute(draws, n => CouponCollector.Probability(classes, n), n => CouponCollector.LogProbability(classes, n), n =>
                CouponCollector.MissProbability(classes, n),
                k => Collision.Probability(classes, k), k => Collision.ExpectedLog(classes, k), stop));
    }

    /// <summary>The table of batches drawn without replacement.</summary>
    /// <param name="set">The class counts of the finite set.</param>
    /// <param name="draws">The numbers of draws n, each 1 to the number of samples.</param>
    /// <param name="stop">Ends the computation.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of draws is below 1 or above the number of samples.</exception>
    public static CouponTable Of(ClassCounts set, IReadOnlyList<int> draws, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        set = set.StoppedBy(stop);
        double expected = CouponCollector.ExpectedDraws(set);
        return new(
            set.Count, set.IsBalanced, set.Total, Finite(expected),
            [.. Probabilities.Select(least =>
                new CouponThreshold(least, Threshold.First(n => CouponCollector.Probability(set, n), least, expected, set.Total)))],
            Compute(draws, n => CouponCollector.Probability(set, n), n => CouponCollector.LogProbability(set, n), n => CouponCollector.MissProbability(set, n),
                k => Collision.Probability(set, k), k => Collision.ExpectedLog(set, k), stop));
    }

    private static CouponRow[] Compute(
        IReadOnlyList<int> draws, Func<int, double> upsilon, Func<int, double> logUpsilon, Func<int, double> miss, Func<int, double> tau, Func<int,
        double> expectedLog, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(draws);
        return [.. draws.Select(n =>
        {
            stop.ThrowIfCancellationRequested();
            ArgumentOutOfRangeException.ThrowIfLessThan(n, 1, nameof(draws));
            double missed = miss(n);

            // Near 1 the logarithm keeps its digits only as that of 1 − miss.
            double log = missed < 0.5 ? Elementary.LogOnePlus(-missed) : logUpsilon(n);
            return new CouponRow(n, upsilon(n), Finite(log / Math.Log(10)), missed, n - 1, tau(n - 1), expectedLog(n - 1));
        })];
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
