using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>What the supervised loss of the mean classifier is at most, for unit embeddings of any encoder whatever: a bound above it says nothing.</summary>
/// <remarks>
/// <para>Proved, and this project's: with <c>μ_c = E[z | c]</c> and <c>r_c = ‖μ_c‖ ≤ 1</c> there is <c>z·μ_s ≤ r_s</c> and <c>E[z·μ_c | c] = r_c²</c>, so
/// <c>L_sup = E ln Σ_s e^(z·μ_s/t) − Σ_c ρ_c r_c²/t ≤ R(r) = ln Σ_s e^(r_s/t) − Σ_c ρ_c r_c²/t ≤ B = max_r R(r)</c> over [0, 1]^C. Class means and
/// anchors of two splits obey it up to sampling error.</para>
/// <para>For uniform classes B is exact. A stationary coordinate obeys e^(r/t)/r = const, so there are two values at most, one below t and one above; two
/// interior coordinates above t are no maximum (the second derivative along e_i − e_j is in proportion to r/t − 1 &gt; 0). So m coordinates are at 1, one
/// at most between t and 1, and the others at one value of at most t: a search in one number for each m.</para>
/// <para>For other classes it is the dual: <c>ln Z ≤ ln(1/w) + wZ − 1</c> for every w &gt; 0, after which the coordinates part. Convex in w and true for any w,
/// so it is never below B; it is above it where the best number of coordinates at 1 would be no whole number.</para>
/// </remarks>
public static class SupervisedCeiling
{
    private const int ScanPoints = 48;

    /// <summary>R(r): the ceiling for class means of these lengths.</summary>
    /// <param name="norms">[C]: r_c = ‖μ_c‖, from 0 to 1, in the order of the weights that made ρ; for equal ones in any.</param>
    /// <param name="classes">ρ.</param>
    /// <param name="temperature">t, above 0.</param>
    public static double OfNorms(ReadOnlySpan<double> norms, ClassDistribution classes, double temperature)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        if (norms.Length != classes.Count) throw new ArgumentException($"norms has {Counted.Of(norms.Length, "number")}; expected {classes.Count}.", nameof(norms));
        double[] logits = new double[norms.Length];
        double own = 0;
        for (int c = 0; c < norms.Length; c++)
        {
            logits[c] = norms[c] / temperature;
            own += classes.Probability(c) * norms[c] * norms[c];
        }

        return Elementary.LogSumExp(logits) - (own / temperature);
    }

    /// <summary>B(C, t): the ceiling for any encoder; for classes that are not equal, a number that is not below it.</summary>
    /// <param name="classes">ρ.</param>
    /// <param name="temperature">t, above 0.</param>
    public static double OfAnyEncoder(ClassDistribution classes, double temperature)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        return classes.Count == 1 ? 0 : classes.IsUniform ? OfEqualClasses(classes.Count, temperature) : Dual(classes, temperature);
    }

    private static double OfEqualClasses(int classes, double t)
    {
        double best = double.NegativeInfinity, end = Math.Min(1, t);
        for (int ones = 0; ones <= classes; ones++)
        {
            int rest = classes - ones;
            best = Math.Max(best, Greatest(0, end, low => Value(ones, 0, 0, rest, low)));
            if (t < 1 && rest > 0) best = Math.Max(best, Greatest(0, end, low => Value(ones, 1, Partner(low, t), rest - 1, low)));
        }

        return best;

        // In units of e^(1/t), so that no power overflows at a small t.
        double Value(int ones, int middles, double middle, int lows, double low) =>
            (1 / t) + Math.Log(ones + (middles * Math.Exp((middle - 1) / t)) + (lows * Math.Exp((low - 1) / t)))
            - ((ones + (middles * middle * middle) + (lows * low * low)) / (t * classes));
    }

    /// <summary>The b from t to 1 with e^(b/t)/b = e^(a/t)/a; 1 where it would be larger.</summary>
    private static double Partner(double a, double t)
    {
        if (a <= 0) return 1;
        double wanted = Math.Log(a) - (a / t), low = t, high = 1;
        if (Math.Log(high) - (high / t) >= wanted) return 1;
        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            if (Math.Log(middle) - (middle / t) > wanted) low = middle;
            else high = middle;
        }

        return (low + high) / 2;
    }

    private static double Dual(ClassDistribution classes, double t)
    {
        // In w' = w e^(1/t): from 1/C, all at 1, to e^(1/t)/C, all at 0. Convex in w, so unimodal in ln w.
        double low = -Math.Log(classes.Count), high = low + (1 / t);
        return -Greatest(low, high, logWeight =>
        {
            double weight = Math.Exp(logWeight);
            return -((1 / t) - logWeight - 1 + classes.Groups.Sum(rho => Term(rho, weight, t)));
        });
    }

    /// <summary>max over r of <c>w' e^((r − 1)/t) − ρ r²/t</c>: at 1, at 0, or where the slope first falls to 0.</summary>
    private static double Term(double rho, double weight, double t)
    {
        double At(double r) => (weight * Math.Exp((r - 1) / t)) - (rho * r * r / t);
        double Slope(double r) => (weight * Math.Exp((r - 1) / t)) - (2 * rho * r);
        double best = Math.Max(At(0), At(1));

        // The slope is convex in r; its least is where w' e^((r − 1)/t)/t = 2ρ.
        double turn = Math.Clamp(1 + (t * Math.Log(2 * rho * t / weight)), 0, 1);
        if (Slope(turn) >= 0) return best;
        double low = 0, high = turn;
        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            if (Slope(middle) > 0) low = middle;
            else high = middle;
        }

        return Math.Max(best, At((low + high) / 2));
    }

    /// <summary>The greatest value on an interval: the best of a scan, refined between its neighbours.</summary>
    private static double Greatest(double low, double high, Func<double, double> value)
    {
        double width = (high - low) / ScanPoints, at = low, best = value(low);
        for (int i = 1; i <= ScanPoints; i++)
        {
            double x = low + (i * width), here = value(x);
            if (here > best) (at, best) = (x, here);
        }

        double left = Math.Max(low, at - width), right = Math.Min(high, at + width);
        for (int step = 0; step < 80; step++)
        {
            double first = left + ((right - left) * 0.382), second = left + ((right - left) * 0.618), atFirst = value(first), atSecond = value(second);
            best = Math.Max(best, Math.Max(atFirst, atSecond));
            if (atFirst < atSecond) left = first;
            else right = second;
        }

        return best;
    }
}
