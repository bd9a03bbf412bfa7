using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The terms of the bounds, as means over all samples of all batches.</summary>
/// <remarks>Terms with an event in them are already multiplied by its probability: sums over the event's samples, divided by all samples.</remarks>
internal sealed record BoundMeasurement
{
    /// <summary>ρ, the classes that the batches are drawn from.</summary>
    public required ClassDistribution Classes { get; init; }

    /// <summary>K: the batch less the anchor.</summary>
    public required int Negatives { get; init; }

    /// <summary>t.</summary>
    public required double Temperature { get; init; }

    /// <summary><c>upsilon</c>: batches that hold all C classes.</summary>
    public required Proportion Upsilon { get; init; }

    /// <summary><c>curl_tau</c>: samples whose class occurs twice or more in their batch.</summary>
    public required Proportion CurlTau { get; init; }

    /// <summary><c>SimCLR_loss</c>: L_info, anchors in view 0, the positive and K negatives in view 1.</summary>
    public required double ContrastiveLoss { get; init; }

    /// <summary><c>Original_SimCLR_loss</c>: NT-Xent (Chen et al. 2020, arXiv:2002.05709, eq. 1), 2K negatives, mean over both directions.</summary>
    public required double OriginalContrastiveLoss { get; init; }

    /// <summary><c>sup_loss</c>: l(z, c; [C]) in batches that cover all classes.</summary>
    public required double SupervisedLoss { get; init; }

    /// <summary><c>partial_sup_loss</c>: l(z, c; S_b) in batches that do not.</summary>
    public required double PartialSupervisedLoss { get; init; }

    /// <summary><c>conflict_term</c>: ln(Col + 1), Col the other samples of the anchor's class in its batch.</summary>
    public required double ConflictTerm { get; init; }

    /// <summary><c>curl_sup_loss</c>: l(z, c; [C]) of samples alone of their class, in batches that cover all classes.</summary>
    public required double CurlSupervisedLoss { get; init; }

    /// <summary><c>curl_partial_sup_loss</c>: l(z, c; S_b) of samples alone of their class, in all batches; it contains curl_sup_loss.</summary>
    public required double CurlPartialSupervisedLoss { get; init; }

    /// <summary><c>assumption_value</c>: d, the mean of min(0, z·(μ_c − f̄(x))/t), at most 0.</summary>
    public required double AssumptionValue { get; init; }

    /// <summary><c>linear_assumption_value</c>: the same mean without the minimum, d_lin = −tr Cov(f̄ | c)/t in expectation.</summary>
    public required double LinearAssumptionValue { get; init; }

    /// <summary><c>centroid_accuracy</c>: proportion of samples whose two views' mean is nearest, by dot product, to its own class mean.</summary>
    public required double CentroidAccuracy { get; init; }

    /// <summary><c>jensen_loss</c>: J = ln Σ_(batch) exp(z·μ/t) − z·μ_c/t, the classes with multiplicity; L_info − d ≥ J ≥ both lower bounds.</summary>
    public required double JensenLoss { get; init; }

    /// <summary><c>mean_classifier_loss</c>: L_sup, l(z, c; [C]) of all samples.</summary>
    public required double MeanClassifierLoss { get; init; }

    /// <summary><c>collision_loss</c>: ln(1 + Σ exp(z·(z_k − z⁺)/t)) over the negatives of the anchor's class.</summary>
    public required double CollisionLoss { get; init; }

    /// <summary>max_c ‖μ_c‖.</summary>
    public required double LargestMeanNorm { get; init; }

    /// <summary><c>ln Σ_c e^(r_c/t) − Σ_c ρ_c r_c²/t</c> with the measured norms r_c = ‖μ_c‖; see <see cref="SupervisedCeiling"/>.</summary>
    public required double NormCeiling { get; init; }

    /// <summary><c>bound</c>: <c>½(sup_loss + partial_sup_loss + conflict_term)</c>, the coupon-collector lower bound of L_info without d.
    /// Source: Nozawa and Sato 2021, <c>eq:proposed-bound</c>. Proved: J's integrand is at least each of l(z, c; S_b) and ln(Col + 1).</summary>
    public double Bound => 0.5 * (SupervisedLoss + PartialSupervisedLoss + ConflictTerm);

    /// <summary><c>curl_bound</c>: <c>curl_partial_sup_loss + conflict_term</c>, the CURL-type lower bound of L_info without d. Source: Nozawa and
    /// Sato 2021, <c>eq:decompose-sup</c>, after Arora et al. 2019. Proved: J without repeats where Col = 0, without the rest where Col &gt; 0.</summary>
    public double CurlBound => CurlPartialSupervisedLoss + ConflictTerm;

    /// <summary>The inputs of the upper bounds of the supervised loss.</summary>
    public BoundTerms Terms() => new()
    {
        Classes = Classes,
        Negatives = Negatives,
        Temperature = Temperature,
        ContrastiveLoss = ContrastiveLoss,
        CollisionTerm = ConflictTerm,
        PartialLoss = PartialSupervisedLoss,
        CurlPartialLoss = CurlPartialSupervisedLoss - CurlSupervisedLoss,
        Assumption = AssumptionValue,
        LinearAssumption = LinearAssumptionValue,
        LargestMeanNorm = Math.Min(1, LargestMeanNorm), // a mean of unit vectors: more is rounding
    };

    /// <summary>All quantities, in the order of <see cref="QuantityName.All"/>.</summary>
    public IEnumerable<KeyValuePair<QuantityName, double>> Named() => QuantityName.All.Select(name => KeyValuePair.Create(name, name.Of(this)));
}
