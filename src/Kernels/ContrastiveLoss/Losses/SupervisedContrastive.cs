namespace NegSamples.Kernels;

/// <summary>Supervised contrastive loss, L_out: <c>L = −(1/|P|)·Σ_{p∈P} ln(e^{s_p} / Σ_{a∈A} e^{s_a})</c>.</summary>
/// <remarks>
/// A are the keys that are not ignored; P those of A with the query's label, by <see cref="ContrastiveBatch.QueryLabels"/> and
/// <see cref="ContrastiveBatch.KeyLabels"/>; the batch names no other positives. Where queries are keys, each query is its own ignored key.
/// With one other row of each label it is NT-Xent. A row without positives has the loss and gradient 0, and still counts in the mean over the rows.
/// Source: Khosla et al. 2020, arXiv:2004.11362, eq. 2.
/// </remarks>
public sealed record SupervisedContrastive : RowLoss
{
    /// <inheritdoc/>
    public override bool NeedsPositive => false;

    /// <inheritdoc/>
    public override bool EqualLabelsArePositives => true;

    /// <inheritdoc/>
    public override RowResult Of(in RowSums row) => Of<HostMath>(row);

    /// <summary>The formula with the functions of a device.</summary>
    internal static RowResult Of<TMath>(in RowSums row)
        where TMath : IRowMath
    {
        double logarithm = row.Negatives == 0 ? 0 : LogOfOnePlus<TMath>(row.Sum - 1), logSumExp = row.Maximum + logarithm;
        if (row.EqualLabels == 0) return new RowResult(double.IsNaN(logSumExp) ? logSumExp : 0, logSumExp, 0, 0);
        double below = row.Maximum - (row.EqualLabelSum / row.EqualLabels);
        return new RowResult(below + logarithm, logSumExp, 1 / row.Sum, 0, ByEqualLabel: -1.0 / row.EqualLabels);
    }
}
