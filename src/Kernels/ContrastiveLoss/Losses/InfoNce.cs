namespace NegSamples.Kernels;

/// <summary>InfoNCE: <c>L = ln(e^{s⁺} + Σ e^{s}) − s⁺</c>. NT-Xent and cross-entropy with a target column are the same loss of other batches.</summary>
/// <remarks>Source: van den Oord et al. 2018, arXiv:1807.03748, eq. 4. No difference of large numbers: where the positive leads, <c>L = ln(1 + Σ e^{s − s⁺})</c>,
/// and the positive's derivative <c>P⁺ − 1</c> is <c>−Σ P</c>, which keeps its digits where the loss is small.</remarks>
public sealed record InfoNce : RowLoss
{
    /// <inheritdoc/>
    public override RowResult Of(in RowSums row)
    {
        double lead = row.Positive - row.Maximum;
        if (lead >= 0)
        {
            double scale = Math.Exp(-lead), others = row.Sum * scale, loss = LogOfOnePlus(others);
            return new RowResult(loss, row.Positive + loss, scale / (1 + others), -others / (1 + others));
        }

        double denominator = row.Sum + Math.Exp(lead), logarithm = LogOfOnePlus(denominator - 1);
        return new RowResult(logarithm - lead, row.Maximum + logarithm, 1 / denominator, -row.Sum / denominator);
    }
}
