using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>Exponential and logarithm in double for kernels: a few dozen operations, where the compiler's own are series of hundreds of calls.</summary>
internal readonly struct DeviceMath : IRowMath
{
    private const double Ln2High = 0.693147180369123816490, Ln2Low = 1.90821492927058770002e-10, OneOverLn2 = 1.44269504088896340736;

    // Adding and taking off 1.5·2^52 leaves the nearest integer, which stands in the low bits of the sum.
    private const double Round = 6755399441055744;

    /// <summary>e^x to about one unit in the last place; 0 below −708, infinite above 709.7.</summary>
    /// <remarks><c>e^x = 2^n·e^r</c>, |r| at most ln 2 / 2, and e^r by its series: the term of degree 14 is below 2^-58.</remarks>
    public static double Exp(double x)
    {
        if (x < -708) return 0;
        if (x > 709.7) return double.PositiveInfinity;
        double n = ((x * OneOverLn2) + Round) - Round, r = (x - (n * Ln2High)) - (n * Ln2Low);
        double series = 1.0 / 6227020800;
        series = (series * r) + (1.0 / 479001600);
        series = (series * r) + (1.0 / 39916800);
        series = (series * r) + (1.0 / 3628800);
        series = (series * r) + (1.0 / 362880);
        series = (series * r) + (1.0 / 40320);
        series = (series * r) + (1.0 / 5040);
        series = (series * r) + (1.0 / 720);
        series = (series * r) + (1.0 / 120);
        series = (series * r) + (1.0 / 24);
        series = (series * r) + (1.0 / 6);
        series = (series * r) + 0.5;
        series = (series * r * r) + r + 1;

        // In two steps, as 2^1024 is no number; a NaN has gone into the series and stays one.
        long power = (long)n, half = power / 2;
        return series * PowerOfTwo(half) * PowerOfTwo(power - half);
    }

    /// <summary>ln x to about one unit in the last place; −∞ at 0, NaN below.</summary>
    /// <remarks><c>x = 2^e·m</c> with m from √½ to √2, and ln m = 2·artanh(s), s = (m − 1)/(m + 1) at most 0.172, by its series.</remarks>
    public static double Log(double x)
    {
        if (x == 0) return double.NegativeInfinity;
        if (!(x > 0)) return double.NaN;
        if (x > double.MaxValue) return x;
        double shift = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984; // 2^54
            shift = -54;
        }

        ulong bits = Interop.FloatAsInt(x);
        long exponent = (long)(bits >> 52) - 1023;
        double m = Interop.IntAsFloat((bits & 0xFFFFFFFFFFFFFul) | 0x3FF0000000000000ul);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        double s = (m - 1) / (m + 1), square = s * s, series = 1.0 / 21;
        series = (series * square) + (1.0 / 19);
        series = (series * square) + (1.0 / 17);
        series = (series * square) + (1.0 / 15);
        series = (series * square) + (1.0 / 13);
        series = (series * square) + (1.0 / 11);
        series = (series * square) + (1.0 / 9);
        series = (series * square) + (1.0 / 7);
        series = (series * square) + (1.0 / 5);
        series = (series * square) + (1.0 / 3);
        double e = exponent + shift;
        return (e * Ln2High) + ((e * Ln2Low) + (2 * s * square * series) + (2 * s));
    }

    private static double PowerOfTwo(long power) => Interop.IntAsFloat((ulong)(power + 1023) << 52);
}
