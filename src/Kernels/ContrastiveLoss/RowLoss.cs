namespace NegSamples.Kernels;

/// <summary>The loss of one query as a function of its positive logit and of sums over its negatives: what tells one contrastive loss from another.</summary>
/// <remarks>
/// <see cref="Ops.ContrastiveLoss"/> streams the sums and, with the derivatives, the gradients; a loss of this form needs nothing but <see cref="Of"/>.
/// Every number is a double: a row is a handful of operations beside its K exponentials.
/// </remarks>
public abstract record RowLoss
{
    /// <summary>α of the first sum, <c>Σ e^{α(s − m)}</c>, above 0.</summary>
    public virtual double Exponent => 1;

    /// <summary>β of the second sum, <c>Σ e^{(1+β)(s − m)}</c>; 0 if there is none.</summary>
    public virtual double Tilt => 0;

    /// <summary>Whether each query must have one positive: <see cref="ContrastiveBatch.Positives"/> or <see cref="ContrastiveBatch.PositiveKeys"/>.</summary>
    public virtual bool NeedsPositive => true;

    /// <summary>
    /// Whether keys of the query's label are positives that the sums include (<see cref="RowSums.EqualLabelSum"/>); otherwise the sums leave them out.
    /// </summary>
    public virtual bool EqualLabelsArePositives => false;

    /// <summary>
    /// Whether each pair is a loss by itself, of the logit <c>x = s + b</c>: the sums are <c>Σ ln(1 + e^x)</c> and <c>Σ σ(x)</c>, relative to nothing, and the
    /// derivative by the first is 1.
    /// </summary>
    internal virtual bool IsOfPairs => false;

    /// <summary>The loss of a row and its derivatives.</summary>
    /// <param name="row">The row's sums.</param>
    public abstract RowResult Of(in RowSums row);

    /// <summary>ln(1 + x) for x of any size above −1 (Kahan's formula: the error of 1 + x cancels in the quotient).</summary>
    /// <param name="x">Above −1.</param>
    protected static double LogOfOnePlus(double x) => LogOfOnePlus<HostMath>(x);

    /// <summary>ln(1 + x) with the functions of a device.</summary>
    private protected static double LogOfOnePlus<TMath>(double x)
        where TMath : IRowMath
    {
        double onePlus = 1 + x;
        return onePlus == 1 || double.IsInfinity(onePlus) ? x : TMath.Log(onePlus) * (x / (onePlus - 1));
    }
}

/// <summary>What the stream over the keys leaves of a row. A logit is a dot product over T.</summary>
/// <remarks>Of a <see cref="Sigmoid"/> the bias is in the positive, Sum is <c>Σ ln(1 + e^x)</c>, TiltedSum <c>Σ σ(x)</c>, and m is 0.</remarks>
/// <param name="Temperature">T.</param>
/// <param name="Positive">s⁺, the logit of the positive; 0 where the row has none.</param>
/// <param name="Maximum">m, the greatest logit of the row's negatives, or one of them that none exceeds by more than ln 4096; s⁺ where there are none.</param>
/// <param name="Sum"><c>Σ e^{α(s − m)}</c> over the negatives: at least 1, or 0 where there are none.</param>
/// <param name="TiltedSum"><c>Σ e^{(1+β)(s − m)}</c> over the negatives; 0 where β is 0.</param>
/// <param name="Negatives">How many negatives there are.</param>
/// <param name="EqualLabelSum"><c>Σ s</c> over the keys of the query's label, where these are positives.</param>
/// <param name="EqualLabels">How many of these there are.</param>
public readonly record struct RowSums(
    double Temperature, double Positive, double Maximum, double Sum, double TiltedSum, int Negatives, double EqualLabelSum, int EqualLabels);

/// <summary>
/// The loss of a row and its derivatives: <c>∂L/∂s_j = BySum·α·e^{α(s_j − m)} + ByTiltedSum·(1+β)·e^{(1+β)(s_j − m)} + ByEqualLabel·[equal label]</c>, m held
/// fast.
/// </summary>
/// <param name="Loss">L.</param>
/// <param name="LogSumExp">The logarithm of the denominator.</param>
/// <param name="BySum"><c>∂L/∂Sum</c>.</param>
/// <param name="ByPositive"><c>∂L/∂s⁺</c>.</param>
/// <param name="ByTiltedSum"><c>∂L/∂TiltedSum</c>.</param>
/// <param name="ByEqualLabel"><c>∂L/∂EqualLabelSum</c>.</param>
public readonly record struct RowResult(double Loss, double LogSumExp, double BySum, double ByPositive, double ByTiltedSum = 0, double ByEqualLabel = 0);
