using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>Bounds from joining m independent blocks of K negatives of the same anchor: they need no single batch that covers all classes.</summary>
/// <remarks>Proved: l is subadditive in the class set, <c>l(z, c; S ∪ S′) ≤ l(z, c; S) + l(z, c; S′)</c>, so the loss over the union of m blocks is at
/// most m times the mean loss over one; the union covers with the probability of mK negatives.</remarks>
public static class BlockBound
{
    private const string NeverCovered = "no number of blocks covers all classes";

    /// <summary><c>L_sup ≤ min_m m/min_c q_c(mK) · {2 L_info − E ln(Col + 1) − 2 d}</c>; m = 1 is the coupon-collector bound without its partial
    /// loss. Uniform classes divide by υ_(mK+1).</summary>
    /// <param name="terms">Independent draws.</param>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        if (terms.Classes.HasImpossibleClass) return BoundValue.Vacuous(NeverCovered);
        int blocks = Blocks(terms.Classes, terms.Negatives);
        return BoundValue.OfLoss(terms.Doubled, -LogCoefficient(terms.Classes, terms.Negatives, blocks), NeverCovered);
    }

    /// <summary><c>L_sup ≤ min_m m/min_c {(1 − ρ_c)^K υ_([C]∖c)(mK)} · {L_info − E ln(Col + 1) − d}</c>: the same with CURL's term, where each block
    /// avoids the anchor's class.</summary>
    /// <param name="terms">Independent draws.</param>
    public static BoundValue CurlValue(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        if (terms.ClassCount == 1) return BoundValue.Vacuous("there is one class only, so every negative collides");
        if (terms.Classes.HasImpossibleClass) return BoundValue.Vacuous(NeverCovered);
        int negatives = terms.Negatives;
        double LogCost(int blocks) => (long)blocks * negatives >= int.MaxValue ? double.PositiveInfinity
            : Math.Log(blocks) - AnchoredCoverage.LeastLogUniqueProbability(terms.Classes, negatives, blocks * negatives);
        int best = FewestCost((terms.ClassCount - 2 + negatives) / negatives, LogCost);
        return BoundValue.OfLoss(terms.Single, -LogCost(best), NeverCovered);
    }

    /// <summary>The number m of blocks that makes m/min_c q_c(mK) smallest.</summary>
    /// <param name="classes">ρ, without impossible classes.</param>
    /// <param name="negatives">K, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is below 1.</exception>
    public static int Blocks(ClassDistribution classes, int negatives)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, 1);
        return FewestCost(Math.Max(1, (classes.Count - 2 + negatives) / negatives), blocks => LogCoefficient(classes, negatives, blocks));
    }

    /// <summary>ln(m/min_c q_c(mK)); for uniform classes ln(m/υ_(mK+1)).</summary>
    /// <param name="classes">ρ.</param>
    /// <param name="negatives">K, at least 1.</param>
    /// <param name="blocks">m, at least 1.</param>
    public static double LogCoefficient(ClassDistribution classes, int negatives, int blocks) =>
        (long)blocks * negatives >= int.MaxValue ? double.PositiveInfinity : Math.Log(blocks) - AnchoredCoverage.LeastLogProbability(classes, blocks * negatives);

    /// <summary>The first m from which one block more does not pay. ln υ is concave in the draws, so its gain falls with m, in the end
    /// exponentially, while the price ln((m + 1)/m) falls as 1/m only: they cross once.</summary>
    private static int FewestCost(int lowest, Func<int, double> logCost)
    {
        bool Pays(int blocks) => logCost(blocks + 1) < logCost(blocks);
        if (!Pays(lowest)) return lowest;
        int low = lowest, high = lowest * 2;
        while (Pays(high)) (low, high) = (high, high * 2);
        while (high - low > 1)
        {
            int middle = low + ((high - low) / 2);
            if (Pays(middle)) low = middle;
            else high = middle;
        }

        return high;
    }
}
