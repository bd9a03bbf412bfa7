namespace NegSamples.Kernels;

/// <summary>What the forward pass leaves of an anchor: its loss, and the logarithm of its denominator, Maximum/T + Logarithm.</summary>
internal readonly record struct KNegativesRow(float Loss, float Maximum, float Logarithm)
{
    /// <summary>The row from <c>sum = Σ over negatives of e^{(s_j − maximum)/T}</c> and the positive, in dot products.</summary>
    public static KNegativesRow Of<TMath>(double sum, float maximum, float positive, double temperature)
        where TMath : IRowMath
    {
        double m = maximum;
        if (positive > maximum)
        {
            sum *= TMath.Exp((m - positive) / temperature);
            m = positive;
        }

        // ln(1 + x) must not lose a small x: where the positive leads, the loss is all in it.
        double others = m == positive ? sum : sum + TMath.Exp((positive - m) / temperature) - 1;
        double logarithm = LogOfOnePlus<TMath>(others);
        return new((float)(logarithm + ((m - positive) / temperature)), (float)m, (float)logarithm);
    }

    /// <summary>ln(1 + x) for x of any size (Kahan's formula: the error of 1 + x cancels in the quotient).</summary>
    private static double LogOfOnePlus<TMath>(double x)
        where TMath : IRowMath
    {
        double onePlus = 1 + x;
        return onePlus == 1 || double.IsInfinity(onePlus) ? x : TMath.Log(onePlus) * (x / (onePlus - 1));
    }
}
