namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>The K-negatives loss, InfoNCE: <c>loss[i] = ln( e^{z_i·z_p/T} + Σ_{j∈Neg(i)} e^{z_i·z_j/T} ) − z_i·z_p/T</c>, p = positive of i.</summary>
    /// <param name="z">Unit rows, [2N, D]: row i is view 1 of sample i, row N + i is view 2 of the same sample.</param>
    /// <param name="settings">Which rows are negatives, the temperature and the method; see <see cref="KNegativesSettings"/> for the exact index sets.</param>
    /// <param name="loss">Receives the loss per anchor, [anchors]; anchors = 2N, or N for <see cref="NegativeSource.OtherView"/>.</param>
    /// <param name="logSumExp">Receives the logarithm of the denominator per anchor, [anchors]; <see cref="KNegativesBackward"/> reads it.</param>
    /// <remarks>
    /// Streaming form: O(N·D) memory; the logits never leave the cache. 2·anchors·(K+1)·D FLOPs, where K sub-sampled negatives cost as much as all of
    /// them only when they are most of them. The positive's logit comes from the same sum as the others, the maximum is taken off before any exponential,
    /// and <c>loss = ln Σ e^{s−m} + (m − s_p)</c> is formed without a difference of rounded large numbers.
    /// Sources: van den Oord et al. 2018, arXiv:1807.03748, eq. 4; NT-Xent: Chen et al. 2020, arXiv:2002.05709, eq. 1; single view: Nozawa and Sato 2021, arXiv:2102.06866, eq. 1.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit, the temperature is not above 0, or K is larger than the batch allows.</exception>
    public void KNegativesForward(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp)
    {
        int anchors = settings.Check(z);
        Check.Count(loss, anchors);
        Check.Count(logSumExp, anchors);
        KNegativesForwardCore(z, settings, loss, logSumExp);
    }

    /// <summary>Gradient of the mean of <see cref="KNegativesForward"/>'s losses with respect to every row of z, as anchor, positive and negative.</summary>
    /// <param name="z">As in the forward pass, [2N, D].</param>
    /// <param name="settings">As in the forward pass.</param>
    /// <param name="logSumExp">As the forward pass left it, [anchors].</param>
    /// <param name="dz">Receives [2N, D]; must not overlap z.</param>
    /// <remarks>
    /// <c>dz_i += (1/(anchors·T))·Σ_j (P_ij − [j=p]) z_j</c> and <c>dz_j += (1/(anchors·T))·(P_ij − [j=p]) z_i</c> with <c>P_ij = e^{s_ij − lse_i}</c>.
    /// The gradient for the temperature is free: <c>dL/d(1/T) = T·Σ_i z_i·dz_i</c>, halved where both ends of every pair are anchors.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void KNegativesBackward(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz)
    {
        int anchors = settings.Check(z);
        Check.Count(logSumExp, anchors);
        Check.SameShape(z, dz);
        KNegativesBackwardCore(z, settings, logSumExp, dz);
    }

    /// <summary>The device's part of <see cref="KNegativesForward"/>.</summary>
    protected abstract void KNegativesForwardCore(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp);

    /// <summary>The device's part of <see cref="KNegativesBackward"/>.</summary>
    protected abstract void KNegativesBackwardCore(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz);
}
