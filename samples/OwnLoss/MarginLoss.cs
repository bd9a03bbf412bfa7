using NegSamples.Kernels;

namespace NegSamples.Samples.OwnLoss;

/// <summary>InfoNCE whose positive has to lead by a margin m: −log(e^p / (e^p + Σ e^s)) with p = positive − m/τ.</summary>
internal sealed record MarginLoss(double Margin) : RowLoss
{
    public override RowResult Of(in RowSums row)
    {
        double positive = row.Positive - (Margin / row.Temperature), top = Math.Max(positive, row.Maximum);
        double ofPositive = Math.Exp(positive - top), unit = Math.Exp(row.Maximum - top), all = ofPositive + (row.Sum * unit);
        double logSum = top + Math.Log(all);
        return new RowResult(logSum - positive, logSum, unit / all, (ofPositive / all) - 1);
    }
}
