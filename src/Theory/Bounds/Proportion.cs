using System.Globalization;

namespace NegSamples.Theory.Bounds;

/// <summary>A measured probability: a count out of a number of draws, with a Wilson score interval at 95 %.</summary>
/// <remarks>Wilson 1927, <i>Probable inference, the law of succession, and statistical inference</i>, with z = 1.96:
/// <c>(p + z²/2n ± z √(p(1 − p)/n + z²/4n²))/(1 + z²/n)</c>. It never leaves [0, 1] and has a width for counts of 0 and n as well.
/// The counts stay integers, so "never seen" and "always seen" are exact.</remarks>
public readonly record struct Proportion
{
    /// <summary>97.5 % point of the standard normal distribution.</summary>
    private const double Quantile = 1.959963984540054;

    private Proportion(long successes, long draws, double independentDraws)
    {
        Successes = successes;
        Draws = draws;
        double squared = Quantile * Quantile / independentDraws, shrink = 1 + squared;
        double centre = (Estimate + (squared / 2)) / shrink;
        double half = Math.Sqrt((Estimate * (1 - Estimate) * squared) + (squared * squared / 4)) / shrink;
        Lower = successes == 0 ? 0 : Math.Max(0, centre - half);
        Upper = successes == draws ? 1 : Math.Min(1, centre + half);
    }

    /// <summary>How often the event was seen.</summary>
    public long Successes { get; }

    /// <summary>How often it could have been seen.</summary>
    public long Draws { get; }

    /// <summary>Lower end of the 95 % interval.</summary>
    public double Lower { get; }

    /// <summary>Upper end of the 95 % interval.</summary>
    public double Upper { get; }

    /// <summary>Successes/Draws.</summary>
    public double Estimate => (double)Successes / Draws;

    /// <summary>A count out of independent draws.</summary>
    /// <param name="successes">0 to draws.</param>
    /// <param name="draws">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no draw, or there are more successes than draws.</exception>
    public static Proportion Of(long successes, long draws) => Checked(successes, draws, 1);

    /// <summary>A count out of draws that come in batches of equal size, and are alike within a batch.</summary>
    /// <param name="successes">0 to draws.</param>
    /// <param name="draws">At least 1.</param>
    /// <param name="batches">Number of batches, a divisor of draws.</param>
    /// <param name="squaredSuccesses">Σ over the batches of its successes squared.</param>
    /// <remarks>The interval is that of <c>draws/D</c> independent draws, where D, at least 1, is the variance of the batches' means over the one
    /// that independent draws would have (Kish 1965, the design effect). With no success, D is 2: duplicates come in pairs at least.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no draw, or there are more successes than draws.</exception>
    public static Proportion OfBatches(long successes, long draws, long batches, double squaredSuccesses)
    {
        if (successes == 0) return Checked(successes, draws, 2);
        if (batches < 2 || successes >= draws) return Checked(successes, draws, 1);
        double perBatch = (double)draws / batches, estimate = (double)successes / draws, mean = (double)successes / batches;
        double variance = Math.Max(0, squaredSuccesses - (batches * mean * mean)) / (batches - 1);
        return Checked(successes, draws, Math.Max(1, variance / (perBatch * estimate * (1 - estimate))));
    }

    /// <summary>The estimate, its interval and the number of draws.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Estimate:G6} (95 % Wilson interval {Lower:G4} to {Upper:G4}, {Successes} of {Draws})");

    private static Proportion Checked(long successes, long draws, double designEffect)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, draws);
        return new(successes, draws, draws / designEffect);
    }
}
