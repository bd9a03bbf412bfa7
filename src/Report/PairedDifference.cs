namespace NegSamples.Report;

/// <summary>The mean of differences between pairs, with its 95 % interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="HalfWidth">Half the interval by Student's t with n − 1 degrees of freedom; null for one pair.</param>
/// <param name="Pairs">n.</param>
internal readonly record struct PairedDifference(double Mean, double? HalfWidth, int Pairs)
{
    /// <summary>Of some differences; null of none.</summary>
    public static PairedDifference? Of(IReadOnlyList<double> differences)
    {
        if (Spread.Of(differences) is not { } spread) return null;
        return new PairedDifference(spread.Mean, spread.Deviation is { } deviation ? Quantile(spread.Count - 1) * deviation / Math.Sqrt(spread.Count) : null, spread.Count);
    }

    /// <summary>The t that a variable of Student's distribution exceeds in size with probability 5 %.</summary>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    internal static double Quantile(int degrees)
    {
        double low = 0, high = 1000;
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            if (Within(middle, degrees) < 0.95) low = middle;
            else high = middle;
        }

        return (low + high) / 2;
    }

    /// <summary>P(|T| &lt; t): Abramowitz and Stegun, 26.7.3 and 26.7.4.</summary>
    private static double Within(double t, int degrees)
    {
        double angle = Math.Atan(t / Math.Sqrt(degrees)), square = Math.Cos(angle) * Math.Cos(angle);
        bool isOdd = degrees % 2 == 1;
        double term = isOdd ? Math.Cos(angle) : 1, sum = degrees == 1 ? 0 : term;
        for (int k = isOdd ? 3 : 2; k <= degrees - 2; k += 2)
        {
            term *= square * (k - 1) / k;
            sum += term;
        }

        return isOdd ? 2 / Math.PI * (angle + (Math.Sin(angle) * sum)) : Math.Sin(angle) * sum;
    }
}
