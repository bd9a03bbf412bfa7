namespace NegSamples.Report;

/// <summary>Whether two quantities put the same things in the same order.</summary>
internal static class RankCorrelation
{
    /// <summary>Fewer points have an order by accident.</summary>
    public const int FewestPoints = 4;

    /// <summary>Spearman's ρ: Pearson's correlation of the ranks, those of ties being their mean. Null for fewer than four points, or where one side is all ties.</summary>
    /// <param name="x">[n] one quantity; +∞ ranks last.</param>
    /// <param name="y">[n] the other.</param>
    public static double? Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count) throw new ArgumentException("y has another length than x.", nameof(y));
        if (x.Count < FewestPoints) return null;
        double[] a = Ranks(x), b = Ranks(y);
        double mean = (x.Count + 1) / 2.0;
        double ab = a.Zip(b, (p, q) => (p - mean) * (q - mean)).Sum(), aa = a.Sum(p => (p - mean) * (p - mean)), bb = b.Sum(q => (q - mean) * (q - mean));
        return aa == 0 || bb == 0 ? null : ab / Math.Sqrt(aa * bb);
    }

    private static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other < value) + ((values.Count(other => other == value) + 1) / 2.0))];
}
