using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The bounds of Bao, Nagano and Nozawa 2022 (arXiv:2110.02501): the supervised and the contrastive loss differ by a constant at most, for
/// any K, with no probability that divides.</summary>
public static class BaoBound
{
    /// <summary><c>L_sup ≤ L_info − d_lin + ln(C cosh²(1/t)/K)</c>.</summary>
    /// <param name="terms">Uniform classes and independent draws; unit embeddings, so similarities lie within ±1/t.</param>
    /// <remarks>Proved: drop the positive from L_info's sum and use Jensen below for the K negatives; above,
    /// <c>ln mean e^u ≤ mean u + 2 ln cosh B</c> for |u| ≤ B (Kantorovich). The positive enters linearly, hence d_lin, not d.</remarks>
    public static BoundValue Value(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        terms.Check();
        return BoundValue.Finite(
            terms.ContrastiveLoss - terms.LinearAssumption + UpperGap(ClassDistribution.Uniform(terms.ClassCount), terms.Negatives, 1 / terms.Temperature));
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
