using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The collision-coverage trade-off of Ash, Goel, Krishnamurthy and Misra 2022 (arXiv:2106.09943), with −d for augmentation positives.</summary>
public static class AshBound
{
    /// <summary>Quoted, for uniform classes: <c>L_sup ≤ 2 max{1, 2(C − 1)H_(C−1)/K} (1 − 1/C)^(−K) {L_info − E ln(Col + 1) − d}</c>.</summary>
    /// <param name="terms">Independent draws.</param>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return Value(terms, ClassDistribution.Uniform(terms.ClassCount), static blocks => Math.Max(1, blocks));
    }

    /// <summary>Proved: <c>L_sup ≤ max_c 2⌈2 T_c/K⌉ (1 − ρ_c)^(−K) {L_info − E ln(Col + 1) − d}</c>, T_c the mean number of draws that cover the classes other
    /// than c; uniform classes have T = (C − 1)H_(C−1). That many blocks without collision (see <see cref="BlockBound"/>) cover the other classes with
    /// probability ½ at least, by Markov's inequality.</summary>
    /// <param name="terms">Independent draws.</param>
    public static BoundValue CeilingValue(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return Value(terms, terms.Classes, static blocks => Math.Max(1, Math.Ceiling(blocks)));
    }

    private static BoundValue Value(BoundTerms terms, ClassDistribution classes, Func<double, double> rounding)
    {
        terms.Check();
        if (classes.Count == 1) return BoundValue.Vacuous("there is one class only, so every negative collides");
        if (classes.HasImpossibleClass) return BoundValue.Vacuous("a class has no samples");
        double logCost = classes.Groups.Sizes.Max(rho =>
            Math.Log(2 * rounding(2 * CouponCollector.ExpectedDraws(classes.Without(rho)) / terms.Negatives)) - Collision.LogAvoid(rho, terms.Negatives));
        return BoundValue.OfLoss(terms.Single, -logCost, "no negative avoids the anchor's class");
    }
}
