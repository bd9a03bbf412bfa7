namespace NegSamples.Kernels;

public abstract partial class Ops
{
    // Where the temperature's gradient is summed up; grown by its first call.
    private float[] hostRows = [], hostSlopes = [];

    /// <summary>
    /// A contrastive loss of N queries against K keys and, where asked for, its gradients: <c>s_ij = q_i·k_j/T</c>, <c>s_i⁺ = q_i·p_i/T</c> or <c>s_iy</c>.
    /// </summary>
    /// <param name="batch">Queries [N, D], keys [K, D], and which pairs are positive, negative or neither; see <see cref="ContrastiveBatch"/>.</param>
    /// <param name="settings">The temperature, the loss of a row and the memory that may be spent.</param>
    /// <param name="loss">Receives the loss of each query, [N].</param>
    /// <param name="logSumExp">Receives the logarithm of each query's denominator, [N]; of a <see cref="Sigmoid"/>, which has none, its derivative by the
    /// bias.</param>
    /// <param name="gradients">Receives the gradients of the mean of the losses: dq, dk and dp, or dz = dq + dk of queries that are the keys. Tensors that are
    /// none are not computed. No output may overlap another or an input.</param>
    /// <remarks>
    /// Pass 1 streams over the keys and keeps, for each row, the greatest logit m_i of its negatives, or one near it, and <c>Σ e^{α(s_ij − m_i)}</c>,
    /// <c>Σ e^{(1+β)(s_ij − m_i)}</c>, with α = 1 and no second sum for most losses; <see cref="RowLoss"/> turns these few numbers into the loss
    /// and its derivatives a_i (times α), b_i (times 1+β) by the sums and c_i by the positive logit; pass 2 streams
    /// <c>w_ij = a_i·e^{α(s_ij − m_i)} + b_i·e^{(1+β)(s_ij − m_i)}</c>, with c_i where j is the positive, into
    /// <c>dq_i = (Σ_j w_ij k_j + c_i p_i)/(N·T)</c>, <c>dk_j = Σ_i w_ij q_i/(N·T)</c>, <c>dp_i = c_i q_i/(N·T)</c>.
    /// <para>
    /// The engine follows from the batch; one product is 2·N·K·D FLOPs. <i>Symmetric</i>: NT-Xent, <see cref="TwoViews.BothViews"/> under <see cref="InfoNce"/>
    /// with all negatives, for dz or the loss alone. s_ij = s_ji, so a half of a product gives the loss, and one and a half more give dz. <i>Sampled</i>: of
    /// few drawn negatives (K up to a sixteenth of the keys, on the CPU) the drawn products alone, 2·N·(K+1)·D FLOPs for the loss and as many for each
    /// gradient, with 16·K bytes for each of up to 4,194,304/K queries; of more, all products and a bit for each pair. <i>Rectangular</i>: everything else.
    /// Loss alone: 1 product. With one gradient: 3, or 2 for the queries' where α is 1 and neither a second sum nor labels that are positives ask for more,
    /// because pass 1 then sums up <c>Σ_j e^{s_ij − m_i} k_j</c> itself. With both gradients: 3 where <see cref="ContrastiveSettings.SpillBytes"/> hold the
    /// logits, or their exponentials, of enough rows, otherwise 4. Memory beyond the tensors: the cached logits and O(N·D + K) floats; keys are read once in
    /// each pass and for each block of rows, of 128·1024/D rows or of as many as can be cached.
    /// </para>
    /// <para>
    /// The row maximum and the sum stay apart, in double, between the passes: no logarithm is rounded to a float on the way, and a logit of ±1000 at T = 0.001
    /// keeps its digits. A <see cref="Sigmoid"/> has neither: its weights wait for no sum, so that with the keys' gradient one pass does all, 3 products
    /// without logits kept, and its exponentials are of −|x|, which cannot overflow. K = 1, equal rows and zero rows have finite losses and gradients; a row
    /// without negatives has the loss and gradient 0 of a softmax over its positive alone. A NaN in a row makes the loss of every query that meets it NaN.
    /// Results are the same bits for any number of threads.
    /// </para>
    /// Sources: van den Oord et al. 2018, arXiv:1807.03748, eq. 4; NT-Xent: Chen et al. 2020, arXiv:2002.05709, eq. 1; the other view's keys alone: Nozawa and
    /// Sato 2021, arXiv:2102.06866, eq. 1; the queue of keys: He et al. 2020, arXiv:1911.05722, eq. 1; the other losses name theirs.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape or an index does not fit, the loss needs a positive and the batch names none, or an output overlaps another
    /// tensor.</exception>
    public void ContrastiveLoss(ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients = default)
    {
        CheckOperands(
            [batch.Queries, batch.Keys, batch.Positives, batch.PositiveKeys, batch.IgnoredKeys, batch.QueryLabels, batch.KeyLabels],
            [loss, logSumExp, gradients.Queries, gradients.Keys, gradients.Positives, gradients.Rows]);
        batch.Validate(settings);
        gradients.Validate(batch);
        Check.Count(loss, batch.Queries[0]);
        Check.Count(logSumExp, batch.Queries[0]);
        if (batch.Queries[0] > 0) ContrastiveLossCore(batch, settings, loss, logSumExp, gradients);
        else if (!gradients.Keys.IsNone) Zero(gradients.Keys);
    }

    /// <summary>Gradient of the mean loss with respect to the temperature: <c>dL/dT = −(1/T)·Σ_i q_i·dq_i</c>, or <c>−(1/(2T))·Σ_r z_r·dz_r</c>.</summary>
    /// <param name="batch">As given to <see cref="ContrastiveLoss"/>.</param>
    /// <param name="settings">As given to <see cref="ContrastiveLoss"/>.</param>
    /// <param name="gradients">As <see cref="ContrastiveLoss"/> left them: dq, or dz of rows that are queries and keys and whose positives are keys.</param>
    /// <remarks>Every logit has its query as a factor, so <c>Σ_j (∂L/∂s_ij)·s_ij = q_i·dq_i</c>; dz counts each pair at both of its ends. Summed in double on
    /// the host, to which both tensors are copied. A loss whose formula names T itself (a floor at e^{−1/T}) is differentiated by its logits alone, the floor
    /// held fast.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or neither gradient is there.</exception>
    public double ContrastiveTemperatureGradient(ContrastiveBatch batch, ContrastiveSettings settings, ContrastiveGradients gradients)
    {
        CheckOperands([batch.Queries, batch.Keys, gradients.Queries, gradients.Rows], []);
        batch.Validate(settings);
        gradients.Validate(batch);
        Tensor ofRows = gradients.Rows.IsNone ? gradients.Queries : gradients.Rows;
        if (ofRows.IsNone)
            throw new ArgumentException("The temperature's gradient needs that of the queries or of the rows; expected one of them.", nameof(gradients));
        if (!gradients.Rows.IsNone && !batch.Positives.IsNone)
            throw new ArgumentException("Positives are rows of their own, which dz counts at one end only; expected the gradient of the queries.",
                nameof(gradients));
        if (hostRows.Length < ofRows.Count) (hostRows, hostSlopes) = (new float[ofRows.Count], new float[ofRows.Count]);
        Span<float> rows = hostRows.AsSpan(0, (int)ofRows.Count), slopes = hostSlopes.AsSpan(0, (int)ofRows.Count);
        Download(batch.Queries, rows);
        Download(ofRows, slopes);
        double sum = 0;
        for (int i = 0; i < rows.Length; i++) sum += (double)rows[i] * slopes[i];
        return -sum / ((gradients.Rows.IsNone ? 1 : 2) * (double)settings.Temperature);
    }

    /// <summary>Gradient of the mean loss of a <see cref="Sigmoid"/> with respect to the bias: the mean of what stands in the place of logarithms.</summary>
    /// <param name="logSumExp">As <see cref="ContrastiveLoss"/> left it, [N].</param>
    /// <remarks>Summed in double on the host, to which the tensor is copied; 0 of no queries.</remarks>
    public double ContrastiveBiasGradient(Tensor logSumExp)
    {
        CheckOperands([logSumExp], []);
        Check.Rank(logSumExp, 1);
        Check.Type(logSumExp, ElementType.Float32);
        if (hostRows.Length < logSumExp.Count) (hostRows, hostSlopes) = (new float[logSumExp.Count], new float[logSumExp.Count]);
        Span<float> slopes = hostSlopes.AsSpan(0, (int)logSumExp.Count);
        Download(logSumExp, slopes);
        double sum = 0;
        foreach (float slope in slopes) sum += slope;
        return slopes.IsEmpty ? 0 : sum / slopes.Length;
    }

    /// <summary>The device's part of <see cref="ContrastiveLoss"/>.</summary>
    private protected abstract void ContrastiveLossCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients);
}
