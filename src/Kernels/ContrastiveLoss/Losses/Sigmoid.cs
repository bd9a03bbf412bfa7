namespace NegSamples.Kernels;

/// <summary>Sigmoid loss: <c>L = ln(1 + e^{−x⁺}) + Σ ln(1 + e^x)</c>, <c>x = q·k/T + b</c>, each pair by itself a yes or no.</summary>
/// <remarks>
/// b is <see cref="ContrastiveSettings.Bias"/>. Nothing is normalised over the keys: <c>∂L/∂x = σ(x)</c> of a negative and <c>−σ(−x⁺)</c> of the positive, so
/// the weights wait for no sum, and the loss of queries against keys is that of keys against queries. In the place of the logarithm of a denominator stands
/// the row's <c>∂L/∂b</c>. A row without negatives keeps its positive's term. Over N queries and as many keys the mean of the rows is SigLIP's
/// <c>−(1/N)·Σ_ij ln σ(z_ij·x_ij)</c>, z = 1 on the diagonal and −1 elsewhere. Source: Zhai et al. 2023, arXiv:2303.15343, section 3.2; there t = 1/T begins at
/// 10 and b at −10.
/// </remarks>
public sealed record Sigmoid : RowLoss
{
    /// <inheritdoc/>
    internal override bool IsOfPairs => true;

    /// <inheritdoc/>
    public override RowResult Of(in RowSums row) => Of<HostMath>(row);

    /// <summary>The formula with the functions of a device.</summary>
    internal static RowResult Of<TMath>(in RowSums row)
        where TMath : IRowMath
    {
        double small = TMath.Exp(-Math.Abs(row.Positive)), missing = (row.Positive > 0 ? small : 1) / (1 + small);
        double ofPositive = Math.Max(-row.Positive, 0) + LogOfOnePlus<TMath>(small);
        return new RowResult(ofPositive + row.Sum, row.TiltedSum - missing, 1, -missing);
    }
}
