namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>The K-negatives loss, InfoNCE: <c>loss[i] = ln( e^{z_i·z_p/T} + Σ_{j∈Neg(i)} e^{z_i·z_j/T} ) − z_i·z_p/T</c>, p = positive of i.</summary>
    /// <param name="z">Unit rows, [2N, D]: row i is view 1 of sample i, row N + i is view 2 of the same sample.</param>
    /// <param name="settings">Which rows are negatives, the temperature and the method; see <see cref="KNegativesSettings"/> for the exact index sets.</param>
    /// <param name="loss">Receives the loss per anchor, [anchors]; anchors = 2N, or N for <see cref="NegativeSource.OtherView"/>.</param>
    /// <param name="logSumExp">Receives the logarithm of the denominator in two parts, [2, anchors]: the greatest dot product m of each anchor, then
    /// <c>ln Σ e^{s − m/T}</c>. The logarithm is m/T plus the second part; <see cref="KNegativesBackward"/> reads both.</param>
    /// <remarks>
    /// Streaming form: O(N·D) memory; the logits never leave the cache. 2·anchors·keys·D FLOPs, keys = 2N or N; half of it for all negatives of BothViews, whose
    /// matrix is symmetric. Of few sampled negatives (K up to a
    /// sixteenth of Neg(i)) only the sampled products are computed, 2·anchors·(K+1)·D FLOPs and 4·K bytes per anchor; of many, all products and one bit per
    /// anchor and key. The positive's logit comes from the same sum as the others, the maximum is taken off before any exponential, and the loss is
    /// <c>ln Σ e^{s−m} + (m − s_p)</c>, where the positive leads <c>ln(1 + Σ_{Neg} e^{s−s_p})</c>: no difference of rounded large numbers. A NaN in a row makes
    /// the loss of every anchor that meets it NaN.
    /// Sources: van den Oord et al. 2018, arXiv:1807.03748, eq. 4; NT-Xent: Chen et al. 2020, arXiv:2002.05709, eq. 1; single view: Nozawa and Sato 2021, arXiv:2102.06866, eq. 1.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit, the temperature is not above 0, or K is larger than the batch allows.</exception>
    public void KNegativesForward(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp)
    {
        int anchors = settings.Validate(z);
        Check.Count(loss, anchors);
        Check.Count(logSumExp, 2L * anchors);
        KNegativesForwardCore(z, settings, loss, logSumExp);
    }

    /// <summary>Gradient of the mean of <see cref="KNegativesForward"/>'s losses with respect to every row of z, as anchor, positive and negative.</summary>
    /// <param name="z">As in the forward pass, [2N, D].</param>
    /// <param name="settings">As in the forward pass.</param>
    /// <param name="logSumExp">As the forward pass left it, [2, anchors].</param>
    /// <param name="dz">Receives [2N, D]; must not overlap z.</param>
    /// <remarks>
    /// <c>dz_i += (1/(anchors·T))·Σ_j (P_ij − [j=p]) z_j</c> and <c>dz_j += (1/(anchors·T))·(P_ij − [j=p]) z_i</c> with <c>P_ij = e^{s_ij − lse_i}</c>.
    /// j runs over the positive and Neg(i), or the very sample of Neg(i) that the forward pass drew. Streaming computes the products again and
    /// takes each tile for its rows and its columns: 3·anchors·keys·D FLOPs for BothViews, 6 for OtherView. The exponent is taken as <c>(z_i·z_j − m)/T</c> less
    /// the second part of the logarithm: as one float, a logarithm of 1000, which T = 0.001 can make, would cost the gradient 3e-5 of its size.
    /// <c>P_ip − 1</c> is taken as <c>−Σ_{Neg} P_ij</c>, which keeps its digits where the loss is small.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void KNegativesBackward(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz)
    {
        int anchors = settings.Validate(z);
        Check.Count(logSumExp, 2L * anchors);
        Check.SameShape(z, dz);
        KNegativesBackwardCore(z, settings, logSumExp, dz);
    }

    /// <summary>Gradient of the mean loss with respect to the temperature: <c>dL/dT = −(1/(2T))·Σ_r z_r·dz_r</c> over all 2N rows.</summary>
    /// <param name="z">As in the forward pass, [2N, D].</param>
    /// <param name="settings">As in the forward pass.</param>
    /// <param name="dz">As <see cref="KNegativesBackward"/> left it, [2N, D].</param>
    /// <remarks>
    /// The loss depends on z and T by <c>s_ij = z_i·z_j/T</c> alone, so <c>dL/d(1/T) = Σ_ij (∂L/∂s_ij)·z_i·z_j</c>, and
    /// <c>Σ_r z_r·dz_r</c> counts each pair at both of its ends: <c>dL/d(1/T) = (T/2)·Σ_r z_r·dz_r</c> for either source. Summed in double on the host, to which both tensors are copied.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public double KNegativesTemperatureGradient(Tensor z, KNegativesSettings settings, Tensor dz)
    {
        settings.Validate(z);
        Check.SameShape(z, dz);
        float[] rows = new float[z.Count], gradients = new float[z.Count];
        Download(z, rows.AsSpan());
        Download(dz, gradients.AsSpan());
        double sum = 0;
        for (int i = 0; i < rows.Length; i++) sum += (double)rows[i] * gradients[i];
        return -sum / (2 * (double)settings.Temperature);
    }

    /// <summary>The device's part of <see cref="KNegativesForward"/>.</summary>
    protected abstract void KNegativesForwardCore(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp);

    /// <summary>The device's part of <see cref="KNegativesBackward"/>.</summary>
    protected abstract void KNegativesBackwardCore(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz);
}
