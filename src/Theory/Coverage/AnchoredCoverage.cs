namespace NegSamples.Theory.Coverage;

/// <summary>Whether the K negatives of an anchor of class c hold all other classes. With unequal classes the answer depends on c.</summary>
/// <remarks>Given c, the negatives are drawn independently of the anchor, so what they cover is independent of its loss: a bound divides by the least of these
/// probabilities over the classes, and is then true for every one of them.</remarks>
public static class AnchoredCoverage
{
    /// <summary>
    /// ln of the least <c>q_c = P(K draws hold every class but perhaps c)</c> over the classes c; −∞ if some class makes it impossible. Uniform classes have
    /// <c>q_c = υ_(K+1)</c> for each.
    /// </summary>
    /// <param name="classes">ρ.</param>
    /// <param name="negatives">K, at least 0.</param>
    /// <remarks><c>q_c = υ_[C](K) + (1 − ρ_c)^K υ_([C]∖c)(K)</c>: with c or without, a sum of positive terms.</remarks>
    public static double LeastLogProbability(ClassDistribution classes, int negatives)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.IsUniform) return CouponCollector.LogProbability(classes, negatives + 1);
        if (classes.HasImpossibleClass) return double.NegativeInfinity;
        double all = CouponCollector.LogProbability(classes, negatives);
        return classes.Groups.Sizes.Min(rho => Elementary.LogSumExp([all, LogAvoiding(classes, rho, negatives, negatives)]));
    }

    /// <summary>
    /// ln of the least <c>(1 − ρ_c)^K υ_([C]∖c)(n)</c> over the classes c: K draws avoid c, and n draws that do hold all the others. −∞ if some class makes
    /// it impossible.
    /// </summary>
    /// <param name="classes">ρ.</param>
    /// <param name="negatives">K, at least 0.</param>
    /// <param name="draws">n, at least 0; K for one batch.</param>
    public static double LeastLogUniqueProbability(ClassDistribution classes, int negatives, int draws)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count == 1 || classes.HasImpossibleClass) return double.NegativeInfinity;
        return classes.Groups.Sizes.Min(rho => LogAvoiding(classes, rho, negatives, draws));
    }

    private static double LogAvoiding(ClassDistribution classes, double rho, int negatives, int draws) =>
        Collision.LogAvoid(rho, negatives) + CouponCollector.LogProbability(classes.Without(rho), draws);
}
