using System.Numerics;

namespace NegSamples.Theory.Coverage;

/// <summary>Elementary functions where the plain formula would cancel, and probability masses without large logarithms.</summary>
internal static class Elementary
{
    /// <summary>e^x − 1 to a few ulp near 0 as well; <c>double.ExpM1</c> is the plain difference.</summary>
    public static double ExpMinusOne(double x)
    {
        double power = Math.Exp(x);
        if (power == 1) return x;
        double difference = power - 1;
        // Kahan's quotient: the error of the rounded power cancels against that of its logarithm.
        return difference == -1 || double.IsInfinity(power) ? difference : difference * x / Math.Log(power);
    }

    /// <summary>ln(1 + x) to a few ulp near 0 as well; <c>double.LogP1</c> is the plain logarithm.</summary>
    public static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : double.IsInfinity(sum) || sum == 0 ? Math.Log(sum) : Math.Log(sum) * x / (sum - 1);
    }

    /// <summary>ln(1 − e^−x) for x above 0.</summary>
    public static double LogOneMinusExp(double x) => x < 0.6931471805599453 ? Math.Log(-ExpMinusOne(-x)) : LogOnePlus(-Math.Exp(-x));

    /// <summary>ln |e^x − 1|, without overflow.</summary>
    public static double LogAbsExpMinusOne(double x) => x > 0 ? x + LogOneMinusExp(x) : LogOneMinusExp(-x);

    /// <summary>ln(1 + e^x), without overflow.</summary>
    public static double LogOnePlusExp(double x) => x > 0 ? x + LogOnePlus(Math.Exp(-x)) : LogOnePlus(Math.Exp(x));

    /// <summary>e^z − 1 for complex z, without cancellation near 0.</summary>
    public static Complex ExpMinusOne(Complex z)
    {
        double half = Math.Sin(z.Imaginary / 2);
        return new((ExpMinusOne(z.Real) * Math.Cos(z.Imaginary)) - (2 * half * half), Math.Exp(z.Real) * Math.Sin(z.Imaginary));
    }

    /// <summary>ln Σ e^x over the values, shifted by their maximum.</summary>
    public static double LogSumExp(ReadOnlySpan<double> values)
    {
        double maximum = double.NegativeInfinity, sum = 0;
        foreach (double value in values) maximum = Math.Max(maximum, value);
        if (double.IsNegativeInfinity(maximum)) return maximum;
        foreach (double value in values) sum += Math.Exp(value - maximum);
        return maximum + Math.Log(sum);
    }

    /// <summary><c>ln Σ e^x − x_own</c>, at least 0: the loss of the choice own among the values, with all its digits where it is small.</summary>
    public static double LogLoss(ReadOnlySpan<double> values, int own)
    {
        double greatest = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < values.Length; i++)
            if (i != own) greatest = Math.Max(greatest, values[i]);
        double shift = Math.Max(0, greatest - values[own]);
        for (int i = 0; i < values.Length; i++)
            if (i != own) sum += Math.Exp(values[i] - values[own] - shift);
        return shift == 0 ? LogOnePlus(sum) : shift + Math.Log(Math.Exp(-shift) + sum);
    }

    /// <summary>H_n = 1 + 1/2 + ... + 1/n, small terms first.</summary>
    public static double Harmonic(int n)
    {
        double sum = 0;
        for (int i = n; i > 0; i--) sum += 1.0 / i;
        return sum;
    }

    /// <summary>ln n! − ½ ln(2πn) − n ln n + n.</summary>
    public static double StirlingError(double n)
    {
        if (n >= 16)
        {
            double square = 1 / (n * n);
            return ((1.0 / 12) - (((1.0 / 360) - (((1.0 / 1260) - (((1.0 / 1680) - (square / 1188)) * square)) * square)) * square)) / n;
        }

        double factorial = 1;
        for (int i = 2; i <= n; i++) factorial *= i;
        return Math.Log(factorial) - (0.5 * Math.Log(2 * Math.PI * n)) - (n * Math.Log(n)) + n;
    }

    /// <summary>x ln(x/mean) + mean − x, which is small where x is near the mean (Loader 2000, <i>Fast and accurate computation of
    /// binomial probabilities</i>).</summary>
    public static double Deviance(double x, double mean)
    {
        double difference = x - mean, ratio = difference / (x + mean);
        if (Math.Abs(ratio) >= 0.1) return (x * Math.Log(x / mean)) - difference;
        double sum = difference * ratio, term = 2 * x * ratio;
        for (int odd = 3; ; odd += 2)
        {
            term *= ratio * ratio;
            double next = sum + (term / odd);
            if (next == sum) return sum;
            sum = next;
        }
    }

    /// <summary>ln of the Poisson mass at count, count above 0.</summary>
    public static double LogPoisson(double count, double mean) =>
        -StirlingError(count) - Deviance(count, mean) - (0.5 * Math.Log(2 * Math.PI * count));

    /// <summary>ln of the binomial mass at count out of trials, with 0 &lt; count &lt; trials.</summary>
    public static double LogBinomial(double count, double trials, double probability, double complement)
    {
        double rest = trials - count;
        return StirlingError(trials) - StirlingError(count) - StirlingError(rest)
            - Deviance(count, trials * probability) - Deviance(rest, trials * complement) + (0.5 * Math.Log(trials / (2 * Math.PI * count * rest)));
    }
}
