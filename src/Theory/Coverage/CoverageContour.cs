using System.Numerics;

namespace NegSamples.Theory.Coverage;

/// <summary>Coverage probabilities of any class sizes, from the generating function on a circle through its saddle point.</summary>
/// <remarks><para>With the class counts Y independent, <c>P(all Y ≥ 1 | ΣY = n) = Π P(Y ≥ 1) · P(X = n)/P(ΣY = n)</c>, X the sum of the counts
/// conditioned to be at least 1. The tilt is free; at the saddle point E X = n, so P(X = n) is near 1/(σ√2π) and the M-point trapezoid of
/// its Fourier integral loses no digits: no factor above is small through cancellation.</para>
/// <para>The trapezoid's only error is aliasing, Σ P(X = n + kM) over k ≠ 0. The truncated counts' cumulants obey
/// K″(s) ≤ σ² e^(2|s|), so Bernstein's inequality with M = 14σ + 70 puts it below e^−80. Points are summed from angle 0 until a
/// monotone bound of the modulus (see <see cref="ICountFamily.LogAbsBase"/>) shows that the rest is below e^−42 of the sum.</para>
/// <para>Cost: about 40 points for each distinct class size, whatever the number of draws.</para></remarks>
internal static class CoverageContour
{
    /// <summary>What the skipped tail may be of the sum, in natural logarithm: below the rounding of a double.</summary>
    private const double LogNegligible = -42;

    /// <summary>ln P(draws cover every class), for draws above the number of classes (and below the total, without replacement).</summary>
    public static double LogProbability<TFamily>(SizeGroups groups, int draws)
        where TFamily : ICountFamily
    {
        double tilt = SaddlePoint<TFamily>(groups, draws), mean = TFamily.UnitMean(tilt), variance = TFamily.UnitVariance(tilt);
        double logPositive = groups.Sum(size => Elementary.LogOneMinusExp(size * tilt));
        double spread = Math.Sqrt(Math.Max(0, groups.Sum(size =>
        {
            double positive = -Elementary.ExpMinusOne(-size * tilt), truncated = size * mean / positive;
            return (((size * variance) + (size * mean * size * mean)) / positive) - (truncated * truncated);
        })));
        int half = (int)Math.Ceiling((7 * spread) + 35), points = (2 * half) + 1;
        double sum = 0.5;
        for (int k = 1; k <= half; k++)
        {
            groups.Stop.ThrowIfCancellationRequested();
            double angle = 2 * Math.PI * k / points;
            if (LogModulusBound<TFamily>(groups, tilt, angle) + Math.Log(points) < Math.Log(sum) + LogNegligible) break;
            Complex log = LogTruncated<TFamily>(groups, tilt, angle);
            sum += Math.Exp(log.Real) * Math.Cos(log.Imaginary - (draws * angle));
        }

        return logPositive + Math.Log(2 * sum / points) - TFamily.LogMass(groups.Total, draws, tilt);
    }

    /// <summary>P(draws miss some class), to the same relative precision where it is small; for probabilities of coverage from about 0.1.</summary>
    /// <remarks>A circle for <c>E s^(ΣY) (1 − Π(1 − P(Y = 0 | s)))</c>, whose coefficients are the wanted probability times the mass of ΣY.
    /// Its saddle point is that of the counts without the smallest class, the one most likely missed; draws must be below their total, without
    /// replacement. M = 40σ + 200 keeps aliasing below e^−700.</remarks>
    public static double MissProbability<TFamily>(SizeGroups groups, int draws)
        where TFamily : ICountFamily
    {
        double tilt = TFamily.TiltOfUnitMean(draws / (groups.Total - groups.Sizes[0])), spread = Math.Sqrt(groups.Total * TFamily.UnitVariance(tilt));
        int half = (int)Math.Ceiling((20 * spread) + 100), points = (2 * half) + 1;
        double sum = -Elementary.ExpMinusOne(groups.Sum(size => Elementary.LogOneMinusExp(size * tilt))) / 2;
        if (sum == 0) return 0;
        for (int k = 1; k <= half; k++)
        {
            groups.Stop.ThrowIfCancellationRequested();
            double angle = 2 * Math.PI * k / points, growth = TFamily.Growth(tilt, angle).Real;
            double logFactor = groups.Sum(size => Elementary.LogOnePlusExp(-size * growth));
            double bound = (groups.Total * (growth - tilt)) + Elementary.LogAbsExpMinusOne(logFactor);
            if (bound + Math.Log(points) < Math.Log(Math.Abs(sum)) + LogNegligible) break;
            Complex cumulant = TFamily.Cumulant(tilt, angle) * groups.Total, missed = -Elementary.ExpMinusOne(LogCovered<TFamily>(groups, tilt, angle));
            sum += (Complex.FromPolarCoordinates(Math.Exp(cumulant.Real), cumulant.Imaginary - (draws * angle)) * missed).Real;
        }

        return 2 * sum / points / Math.Exp(TFamily.LogMass(groups.Total, draws, tilt));
    }

    /// <summary>The tilt at which the conditioned counts sum to draws in the mean, by bisection. The result is exact for any tilt; this one
    /// is the well-conditioned one.</summary>
    private static double SaddlePoint<TFamily>(SizeGroups groups, int draws)
        where TFamily : ICountFamily
    {
        // E[Y] ≤ E[Y | Y ≥ 1] ≤ 1 + E[Y] brackets it.
        double low = TFamily.TiltOfUnitMean((draws - groups.Classes) / groups.Total), high = TFamily.TiltOfUnitMean(draws / groups.Total);
        for (int step = 0; step < 50; step++)
        {
            double middle = (low + high) / 2, mean = TFamily.UnitMean(middle);
            if (groups.Sum(size => size * mean / -Elementary.ExpMinusOne(-size * middle)) < draws) low = middle;
            else high = middle;
        }

        return (low + high) / 2;
    }

    /// <summary>ln E[e^(iθX)].</summary>
    private static Complex LogTruncated<TFamily>(SizeGroups groups, double tilt, double angle)
        where TFamily : ICountFamily
    {
        Complex cumulant = TFamily.Cumulant(tilt, angle), growth = TFamily.Growth(tilt, angle);
        double logModulus = 0, phase = 0;
        for (int i = 0; i < groups.Sizes.Length; i++)
        {
            double size = groups.Sizes[i], exponent = size * tilt;
            Complex value = exponent < 1
                ? Elementary.ExpMinusOne(growth * size) / Elementary.ExpMinusOne(exponent)
                : (Complex.Exp(cumulant * size) - Math.Exp(-exponent)) / -Elementary.ExpMinusOne(-exponent);
            double square = (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
            logModulus += groups.Multiplicities[i] * 0.5 * Math.Log(square);
            phase += groups.Multiplicities[i] * Math.Atan2(value.Imaginary, value.Real);
        }

        return new(logModulus, phase);
    }

    /// <summary>A bound of ln |E e^(iθX)| that falls as the angle grows to π.</summary>
    private static double LogModulusBound<TFamily>(SizeGroups groups, double tilt, double angle)
        where TFamily : ICountFamily
    {
        double growth = TFamily.Growth(tilt, angle).Real;
        if (growth == 0) return 0;
        double bases = TFamily.LogAbsBase(tilt) - TFamily.LogAbsBase(growth);
        return groups.Sum(size => Elementary.LogAbsExpMinusOne(size * growth) - Elementary.LogAbsExpMinusOne(size * tilt) + bases);
    }

    /// <summary>Σ ln(1 − e^(−s·g)) over the classes, g the growth at this angle.</summary>
    private static Complex LogCovered<TFamily>(SizeGroups groups, double tilt, double angle)
        where TFamily : ICountFamily
    {
        Complex growth = TFamily.Growth(tilt, angle);
        double real = 0, imaginary = 0;
        for (int i = 0; i < groups.Sizes.Length; i++)
        {
            Complex zero = Complex.Exp(growth * -groups.Sizes[i]);
            double square = (zero.Real * zero.Real) + (zero.Imaginary * zero.Imaginary);
            real += groups.Multiplicities[i] * 0.5 * Elementary.LogOnePlus(square - (2 * zero.Real));
            imaginary += groups.Multiplicities[i] * Math.Atan2(-zero.Imaginary, 1 - zero.Real);
        }

        return new(real, imaginary);
    }
}
