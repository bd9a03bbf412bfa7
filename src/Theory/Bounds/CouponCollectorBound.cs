using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The coupon-collector bound of the supervised loss (Nozawa and Sato 2021, arXiv:2102.06866, <c>eq:proposed-bound</c> solved for L_sup).</summary>
public static class CouponCollectorBound
{
    private const string NeverCovered = "K + 1 draws cannot cover all classes";

    /// <summary><c>L_sup ≤ {2 L_info − (1 − υ) L_sub − E ln(Col + 1) − 2 d}/υ_(K+1)</c>.</summary>
    /// <param name="terms">Uniform classes and independent draws: there P(cover | c) does not depend on c.</param>
    /// <remarks>Proved: by Jensen in the embeddings given the classes, <c>L_info ≥ J + d</c>; J's integrand is at least the mean of
    /// l(z, c; S_b) and ln(Col + 1); and E[1{cover} l] = υ L_sup.</remarks>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        double logUpsilon = CouponCollector.LogProbability(ClassDistribution.Uniform(terms.ClassCount), terms.Negatives + 1);
        return BoundValue.Quotient(terms.Doubled - terms.PartialLoss, logUpsilon, NeverCovered);
    }

    /// <summary>paper-as-published: <c>{2 L_info − ½ (1 − υ) L_sub − E ln(Col + 1) − 2 d}/υ</c> with the measured υ. The published notebook
    /// halves the partial loss when it reads it and subtracts the half: still an upper bound in expectation, but a looser one.</summary>
    /// <param name="terms">Measured terms.</param>
    /// <param name="upsilon">Proportion of batches that cover all classes.</param>
    public static BoundValue AsPublished(BoundTerms terms, Proportion upsilon)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        return BoundValue.Quotient(terms.Doubled - (terms.PartialLoss / 2), Math.Log(upsilon.Estimate), $"none of {upsilon.Draws} batches covered all classes");
    }
}
