namespace NegSamples.Similarity;

/// <summary>Quantiles of measured times.</summary>
public static class Quantiles
{
    /// <summary>Between two times linear, as is usual (Hyndman and Fan 1996, definition 7).</summary>
    /// <param name="sorted">At least one, ascending.</param>
    /// <param name="proportion">0 to 1: 0.5 is the median.</param>
    public static double Of(ReadOnlySpan<double> sorted, double proportion)
    {
        double place = proportion * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
