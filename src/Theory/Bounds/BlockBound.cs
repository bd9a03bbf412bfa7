using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>Bounds from joining m independent blocks of K negatives of the same anchor: they need no single batch that covers all classes.</summary>
/// <remarks>Proved: l is subadditive in the class set, <c>l(z, c; S ∪ S′) ≤ l(z, c; S) + l(z, c; S′)</c>, so the loss over the union of m blocks is at
/// most m times the mean loss over one; the union covers with the probability of mK negatives.</remarks>
public static class BlockBound
{
    /// <summary><c>L_sup ≤ min_m m/υ_(mK+1) · {2 L_info − E ln(Col + 1) − 2 d}</c>; m = 1 is the coupon-collector bound without its partial
    /// loss.</summary>
    /// <param name="terms">Uniform classes and independent draws.</param>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        int blocks = Blocks(terms.ClassCount, terms.Negatives);
        return BoundValue.Quotient(terms.Doubled, -LogCoefficient(terms.ClassCount, terms.Negatives, blocks), "no number of blocks covers all classes");
    }

    /// <summary><c>L_sup ≤ min_m m/{(1 − 1/C)^K υ_(C−1)(mK)} · {L_info − E ln(Col + 1) − d}</c>: the same with CURL's term, where each block
    /// avoids the anchor's class.</summary>
    /// <param name="terms">Uniform classes and independent draws.</param>
    public static BoundValue CurlValue(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        if (terms.ClassCount == 1) return BoundValue.Vacuous("there is one class only, so every negative collides");
        int negatives = terms.Negatives;
        ClassDistribution others = ClassDistribution.Uniform(terms.ClassCount - 1);
        double LogCost(int blocks) => Math.Log(blocks) - CouponCollector.LogProbability(others, blocks * negatives);
        int best = FewestCost((terms.ClassCount - 2 + negatives) / negatives, LogCost);
        double logUnique = negatives * Elementary.LogOnePlus(-1.0 / terms.ClassCount);
        return BoundValue.Quotient(terms.Single, logUnique - LogCost(best), "no number of blocks covers all classes");
    }

    /// <summary>The number m of blocks that makes m/υ_(mK+1) smallest.</summary>
    /// <param name="classes">C, at least 1.</param>
    /// <param name="negatives">K, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static int Blocks(int classes, int negatives)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, 1);
        return FewestCost(Math.Max(1, (classes - 2 + negatives) / negatives), blocks => LogCoefficient(classes, negatives, blocks));
    }

    /// <summary>ln(m/υ_(mK+1)).</summary>
    /// <param name="classes">C, at least 1.</param>
    /// <param name="negatives">K, at least 1.</param>
    /// <param name="blocks">m, at least 1.</param>
    public static double LogCoefficient(int classes, int negatives, int blocks) =>
        Math.Log(blocks) - CouponCollector.LogProbability(ClassDistribution.Uniform(classes), (blocks * negatives) + 1);

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
