namespace NegSamples.Kernels;

/// <summary>InfoNCE: <c>L = ln(e^{s⁺} + Σ e^{s}) − s⁺</c>. NT-Xent and cross-entropy with a target column are the same loss of other batches.</summary>
/// <remarks>Source: van den Oord et al. 2018, arXiv:1807.03748, eq. 4. No difference of large numbers: where the positive leads, <c>L = ln(1 + Σ e^{s −
/// s⁺})</c>, and the positive's derivative <c>P⁺ − 1</c> is <c>−Σ P</c>, which keeps its digits where the loss is small.</remarks>
public sealed record InfoNce : RowLoss
{
    /// <inheritdoc/>
    public override RowResult Of(in RowSums row) => Of<HostMath>(row);

    /// <summary>The formula with the functions of a device.</summary>
    internal static RowResult Of<TMath>(in RowSums row)
        where TMath : IRowMath
    {
        double lead = row.Positive - row.Maximum;
        if (lead >= 0)
        {
            double scale = TMath.Exp(-lead), others = row.Sum * scale, loss = LogOfOnePlus<TMath>(others);
            return new RowResult(loss, row.Positive + loss, scale / (1 + others), -others / (1 + others));
        }

        double denominator = row.Sum + TMath.Exp(lead), logarithm = LogOfOnePlus<TMath>(denominator - 1);
        return new RowResult(logarithm - lead, row.Maximum + logarithm, 1 / denominator, -row.Sum / denominator);
    }
}
