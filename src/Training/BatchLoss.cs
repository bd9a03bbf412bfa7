using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The loss of one step and its gradient: who is a query, who a key, and the memory for both.</summary>
/// <remarks>
/// With S shards a batch is S groups of N/S samples, each a loss of its own as S machines would hold: its queries have positives and negatives of their own
/// shard only. The rows lie shard by shard, view by view in each. One shard is the whole batch. With a momentum queue the rows are the queries, the first
/// views alone, and all negatives are the queue's keys.
/// <para>
/// With V views of each sample every view is an anchor, its positives p are the V − 1 others, its negatives the V·(N − 1) rows of other samples, and the loss
/// is the mean over all N·V·(V − 1) pairs of <c>−ln( e^{s_ap} / (e^{s_ap} + Σ_j e^{s_aj}) )</c>, or of another loss's row: an anchor's other positives
/// stand in neither place. The pairs of one offset between the views are one call, and V = 2 has one offset. The supervised loss takes all positives at once.
/// </para>
/// </remarks>
internal sealed class BatchLoss : IStepLoss, IDisposable
{
    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly MomentumContrast? queue;
    private readonly RowLoss formula;
    private readonly RankShare share;
    private readonly int rowsPerShard, queriesPerShard, offsets;
    private readonly Arena arena;
    private readonly TwoViews? twoViews;
    private readonly ManyViews? manyViews;
    private readonly Tensor loss, logSumExp, dz, dzAtOffset, labels;
    private readonly int[] labelsOfRows;
    private readonly float[] losses;

    /// <summary>Takes the memory for the losses, the indices and the gradient.</summary>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="settings">Which loss, which negatives, and how many shards.</param>
    /// <param name="queue">The queue that holds the negatives, if any; its keys all lie here.</param>
    public BatchLoss(Ops ops, TrainingSettings settings, MomentumContrast? queue = null)
    {
        (this.ops, this.settings, this.queue, formula) = (ops, settings, queue, settings.Loss.Formula);
        share = RankShare.Of(settings, ops.Collective);
        int views = settings.Loss.Views, samples = settings.ShardSize, dimension = settings.Encoder.EmbeddingDimension;
        rowsPerShard = queue is null ? views * samples : share.Samples;
        queriesPerShard = queue is null && settings.Loss.IsOneWay ? samples : rowsPerShard;
        offsets = formula.EqualLabelsArePositives ? 1 : views - 1;
        int rows = share.Shards * rowsPerShard, queries = share.Shards * queriesPerShard, others = offsets > 1 ? rowsPerShard : 0;
        labelsOfRows = formula.EqualLabelsArePositives ? new int[rows] : [];
        arena = ops.CreateArena(
            "loss", Arena.BytesFor(ElementType.Float32, (long)rows * dimension) + Arena.BytesFor(ElementType.Float32, (long)others * dimension)
            + Arena.BytesFor(ElementType.Float32, (long)offsets * queries) + Arena.BytesFor(ElementType.Float32, queriesPerShard)
            + (queue is not null ? 0 : views == 2 ? TwoViews.BytesFor(samples) : ManyViews.BytesFor(samples, views))
            + Arena.BytesFor(ElementType.Int32, labelsOfRows.Length));
        dz = arena.Take(rows, dimension);
        if (others > 0) dzAtOffset = arena.Take(others, dimension);
        loss = arena.Take(offsets * queries);
        logSumExp = arena.Take(queriesPerShard);
        if (queue is null && views == 2) twoViews = new TwoViews(arena, samples);
        else if (queue is null) manyViews = new ManyViews(arena, samples, views);
        if (labelsOfRows.Length > 0) labels = arena.Take(ElementType.Int32, rows);
        losses = new float[offsets * queries];
    }

    /// <summary>The mean loss, its gradient, and its slope along the logit scale; of several ranks this one's part of them: over the ranks they add up.</summary>
    /// <param name="z">Unit rows, [V·N/P, D], or [N/P, D] with a queue.</param>
    /// <param name="labelsOfSamples">The label of each of the N/P samples, for a loss that asks for them.</param>
    /// <param name="step">The step, from 0: negatives are drawn anew in each.</param>
    /// <param name="temperature">T.</param>
    /// <param name="bias">b, of a loss that has one.</param>
    /// <returns>Its dz is valid until the next call.</returns>
    public BatchLossResult Compute(Tensor z, ReadOnlySpan<int> labelsOfSamples, long step, float temperature, float bias = 0)
    {
        Put(labelsOfSamples);
        (double byScale, double byBias) = Ask(z, step, temperature, bias);
        ops.Download<float>(loss, losses);
        return new BatchLossResult(MeanOf(losses), dz, byScale, byBias);
    }

    RowLoss? IStepLoss.Formula => formula;

    /// <inheritdoc/>
    public Tensor Losses => loss;

    /// <inheritdoc/>
    public Tensor Launch(Tensor z, long step, float temperature, float bias, in LossSlopes slopes)
    {
        Ask(z, step, temperature, bias, slopes);
        return dz;
    }

    /// <inheritdoc/>
    public double MeanOf(ReadOnlySpan<float> losses)
    {
        double sum = 0;
        foreach (float value in losses) sum += value;
        return sum / losses.Length / share.Size;
    }

    /// <inheritdoc/>
    public void Put(ReadOnlySpan<int> labelsOfSamples)
    {
        if (labelsOfRows.Length == 0) return;
        int views = settings.Loss.Views;
        for (int part = 0; part < views * share.Shards; part++)
            labelsOfSamples.Slice(part / views * settings.ShardSize, settings.ShardSize).CopyTo(labelsOfRows.AsSpan(part * settings.ShardSize));
        ops.Upload<int>(labelsOfRows, labels);
    }

    private (double ByScale, double ByBias) Ask(Tensor z, long step, float temperature, float bias, in LossSlopes? whole = null)
    {
        ContrastiveSettings of = new(temperature, formula) { Bias = bias };
        double byScale = 0, byBias = 0, part = 1.0 / (share.Shards * share.Size);
        for (int shard = 0; shard < share.Shards; shard++)
        {
            NegativeSample sample = settings.SampleAt(step, share.FirstShard + shard);
            ContrastiveBatch batch = BatchOf(z, shard, 1) with { Sample = sample };
            ContrastiveGradients gradients = GradientsOf(shard);
            ops.ContrastiveLoss(batch, of, LossesOf(shard, 1), logSumExp, gradients);
            for (int offset = 2; offset <= offsets; offset++)
            {
                batch = BatchOf(z, shard, offset) with { Sample = sample };
                ops.ContrastiveLoss(batch, of, LossesOf(shard, offset), logSumExp, ContrastiveGradients.OfRows(dzAtOffset));
                ops.MovingAverage(dzAtOffset, 1f / offset, gradients.Rows);
            }

            if (whole is { } slopes)
            {
                // dL/d ln(1/T) = Σ q·dq, or half of Σ z·dz, which counts each pair at both of its ends.
                Tensor ofRows = gradients.Rows.IsNone ? gradients.Queries : gradients.Rows;
                if (settings.Loss.LearnTemperature) slopes.Step.AddProducts(batch.Queries, ofRows, part / (gradients.Rows.IsNone ? 1 : 2), slopes.ByLogitScale);
                if (settings.Loss.LearnsBias) slopes.Step.AddProducts(logSumExp, default, part / logSumExp.Count, slopes.ByBias);
                continue;
            }

            // dL/d ln(1/T) = −T·dL/dT.
            if (settings.Loss.LearnTemperature) byScale -= temperature * ops.ContrastiveTemperatureGradient(batch, of, gradients) * part;
            if (settings.Loss.LearnsBias) byBias += ops.ContrastiveBiasGradient(logSumExp) * part;
        }

        if (part != 1) ops.Scale(dz, (float)part, dz);
        return (byScale, byBias);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private ContrastiveBatch BatchOf(Tensor z, int shard, int offset)
    {
        if (queue is not null) return new ContrastiveBatch(z, queue.Keys) { Positives = queue.Positives };
        Tensor rows = RowsOf(z, shard);
        if (formula.EqualLabelsArePositives) return twoViews?.Labelled(rows, RowsOf(labels, shard)) ?? manyViews!.Labelled(rows, RowsOf(labels, shard));
        if (manyViews is not null) return manyViews.AtOffset(rows, offset);
        return settings.Loss.IsOneWay ? twoViews!.OtherView(rows) : twoViews!.BothViews(rows);
    }

    // Keys of a queue have no gradient, so that one pass over them gives the loss and dq together.
    private ContrastiveGradients GradientsOf(int shard)
    {
        Tensor rows = RowsOf(dz, shard);
        if (queue is not null) return new ContrastiveGradients(rows);
        return queriesPerShard == rowsPerShard
            ? ContrastiveGradients.OfRows(rows)
            : new ContrastiveGradients(rows.Slice(0, queriesPerShard), rows.Slice(queriesPerShard, queriesPerShard));
    }

    private Tensor RowsOf(Tensor whole, int shard) => whole.Slice(shard * rowsPerShard, rowsPerShard);

    private Tensor LossesOf(int shard, int offset) => loss.Slice((((offset - 1) * share.Shards) + shard) * queriesPerShard, queriesPerShard);
}

/// <summary>What a step's loss is, and where it falls.</summary>
/// <param name="Loss">The mean over the queries and their positives.</param>
/// <param name="Dz">Its gradient with respect to the unit rows.</param>
/// <param name="ByLogitScale">Its derivative by ln(1/T); 0 where the temperature is not learned.</param>
/// <param name="ByBias">Its derivative by b; 0 where no bias is learned.</param>
internal readonly record struct BatchLossResult(double Loss, Tensor Dz, double ByLogitScale, double ByBias = 0);
