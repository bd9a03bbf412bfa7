namespace NegSamples.Report;

/// <summary>A quantity over the seeds.</summary>
/// <param name="Mean">Its mean; +∞ where it is vacuous for a seed.</param>
/// <param name="Deviation">The standard deviation, with n − 1; null for one seed, and where the mean is not finite.</param>
/// <param name="Count">n, seeds.</param>
/// <param name="Vacuous">Seeds for which it is vacuous.</param>
internal readonly record struct Spread(double Mean, double? Deviation, int Count, int Vacuous)
{
    /// <summary>Mean and deviation; null of nothing.</summary>
    public static Spread? Of(IEnumerable<double> values)
    {
        double[] all = [.. values];
        if (all.Length == 0) return null;
        int vacuous = all.Count(double.IsPositiveInfinity);
        if (vacuous > 0) return new Spread(double.PositiveInfinity, null, all.Length, vacuous);
        double mean = all.Sum() / all.Length;
        double? deviation = all.Length < 2 ? null : Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1));
        return new Spread(mean, deviation, all.Length, 0);
    }
}
