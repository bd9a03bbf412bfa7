namespace NegSamples.Theory.Coverage;

/// <summary>Collisions: negatives of the anchor's own class. <c>Col</c> is their number among K negatives.</summary>
/// <remarks>Sums of positive terms only. The chance τ of at least one and the mean of ln(Col + 1) are the terms that the CURL bound (Arora et al.
/// 2019) and the coupon-collector bound (Nozawa and Sato 2021, arXiv:2102.06866) share.</remarks>
public static class Collision
{
    /// <summary><c>τ_K = P(Col &gt; 0) = 1 − Σ_c ρ_c (1 − ρ_c)^K</c>, draws independent.</summary>
    /// <param name="classes">The class distribution ρ of anchor and negatives.</param>
    /// <param name="negatives">K, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is negative.</exception>
    public static double Probability(ClassDistribution classes, int negatives) =>
        Mean(classes, negatives, rho => -Elementary.ExpMinusOne(LogAvoid(rho, negatives)));

    /// <summary><c>1 − τ_K = Σ_c ρ_c (1 − ρ_c)^K</c>: the anchor is the only one of its class. Not a difference, so it is precise where τ
    /// is near 1.</summary>
    /// <param name="classes">The class distribution ρ of anchor and negatives.</param>
    /// <param name="negatives">K, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is negative.</exception>
    public static double UniqueProbability(ClassDistribution classes, int negatives) =>
        Mean(classes, negatives, rho => Math.Exp(LogAvoid(rho, negatives)));

    /// <summary><c>E ln(Col + 1)</c>, Col binomial(K, ρ_c) given the anchor's class c: the conflict term.</summary>
    /// <param name="classes">The class distribution ρ of anchor and negatives.</param>
    /// <param name="negatives">K, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is negative.</exception>
    public static double ExpectedLog(ClassDistribution classes, int negatives) =>
        Mean(classes, negatives, rho => BinomialMean(negatives, rho, static count => Elementary.LogOnePlus(count)));

    /// <summary>τ when anchor and negatives are a batch of K + 1 drawn without replacement:
    /// <c>1 − τ = Σ_c (m_c/N) binom(N − m_c, K)/binom(N − 1, K)</c>.</summary>
    /// <param name="set">The class counts m_c of the finite set of N samples.</param>
    /// <param name="negatives">K, 0 to N − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is negative or above N − 1.</exception>
    public static double Probability(ClassCounts set, int negatives) =>
        Mean(set, negatives, count => -Elementary.ExpMinusOne(LogAvoid(set.Total - 1, (int)count - 1, negatives, set.Groups.Stop)));

    /// <summary>1 − τ when anchor and negatives are a batch of K + 1 drawn without replacement.</summary>
    /// <param name="set">The class counts of the finite set of N samples.</param>
    /// <param name="negatives">K, 0 to N − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is negative or above N − 1.</exception>
    public static double UniqueProbability(ClassCounts set, int negatives) =>
        Mean(set, negatives, count => Math.Exp(LogAvoid(set.Total - 1, (int)count - 1, negatives, set.Groups.Stop)));

    /// <summary><c>E ln(Col + 1)</c> when anchor and negatives are a batch of K + 1 drawn without replacement: Col is hypergeometric, K of
    /// N − 1 samples, m_c − 1 of them of the anchor's class.</summary>
    /// <param name="set">The class counts m_c of the finite set of N samples.</param>
    /// <param name="negatives">K, 0 to N − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is negative or above N − 1.</exception>
    public static double ExpectedLog(ClassCounts set, int negatives) =>
        Mean(set, negatives, count => HypergeometricMean(set.Total - 1, (int)count - 1, negatives, static same => Elementary.LogOnePlus(same)));

    /// <summary>E f(Y), Y binomial, from the mode outwards by the ratio of neighbouring masses.</summary>
    internal static double BinomialMean(int trials, double probability, Func<double, double> value)
    {
        if (probability >= 1) return value(trials);
        double odds = probability / (1 - probability);
        int mode = (int)Math.Min(trials, Math.Floor((trials + 1.0) * probability));
        return MeanFromMode(mode, 0, trials, count => (trials - count) * odds / (count + 1.0), value);
    }

    private static double HypergeometricMean(int population, int marked, int draws, Func<double, double> value)
    {
        int lowest = Math.Max(0, draws - (population - marked)), highest = Math.Min(draws, marked);
        int mode = (int)Math.Clamp(Math.Floor((draws + 1.0) * (marked + 1.0) / (population + 2.0)), lowest, highest);
        return MeanFromMode(
            mode, lowest, highest, count => ((double)marked - count) * (draws - count) / ((count + 1.0) * (population - marked - draws + count + 1.0)), value);
    }

    /// <summary>E f(Y) of a unimodal law on lowest..highest; ratio(y) is P(y + 1)/P(y).</summary>
    private static double MeanFromMode(int mode, int lowest, int highest, Func<int, double> ratio, Func<double, double> value)
    {
        const double Negligible = 1e-25;
        double total = 1, sum = value(mode), mass = 1;
        for (int count = mode; count < highest && mass > Negligible; count++)
        {
            mass *= ratio(count);
            total += mass;
            sum += mass * value(count + 1);
        }

        mass = 1;
        for (int count = mode - 1; count >= lowest && mass > Negligible; count--)
        {
            mass /= ratio(count);
            total += mass;
            sum += mass * value(count);
        }

        return sum / total;
    }

    private static double Mean(ClassDistribution classes, int negatives, Func<double, double> value)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfNegative(negatives);
        return classes.Groups.Sum(rho => rho * value(rho));
    }

    private static double Mean(ClassCounts set, int negatives, Func<double, double> value)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfNegative(negatives);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(negatives, set.Total - 1);
        return set.Groups.Sum(count => count / set.Total * value(count));
    }

    /// <summary>ln (1 − ρ)^n: n independent draws avoid a class.</summary>
    internal static double LogAvoid(double rho, int draws) => draws == 0 ? 0 : draws * Elementary.LogOnePlus(-rho);

    /// <summary>ln binom(N − m, n)/binom(N, n): n draws without replacement avoid m marked samples of N. By the shorter of its two products.</summary>
    internal static double LogAvoid(int population, int marked, int draws, CancellationToken stop = default)
    {
        if (draws > population - marked) return double.NegativeInfinity;
        int factors = Math.Min(marked, draws), removed = Math.Max(marked, draws);
        double log = 0;
        for (int i = 0; i < factors; i++)
        {
            stop.ThrowIfCancellationRequested();
            log += Elementary.LogOnePlus(-removed / ((double)population - i));
        }

        return log;
    }
}
