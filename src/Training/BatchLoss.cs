using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The loss of one step and its gradient: who is a query, who a key, and the memory for both.</summary>
/// <remarks>
/// With S shards a batch is S groups of N/S samples, each a loss of its own as S machines would hold: its queries have positives and negatives of their own
/// shard only. The rows lie shard by shard, view 0 before view 1 in each. One shard is the whole batch. With a momentum queue the rows are the queries, the
/// first views alone, and all negatives are the queue's keys.
/// </remarks>
internal sealed class BatchLoss : IDisposable
{
    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly MomentumContrast? queue;
    private readonly RowLoss formula;
    private readonly int rowsPerShard, queriesPerShard;
    private readonly Arena arena;
    private readonly TwoViews? views;
    private readonly Tensor loss, logSumExp, dz, labels;
    private readonly int[] labelsOfRows;
    private readonly float[] losses;

    /// <summary>Takes the memory for the losses, the indices and the gradient.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="settings">Which loss, which negatives, and how many shards.</param>
    /// <param name="queue">The queue that holds the negatives, if any.</param>
    public BatchLoss(Ops ops, TrainingSettings settings, MomentumContrast? queue = null)
    {
        (this.ops, this.settings, this.queue, formula) = (ops, settings, queue, settings.Loss.Formula);
        rowsPerShard = queue is null ? 2 * settings.ShardSize : settings.Batch.Size;
        queriesPerShard = queue is null && settings.Loss.Kind == LossKind.SingleView ? settings.ShardSize : rowsPerShard;
        int rows = settings.Loss.Shards * rowsPerShard, queries = settings.Loss.Shards * queriesPerShard;
        labelsOfRows = formula.EqualLabelsArePositives ? new int[rows] : [];
        arena = ops.CreateArena(
            "loss", Arena.BytesFor(ElementType.Float32, (long)rows * settings.Encoder.EmbeddingDimension) + (2 * Arena.BytesFor(ElementType.Float32, queries))
            + (queue is null ? TwoViews.BytesFor(settings.ShardSize) : 0) + Arena.BytesFor(ElementType.Int32, labelsOfRows.Length));
        dz = arena.Take(rows, settings.Encoder.EmbeddingDimension);
        loss = arena.Take(queries);
        logSumExp = arena.Take(queries);
        if (queue is null) views = new TwoViews(arena, settings.ShardSize);
        if (labelsOfRows.Length > 0) labels = arena.Take(ElementType.Int32, rows);
        losses = new float[queries];
    }

    /// <summary>The mean loss, its gradient, and its slope along the logit scale.</summary>
    /// <param name="z">Unit rows, [2N, D], or [N, D] with a queue.</param>
    /// <param name="labelsOfSamples">The label of each of the N samples, for a loss that asks for them.</param>
    /// <param name="step">The step, from 0: negatives are drawn anew in each.</param>
    /// <param name="temperature">T.</param>
    /// <returns>Its dz is valid until the next call.</returns>
    public BatchLossResult Compute(Tensor z, ReadOnlySpan<int> labelsOfSamples, long step, float temperature)
    {
        UploadLabels(labelsOfSamples);
        ContrastiveSettings of = new(temperature, formula);
        double byScale = 0;
        for (int shard = 0; shard < settings.Loss.Shards; shard++)
        {
            ContrastiveBatch batch = BatchOf(z, shard) with { Sample = settings.SampleAt(step, shard) };
            ContrastiveGradients gradients = GradientsOf(shard);
            ops.ContrastiveLoss(batch, of, QueriesOf(loss, shard), QueriesOf(logSumExp, shard), gradients);

            // dL/d ln(1/T) = −T·dL/dT.
            if (settings.Loss.LearnTemperature) byScale -= temperature * ops.ContrastiveTemperatureGradient(batch, of, gradients) / settings.Loss.Shards;
        }

        if (settings.Loss.Shards > 1) ops.Scale(dz, 1f / settings.Loss.Shards, dz);
        ops.Download<float>(loss, losses);
        double sum = 0;
        foreach (float value in losses) sum += value;
        return new BatchLossResult(sum / losses.Length, dz, byScale);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private ContrastiveBatch BatchOf(Tensor z, int shard)
    {
        if (queue is not null) return new ContrastiveBatch(z, queue.Keys) { Positives = queue.Positives };
        Tensor rows = RowsOf(z, shard);
        if (formula.EqualLabelsArePositives) return views!.Labelled(rows, RowsOf(labels, shard));
        return settings.Loss.Kind == LossKind.SingleView ? views!.OtherView(rows) : views!.BothViews(rows);
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

    private void UploadLabels(ReadOnlySpan<int> ofSamples)
    {
        if (labelsOfRows.Length == 0) return;
        for (int part = 0; part < 2 * settings.Loss.Shards; part++)
            ofSamples.Slice(part / 2 * settings.ShardSize, settings.ShardSize).CopyTo(labelsOfRows.AsSpan(part * settings.ShardSize));
        ops.Upload<int>(labelsOfRows, labels);
    }

    private Tensor RowsOf(Tensor whole, int shard) => whole.Slice(shard * rowsPerShard, rowsPerShard);

    private Tensor QueriesOf(Tensor whole, int shard) => whole.Slice(shard * queriesPerShard, queriesPerShard);
}

/// <summary>What a step's loss is, and where it falls.</summary>
/// <param name="Loss">The mean over the queries.</param>
/// <param name="Dz">Its gradient with respect to the unit rows.</param>
/// <param name="ByLogitScale">Its derivative by ln(1/T); 0 where the temperature is not learned.</param>
internal readonly record struct BatchLossResult(double Loss, Tensor Dz, double ByLogitScale);
