namespace NegSamples.Kernels;

/// <summary>Decoupled contrastive loss: <c>L = ln Σ e^{s} − s⁺</c>, InfoNCE whose denominator has the negatives alone.</summary>
/// <remarks>
/// Without the positive in the denominator no factor <c>1 − P⁺</c> damps the gradient of a row whose positive leads. The loss has no lower bound.
/// The negatives are those of the batch: 2N − 2 rows of either view for two views, all keys of a queue. A row without negatives has the loss and gradient 0.
/// Source: Yeh et al. 2021, arXiv:2110.06848, section 3, L_DC without weights.
/// </remarks>
public sealed record Decoupled : RowLoss
{
    /// <inheritdoc/>
    public override RowResult Of(in RowSums row) => Of<HostMath>(row);

    /// <summary>The formula with the functions of a device.</summary>
    internal static RowResult Of<TMath>(in RowSums row)
        where TMath : IRowMath
    {
        double lead = row.Positive - row.Maximum;
        if (row.Negatives == 0) return new RowResult(lead, row.Positive, 0, 0);
        double logarithm = LogOfOnePlus<TMath>(row.Sum - 1);
        return new RowResult(logarithm - lead, row.Maximum + logarithm, 1 / row.Sum, -1);
    }
}
