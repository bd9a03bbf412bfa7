using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The bounds of Bao, Nagano and Nozawa 2022 (arXiv:2110.02501): the supervised and the contrastive loss differ by a constant at most, for
/// any K, with no probability that divides.</summary>
public static class BaoBound
{
    /// <summary><c>L_sup ≤ L_info − d_lin + ln(min(ρ_max C², 1/ρ_min) cosh²(b)/K)</c> with b = 1/t; uniform classes have C in the place of the minimum.</summary>
    /// <param name="terms">Independent draws; unit embeddings, so similarities lie within ±1/t.</param>
    /// <remarks>Proved: drop the positive from L_info's sum and use Jensen below for the K negatives; above,
    /// <c>ln mean e^u ≤ mean u + 2 ln cosh b</c> for |u| ≤ b (Kantorovich), with either <c>E_ρ e^(−u) ≤ ρ_max C mean_s e^(−u)</c> or
    /// <c>Σ_s e^u ≤ E_ρ e^u/ρ_min</c>. The positive enters linearly, hence d_lin, not d. The authors restrict positives to the anchor's class; the form with
    /// temperature and augmentation positives is this project's.</remarks>
    public static BoundValue Value(BoundTerms terms) => Value(terms, 1);

    /// <summary>The same with b = max_c ‖μ_c‖/t, the largest that a similarity to a class mean can be: smaller, and measured with labels.</summary>
    /// <param name="terms">Independent draws; unit embeddings.</param>
    public static BoundValue ValueOfNorms(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return Value(terms, terms.LargestMeanNorm);
    }

    private static BoundValue Value(BoundTerms terms, double norm)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        ClassDistribution classes = terms.Classes;
        if (classes.HasImpossibleClass) return BoundValue.Vacuous("a class has no samples");
        double similarity = norm / terms.Temperature, gap = UpperGap(classes, terms.Negatives, similarity);
        if (!classes.IsUniform) gap = Math.Min(gap, (2 * LogCosh(similarity)) - Math.Log(classes.Groups.Sizes[0] * terms.Negatives));
        return BoundValue.OfLoss(terms.ContrastiveLoss - terms.LinearAssumption + gap, 0, "");
    }

    /// <summary>Quoted: <c>R_supv ≤ R_cont + ln(π_max C² cosh²(b²)/K)</c>, positives from the anchor's class; proved here for uniform
    /// classes.</summary>
    /// <param name="classes">π.</param>
    /// <param name="negatives">K, at least 1.</param>
    /// <param name="similarity">b²: the largest absolute similarity, 1/t for unit embeddings.</param>
    /// <returns>What is added to R_cont.</returns>
    public static double UpperGap(ClassDistribution classes, int negatives, double similarity)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, 1);
        return Math.Log(classes.Groups.Sizes[^1] * classes.Count * classes.Count / negatives) + (2 * LogCosh(similarity));
    }

    /// <summary>Quoted: <c>R_supv ≥ R_cont + H(π) + ln K − 2 ln(K + 1) − 2 ln cosh(b²)</c>, positives from the anchor's class. Not proved with
    /// temperature or augmentation positives; the authors' figures use b = 1.</summary>
    /// <param name="classes">π.</param>
    /// <param name="negatives">K, at least 1.</param>
    /// <param name="similarity">b².</param>
    /// <returns>What is added to R_cont.</returns>
    public static double LowerGap(ClassDistribution classes, int negatives, double similarity)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, 1);
        double entropy = -classes.Groups.Sum(rho => rho * Math.Log(rho));
        return entropy + Math.Log(negatives) - (2 * Math.Log(negatives + 1.0)) - (2 * LogCosh(similarity));
    }

    private static double LogCosh(double x) => Math.Abs(x) + Elementary.LogOnePlus(Math.Exp(-2 * Math.Abs(x))) - Math.Log(2);
}
