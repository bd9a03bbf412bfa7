namespace NegSamples.Theory.Tables;

/// <summary>Finds from which number of draws on coverage has a probability.</summary>
internal static class Threshold
{
    // Where the probability equals the one asked for, its rounding must not decide.
    private const double Rounding = 1e-12;

    /// <summary>The smallest n whose υ is at least a probability; null where none up to the last has.</summary>
    /// <param name="upsilon">υ(n), which does not fall.</param>
    /// <param name="least">Above 0 and below 1.</param>
    /// <param name="expected">The mean number of draws to coverage: where the search begins. Infinite if there is no coverage.</param>
    /// <param name="last">The largest n.</param>
    /// <remarks>ln(−ln υ) is almost linear in n (the limit law is Gumbel's: Erdős and Rényi 1961), so a false position with the Illinois rule
    /// needs a third of the values that halving needs; each value of many unequal classes takes milliseconds.</remarks>
    public static int? First(Func<int, double> upsilon, double least, double expected, int last)
    {
        if (double.IsInfinity(expected)) return null;
        double target = Bend(least), above = double.PositiveInfinity, below;
        long low = 0, high = (long)Math.Clamp(Math.Ceiling(expected), 1, last);
        for (; ; high = Math.Min(2 * high, last))
        {
            double value = upsilon((int)high);
            below = Bend(value) - target;
            if (value >= least - Rounding) break;
            if (high == last) return null;
            (low, above) = (high, below);
        }

        int side = 0;
        for (int step = 1; high - low > 1; step++)
        {
            double place = low + ((high - low) * above / (above - below));
            bool canGuess = double.IsFinite(above) && double.IsFinite(below) && step % 4 != 0;
            long middle = canGuess ? (long)Math.Clamp(place, low + 1, high - 1) : (low + high) / 2;
            double value = upsilon((int)middle);
            if (value >= least - Rounding)
            {
                (high, below) = (middle, Math.Min(0, Bend(value) - target));
                if (side > 0) above /= 2;
                side = 1;
            }
            else
            {
                (low, above) = (middle, Bend(value) - target);
                if (side < 0) below /= 2;
                side = -1;
            }
        }

        return (int)high;
    }

    private static double Bend(double probability) => Math.Log(-Math.Log(probability));
}
