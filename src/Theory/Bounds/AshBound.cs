using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The collision-coverage trade-off of Ash, Goel, Krishnamurthy and Misra 2022 (arXiv:2106.09943), uniform classes, with −d for augmentation
/// positives.</summary>
public static class AshBound
{
    /// <summary>Quoted: <c>L_sup ≤ 2 max{1, 2(C − 1)H_(C−1)/K} (1 − 1/C)^(−K) {L_info − E ln(Col + 1) − d}</c>.</summary>
    /// <param name="terms">Uniform classes and independent draws.</param>
    public static BoundValue Value(BoundTerms terms) => Value(terms, static blocks => Math.Max(1, blocks));

    /// <summary>Proved: the same with <c>⌈2(C − 1)H_(C−1)/K⌉</c> in place of the maximum. That many blocks without collision (see
    /// <see cref="BlockBound"/>) cover the other classes with probability ½ at least, by Markov's inequality on the mean number of draws.</summary>
    /// <param name="terms">Uniform classes and independent draws.</param>
    public static BoundValue CeilingValue(BoundTerms terms) => Value(terms, static blocks => Math.Max(1, Math.Ceiling(blocks)));

    private static BoundValue Value(BoundTerms terms, Func<double, double> rounding)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        int others = terms.ClassCount - 1;
        if (others == 0) return BoundValue.Vacuous("there is one class only, so every negative collides");
        double blocks = rounding(2.0 * others * Elementary.Harmonic(others) / terms.Negatives);
        double logUnique = terms.Negatives * Elementary.LogOnePlus(-1.0 / terms.ClassCount);
        return BoundValue.Quotient(2 * blocks * terms.Single, logUnique, "no negative avoids the anchor's class");
    }
}
