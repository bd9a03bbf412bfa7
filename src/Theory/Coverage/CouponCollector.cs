namespace NegSamples.Theory.Coverage;

/// <summary>The coupon collector's problem: do n draws cover all C classes?</summary>
/// <remarks><para>Nozawa and Sato 2021 (arXiv:2102.06866) call the probability υ; n = K + 1, the anchor counts as a draw. In exact arithmetic
/// <c>υ = C! S(n, C)/C^n = Σ_j (−1)^j binom(C, j) (1 − j/C)^n</c> for uniform classes. That alternating sum cancels beyond a double's
/// precision (at C = 100, n = 128 by 32 digits), so it is computed nowhere: small uniform problems use a recursion of positive terms, the
/// others a contour integral through the saddle point of the generating function. Relative error below 1e-11 for C to 10,000 and n to
/// 1,000,000, each in milliseconds.</para>
/// <para>Zero is returned exactly if and only if coverage is impossible (n below C, or a class that cannot be drawn) or the value is below
/// the range of a double; the logarithm tells them apart.</para></remarks>
public static class CouponCollector
{
    /// <summary>Below this the recursion may have lost its small states to underflow.</summary>
    private const double SmallestTrusted = 1e-200;

    /// <summary>Where the sum U of the classes' chances to be missed is below this, it is the chance to miss any: the chance to miss two
    /// is U²/2 at most, since missing one class makes missing another less likely.</summary>
    private const double Negligible = 1e-17;

    /// <summary>P(n independent draws cover all classes).</summary>
    /// <param name="classes">The distribution of a draw.</param>
    /// <param name="draws">n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of draws is negative.</exception>
    public static double Probability(ClassDistribution classes, int draws)
    {
        if (HasRecursion(classes, draws) && OccupancyRecursion.Distribution(classes.Count, draws)[^1] is > SmallestTrusted and double probability)
            return Math.Min(1, probability);
        return Math.Exp(LogProbability(classes, draws));
    }

    /// <summary>ln P(n independent draws cover all classes); −∞ if they cannot.</summary>
    /// <param name="classes">The distribution of a draw.</param>
    /// <param name="draws">n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of draws is negative.</exception>
    public static double LogProbability(ClassDistribution classes, int draws)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfNegative(draws);
        if (draws < classes.Count || classes.HasImpossibleClass) return double.NegativeInfinity;
        if (classes.Count == 1) return 0;
        SizeGroups groups = classes.Groups;
        if (draws == classes.Count) return LogFactorial(draws) + groups.Sum(Math.Log);
        return Math.Min(0, CoverageContour.LogProbability<PoissonCounts>(groups, draws));
    }

    /// <summary>P(n independent draws miss some class) = 1 − υ, precise where it is small as well.</summary>
    /// <param name="classes">The distribution of a draw.</param>
    /// <param name="draws">n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of draws is negative.</exception>
    public static double MissProbability(ClassDistribution classes, int draws)
    {
        double probability = Probability(classes, draws);
        if (probability < 0.5) return 1 - probability;
        if (classes.Count == 1) return 0;
        if (HasRecursion(classes, draws)) return OccupancyRecursion.Distribution(classes.Count, draws).AsSpan()[..^1].ToArray().Sum();
        double union = classes.Groups.Sum(rho => Math.Exp(Collision.LogAvoid(rho, draws)));
        return union < Negligible ? union : CoverageContour.MissProbability<PoissonCounts>(classes.Groups, draws);
    }

    /// <summary>P(a batch of n samples drawn without replacement covers all classes):
    /// <c>[z^n] Π((1 + z)^m_c − 1)/binom(N, n)</c>.</summary>
    /// <param name="set">The class counts m_c of the finite set.</param>
    /// <param name="draws">n, 0 to N.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of draws is negative or above the number of samples.</exception>
    public static double Probability(ClassCounts set, int draws) => Math.Exp(LogProbability(set, draws));

    /// <summary>ln P(a batch of n samples drawn without replacement covers all classes); −∞ if it cannot.</summary>
    /// <param name="set">The class counts m_c of the finite set.</param>
    /// <param name="draws">n, 0 to N.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of draws is negative or above the number of samples.</exception>
    public static double LogProbability(ClassCounts set, int draws)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfNegative(draws);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(draws, set.Total);
        SizeGroups groups = set.Groups;
        if (draws < set.Count || set.HasEmptyClass) return double.NegativeInfinity;
        if (draws > set.Total - groups.Sizes[0] || set.Count == 1) return 0;
        if (draws == set.Count)
        {
            double log = groups.Sum(Math.Log);
            for (int i = 0; i < draws; i++)
            {
                groups.Stop.ThrowIfCancellationRequested();
                log += Math.Log((i + 1.0) / (set.Total - i));
            }

            return log;
        }

        return Math.Min(0, CoverageContour.LogProbability<BinomialCounts>(groups, draws));
    }

    /// <summary>P(a batch of n samples drawn without replacement misses some class), precise where it is small as well.</summary>
    /// <param name="set">The class counts of the finite set.</param>
    /// <param name="draws">n, 0 to N.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of draws is negative or above the number of samples.</exception>
    public static double MissProbability(ClassCounts set, int draws)
    {
        double probability = Probability(set, draws);
        if (probability < 0.5) return 1 - probability;
        if (set.Count == 1) return 0;

        // With fewer samples left out than two classes have, no two classes can be missed at once.
        double union = set.Groups.Sum(size => Math.Exp(Collision.LogAvoid(set.Total, (int)size, draws, set.Groups.Stop)));
        bool onlyOne = draws >= set.Total - set.Groups.Sizes[0];
        return union < Negligible || onlyOne ? union : CoverageContour.MissProbability<BinomialCounts>(set.Groups, draws);
    }

    /// <summary>The mean number of independent draws until all classes are covered: <c>C·H_C</c> for uniform classes, otherwise
    /// <c>∫₀^∞ 1 − Π(1 − e^(−ρ_c u)) du</c>; +∞ if a class is impossible.</summary>
    /// <param name="classes">The distribution of a draw.</param>
    /// <remarks>The integral in x = ln u by the trapezoid, whose error falls geometrically with the number of points for this analytic
    /// integrand; the step is halved until two results agree to 1e-13. Every term is positive. Source: Flajolet, Gardy and Thimonier 1992,
    /// <i>Birthday paradox, coupon collectors, caching algorithms and self-organizing search</i>, theorem 4.1.</remarks>
    public static double ExpectedDraws(ClassDistribution classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.HasImpossibleClass) return double.PositiveInfinity;
        if (classes.IsUniform) return classes.Count * Elementary.Harmonic(classes.Count);

        // Left of the range the integral is below e^−40 of the result (which is at least 1/smallest), right of it the integrand is below e^−45.
        SizeGroups groups = classes.Groups;
        double smallest = groups.Sizes[0], left = -Math.Log(smallest) - 40, right = Math.Log((Math.Log(classes.Count) + 45) / smallest);
        return CoverTime(groups, 0, left, right);
    }

    /// <summary>The mean number of draws without replacement until all classes are covered; +∞ if a class is empty.</summary>
    /// <param name="set">The class counts m_c of the finite set of N samples.</param>
    /// <remarks>Every sample gets a uniform time of its own; the time at which all classes are covered exceeds t with probability
    /// <c>1 − Π(1 − (1 − t)^m_c)</c>, and n samples have come by t with a binomial probability whose integral over t is 1/(N + 1) for each n.
    /// So the mean is <c>(N + 1) ∫₀¹ 1 − Π(1 − (1 − t)^m_c) dt</c>; with <c>1 − t = e^(−u)</c> it is the integral of
    /// <see cref="ExpectedDraws(ClassDistribution)"/> damped by e^(−u).</remarks>
    public static double ExpectedDraws(ClassCounts set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.HasEmptyClass) return double.PositiveInfinity;

        // The result is at least 1/(N + 1) of the factor, and the smallest class has one sample or more.
        double samples = set.Total + 1.0, left = -Math.Log(samples) - 40, right = Math.Log((Math.Log(set.Count) + 45) / set.Groups.Sizes[0]);
        return samples * CoverTime(set.Groups, 1, left, right);
    }

    /// <summary><c>∫₀^∞ e^(−d u) (1 − Π(1 − e^(−s u))) du</c> over the sizes s, in x = ln u.</summary>
    private static double CoverTime(SizeGroups groups, double damping, double left, double right)
    {
        double Integrand(double x)
        {
            groups.Stop.ThrowIfCancellationRequested();
            double u = Math.Exp(x), logAll = 0;
            for (int i = 0; i < groups.Sizes.Length && !double.IsNegativeInfinity(logAll); i++)
                logAll += groups.Multiplicities[i] * Elementary.LogOneMinusExp(groups.Sizes[i] * u);
            return -u * Math.Exp(-damping * u) * Elementary.ExpMinusOne(logAll);
        }

        int steps = 256;
        double width = right - left, sum = (Integrand(left) + Integrand(right)) / 2;
        for (int i = 1; i < steps; i++) sum += Integrand(left + (width * i / steps));
        double result = sum * width / steps;
        for (; steps < 1 << 15; steps *= 2)
        {
            for (int i = 0; i < steps; i++) sum += Integrand(left + (width * (i + 0.5) / steps));
            double refined = sum * width / (2 * steps), change = Math.Abs(refined - result);
            result = refined;
            if (change <= 1e-13 * result) break;
        }

        return result;
    }

    private static bool HasRecursion(ClassDistribution classes, int draws)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return classes.IsUniform && draws >= classes.Count && (long)classes.Count * draws <= OccupancyRecursion.LargestWork;
    }

    private static double LogFactorial(int n) => Elementary.StirlingError(n) + (0.5 * Math.Log(2 * Math.PI * n)) + (n * Math.Log(n)) - n;
}
