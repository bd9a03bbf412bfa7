using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>CURL's bounds of the supervised loss (Arora et al. 2019, arXiv:1902.09229), with augmentation positives.</summary>
public static class CurlBound
{
    private const string NeverUnique = "K negatives cannot avoid the anchor's class and cover all others";

    /// <summary><c>L_sup ≤ {L_info − E[1{Col = 0, not cover} l(z, c; S_b)] − E ln(Col + 1) − d}/min_c (1 − ρ_c)^K υ_([C]∖c)(K)</c>: the K negatives
    /// avoid the anchor's class and cover the C − 1 others. Uniform classes divide by (1 − τ_K) υ_(C−1)(K).</summary>
    /// <param name="terms">Independent draws.</param>
    /// <remarks>Proved: <c>L_info ≥ J + d</c>; J's integrand is at least l(z, c; S_b) where Col = 0 and ln(Col + 1) where Col &gt; 0
    /// (Nozawa and Sato 2021, <c>eq:decompose-sup</c>).</remarks>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        return BoundValue.OfLoss(terms.Single - terms.CurlPartialLoss, AnchoredCoverage.LeastLogUniqueProbability(terms.Classes, terms.Negatives, terms.Negatives), NeverUnique);
    }

    /// <summary>Quoted: <c>L_sup ≤ {L_info − E ln(Col + 1) − d}/{(1 − τ_K) υ_C(K + 1)}</c>, as Bao, Nagano and Nozawa 2022 (arXiv:2110.02501,
    /// script compare_upper_bound.py) draw it.</summary>
    /// <param name="terms">Uniform classes and independent draws.</param>
    /// <remarks>The derivation gives the constant of <see cref="Value"/>; where covering is likely the two differ little.</remarks>
    public static BoundValue AsDrawnByBao(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        ClassDistribution classes = ClassDistribution.Uniform(terms.ClassCount); // as they draw it, whatever the classes are
        double log = Math.Log(Collision.UniqueProbability(classes, terms.Negatives)) + CouponCollector.LogProbability(classes, terms.Negatives + 1);
        return BoundValue.OfLoss(terms.Single, log, NeverUnique);
    }

    /// <summary>paper-as-published: the numerator of <see cref="Value"/> over the measured 1 − τ alone. It bounds υ_(C−1)(K)·L_sup, not
    /// L_sup: at few negatives it is not comparable with the other bounds.</summary>
    /// <param name="terms">Measured terms.</param>
    /// <param name="tau">Proportion of samples whose class occurs twice or more in their batch.</param>
    /// <remarks>1 − τ is a quotient of counts. The published code adds proportions in floating point, ends at 1 − 2⁻⁵³ and divides by 2⁻⁵³.</remarks>
    public static BoundValue AsPublished(BoundTerms terms, Proportion tau)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        double logUnique = Math.Log((double)(tau.Draws - tau.Successes) / tau.Draws);
        return BoundValue.Quotient(terms.Single - terms.CurlPartialLoss, logUnique, $"none of {Counted.Of(tau.Draws, "sample")} was alone of its class in its batch");
    }
}
