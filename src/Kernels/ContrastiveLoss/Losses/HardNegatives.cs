namespace NegSamples.Kernels;

/// <summary>Debiased contrastive loss with hard negatives weighted up: the mean exponential becomes <c>Σ e^{(1+β)s} / Σ e^{βs}</c>.</summary>
/// <remarks>
/// <c>L = ln(e^{s⁺} + n·g) − s⁺</c>, <c>g = max((Σ e^{(1+β)s}/Σ e^{βs} − τ⁺·e^{s⁺})/(1 − τ⁺), e^{−1/T})</c>: negative j has the weight
/// <c>e^{βs_j}/((1/n)·Σ e^{βs})</c>, and the weights have a gradient too. n, the floor and a row without negatives are as in <see cref="Debiased"/>,
/// which is β = 0; with τ⁺ = 0 as well it is InfoNCE. Source: Robinson et al. 2021, arXiv:2010.04592, section 3,
/// with M = 1 positive.
/// </remarks>
public sealed record HardNegatives : RowLoss
{
    /// <summary>The loss for one share of the anchor's class and one hardness.</summary>
    /// <param name="positivePrior">τ⁺, 0 to below 1.</param>
    /// <param name="hardness">β, finite and at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is not.</exception>
    public HardNegatives(double positivePrior, double hardness)
    {
        PositivePrior = Debiased.CheckPrior(positivePrior);
        Hardness = hardness >= 0 && double.IsFinite(hardness) ? hardness
            : throw new ArgumentOutOfRangeException(
                nameof(hardness), FormattableString.Invariant($"hardness is {hardness}; expected a finite number of at least 0."));
    }

    /// <summary>τ⁺: the probability that a negative is of the anchor's class.</summary>
    public double PositivePrior { get; }

    /// <summary>β: the concentration of the weights on the negatives nearest to the anchor.</summary>
    public double Hardness { get; }

    /// <inheritdoc/>
    public override double Exponent => Hardness == 0 ? 1 : Hardness;

    /// <inheritdoc/>
    public override double Tilt => Hardness;

    /// <inheritdoc/>
    public override RowResult Of(in RowSums row) => Of<HostMath>(row, PositivePrior, Hardness);

    /// <summary>The formula with the functions of a device.</summary>
    internal static RowResult Of<TMath>(in RowSums row, double positivePrior, double hardness)
        where TMath : IRowMath
    {
        double divisor = hardness == 0 ? row.Negatives : row.Sum, mean = (hardness == 0 ? row.Sum : row.TiltedSum) / divisor;
        RowResult byMean = Debiased.OfMean<TMath>(row, positivePrior, mean);
        if (row.Negatives == 0) return byMean;
        double byDividend = byMean.BySum / divisor;
        return hardness == 0 ? byMean with { BySum = byDividend } : byMean with { BySum = -mean * byDividend, ByTiltedSum = byDividend };
    }
}
