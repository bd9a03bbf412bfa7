using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The coupon-collector bound of the supervised loss (Nozawa and Sato 2021, arXiv:2102.06866, <c>eq:proposed-bound</c> solved for L_sup).</summary>
public static class CouponCollectorBound
{
    private const string NeverCovered = "K + 1 draws cannot cover all classes";

    /// <summary><c>L_sup ≤ {2 L_info − (1 − υ) L_sub − E ln(Col + 1) − 2 d}/min_c q_c</c>, with q_c of <see cref="AnchoredCoverage"/>; uniform classes divide by
    /// υ_(K+1), as the paper does.</summary>
    /// <param name="terms">Independent draws.</param>
    /// <remarks>Proved: by Jensen in the embeddings given the classes, <c>L_info ≥ J + d</c>; J's integrand is at least the mean of
    /// l(z, c; S_b) and ln(Col + 1); and <c>E[1{cover} l] = Σ_c ρ_c q_c E_c l ≥ min_c q_c · L_sup</c>, for l ≥ 0 and what the negatives cover is independent
    /// of z given c.</remarks>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        return BoundValue.OfLoss(
            terms.Doubled - terms.PartialLoss, AnchoredCoverage.LeastLogProbability(terms.Classes, terms.Negatives), NeverCovered);
    }

    /// <summary>paper-as-published: <c>{2 L_info − ½ (1 − υ) L_sub − E ln(Col + 1) − 2 d}/υ</c> with the measured υ. The published notebook
    /// halves the partial loss when it reads it and subtracts the half: still an upper bound in expectation, but a looser one.</summary>
    /// <param name="terms">Measured terms.</param>
    /// <param name="upsilon">Proportion of batches that cover all classes.</param>
    public static BoundValue AsPublished(BoundTerms terms, Proportion upsilon)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        return BoundValue.Quotient(terms.Doubled - (terms.PartialLoss / 2), Math.Log(upsilon.Estimate), $"none of {Counted.Of(upsilon.Draws, "batch")} covered all classes");
    }
}
