using System.Numerics;

namespace NegSamples.Theory.Coverage;

/// <summary>Independent class counts Y_s, one per class of size s, whose law given their sum n is the law of n draws: Poisson counts give
/// draws with replacement, binomial counts draws without. A free parameter, the tilt u, sets the means; <c>P(Y_s = 0) = e^(−s·u)</c> in both.</summary>
internal interface ICountFamily
{
    /// <summary>The tilt at which a class of size 1 has this mean.</summary>
    static abstract double TiltOfUnitMean(double mean);

    /// <summary>Mean of the count of a class of size 1; a class of size s has s times as much.</summary>
    static abstract double UnitMean(double tilt);

    /// <summary>Variance of the count of a class of size 1; a class of size s has s times as much.</summary>
    static abstract double UnitVariance(double tilt);

    /// <summary>ln E e^(iθY) of a class of size 1; a class of size s has s times as much.</summary>
    static abstract Complex Cumulant(double tilt, double angle);

    /// <summary>Cumulant + tilt without the cancellation that the sum has for small tilts.</summary>
    static abstract Complex Growth(double tilt, double angle);

    /// <summary>The function b for which |e^(s·g) − 1| ≤ |b| (e^(s·Re g) − 1)/b(Re g), g the growth: what its modulus is bounded by.</summary>
    static abstract double LogAbsBase(double growth);

    /// <summary>ln P(ΣY = draws) for classes of this total size.</summary>
    static abstract double LogMass(double total, int draws, double tilt);
}

/// <summary>Poisson counts of mean s·u.</summary>
internal readonly struct PoissonCounts : ICountFamily
{
    public static double TiltOfUnitMean(double mean) => mean;

    public static double UnitMean(double tilt) => tilt;

    public static double UnitVariance(double tilt) => tilt;

    public static Complex Cumulant(double tilt, double angle)
    {
        double half = Math.Sin(angle / 2);
        return new(-2 * tilt * half * half, tilt * Math.Sin(angle));
    }

    public static Complex Growth(double tilt, double angle) => new(tilt * Math.Cos(angle), tilt * Math.Sin(angle));

    // |e^z − 1| = |z ∫₀¹ e^(tz) dt| ≤ |z| (e^x − 1)/x, x = Re z.
    public static double LogAbsBase(double growth) => Math.Log(Math.Abs(growth));

    public static double LogMass(double total, int draws, double tilt) => Elementary.LogPoisson(draws, total * tilt);
}

/// <summary>Binomial counts of s trials of probability 1 − e^(−u).</summary>
internal readonly struct BinomialCounts : ICountFamily
{
    public static double TiltOfUnitMean(double mean) => -Elementary.LogOnePlus(-mean);

    public static double UnitMean(double tilt) => -Elementary.ExpMinusOne(-tilt);

    public static double UnitVariance(double tilt) => UnitMean(tilt) * Math.Exp(-tilt);

    public static Complex Cumulant(double tilt, double angle)
    {
        double probability = UnitMean(tilt), complement = Math.Exp(-tilt), half = Math.Sin(angle / 2);
        return new(
            0.5 * Elementary.LogOnePlus(-4 * probability * complement * half * half),
            Math.Atan2(probability * Math.Sin(angle), complement + (probability * Math.Cos(angle))));
    }

    public static Complex Growth(double tilt, double angle)
    {
        double odds = Elementary.ExpMinusOne(tilt), real = odds * Math.Cos(angle), imaginary = odds * Math.Sin(angle);
        return new(0.5 * Elementary.LogOnePlus((2 * real) + (odds * odds)), Math.Atan2(imaginary, 1 + real));
    }

    // |(1 + ζ)^m − 1| = |ζ Σ (1 + ζ)^k, k below m| ≤ |ζ| (|1 + ζ|^m − 1)/(|1 + ζ| − 1).
    public static double LogAbsBase(double growth) => Elementary.LogAbsExpMinusOne(growth);

    public static double LogMass(double total, int draws, double tilt) => Elementary.LogBinomial(draws, total, UnitMean(tilt), Math.Exp(-tilt));
}
