namespace NegSamples.Kernels;

/// <summary>Debiased contrastive loss: <c>L = ln(e^{s⁺} + n·g) − s⁺</c>, <c>g = max(((1/n)·Σ e^{s} − τ⁺·e^{s⁺})/(1 − τ⁺), e^{−1/T})</c>.</summary>
/// <remarks>
/// A negative drawn at random is of the anchor's own class with probability τ⁺; g is the mean exponential of true negatives with that share taken off.
/// n is the number of the row's negatives: 2N − 2 for two views of N samples, K for a queue; the paper's N, with M = 1 positive, which is the row's own.
/// The floor is the least that an exponential of unit rows can be; where g stands on it, g has no gradient. τ⁺ = 0 takes nothing off, needs no floor and is
/// InfoNCE. A row without negatives has the loss and gradient 0. Source: Chuang et al. 2020, arXiv:2007.00224, eqs. 7 and 8.
/// </remarks>
public sealed record Debiased : RowLoss
{
    /// <summary>The loss for one share of the anchor's class.</summary>
    /// <param name="positivePrior">τ⁺, 0 to below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public Debiased(double positivePrior) => PositivePrior = CheckPrior(positivePrior);

    /// <summary>τ⁺: the probability that a negative is of the anchor's class.</summary>
    public double PositivePrior { get; }

    /// <inheritdoc/>
    public override RowResult Of(in RowSums row) => Of<HostMath>(row, PositivePrior);

    /// <summary>The formula with the functions of a device.</summary>
    internal static RowResult Of<TMath>(in RowSums row, double positivePrior)
        where TMath : IRowMath
    {
        RowResult byMean = OfMean<TMath>(row, positivePrior, row.Sum / row.Negatives);
        return row.Negatives == 0 ? byMean : byMean with { BySum = byMean.BySum / row.Negatives };
    }

    /// <summary>Refuses what is no share.</summary>
    internal static double CheckPrior(double positivePrior) => positivePrior is >= 0 and < 1 ? positivePrior
        : throw new ArgumentOutOfRangeException(
            nameof(positivePrior), FormattableString.Invariant($"positivePrior is {positivePrior}; expected 0 to below 1."));

    /// <summary>
    /// The loss for any estimate <c>e^m·mean</c> of the mean exponential of the negatives, with <c>∂L/∂mean</c> in the place of <see cref="RowResult.BySum"/>.
    /// </summary>
    /// <remarks>
    /// With <c>x = ln(n·g) − s⁺</c> the loss is <c>ln(1 + e^x)</c>: logarithms of exponentials are kept, never the exponentials, so nothing overflows.
    /// </remarks>
    internal static RowResult OfMean<TMath>(in RowSums row, double positivePrior, double mean)
        where TMath : IRowMath
    {
        double lead = row.Positive - row.Maximum;
        if (row.Negatives == 0) return new RowResult(lead, row.Positive, 0, 0);

        // No share means no product: e^{lead} may be infinite.
        double rest = positivePrior == 0 ? mean : mean - (positivePrior * TMath.Exp(lead));
        double estimate = rest <= 0 ? double.NegativeInfinity : row.Maximum + TMath.Log(rest) - TMath.Log(1 - positivePrior), floor = -1 / row.Temperature;
        bool onFloor = positivePrior > 0 && estimate < floor; // false for NaN, which goes on into the loss
        double odds = TMath.Log(row.Negatives) + (onFloor ? floor : estimate) - row.Positive;
        double small = TMath.Exp(-Math.Abs(odds)), loss = Math.Max(odds, 0) + LogOfOnePlus<TMath>(small), share = (odds > 0 ? 1 : small) / (1 + small);
        return onFloor
            ? new RowResult(loss, row.Positive + loss, 0, -share)
            : new RowResult(loss, row.Positive + loss, share / rest, -share * mean / rest);
    }
}
