using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The loss of one batch and its gradient, with negatives from the batch itself or from a momentum queue.</summary>
/// <remarks>
/// In S shards the loss is the mean over the shards of the mean over each shard's anchors. A shard is what one of S machines would hold: its anchors have
/// positives and negatives of their own shard only. The rows lie shard by shard, view 0 before view 1 in each. One shard is the whole batch. With a momentum
/// queue the rows are the queries, the first views alone, and all negatives are the queue's keys.
/// </remarks>
internal sealed class BatchLoss : IDisposable
{
    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly MomentumContrast? queue;
    private readonly ContrastiveSettings ofKeys;
    private readonly TwoViewLoss? ofPairs;
    private readonly IImageSet? images;
    private readonly int[] labels;
    private readonly int shards, rowsPerShard, anchorsPerShard;
    private readonly Arena arena;
    private readonly Tensor loss, logSumExp, dz;
    private readonly float[] losses;

    /// <summary>Takes the memory for the losses and the gradient.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="settings">Which negatives, and how many shards.</param>
    /// <param name="queue">The queue that holds the negatives, if any.</param>
    /// <param name="images">The images, for a loss that asks for their labels.</param>
    public BatchLoss(Ops ops, TrainingSettings settings, MomentumContrast? queue = null, IImageSet? images = null)
    {
        this.queue = queue;
        this.images = images;
        ofKeys = settings.Loss.OfKeys();
        this.ops = ops;
        this.settings = settings;
        shards = settings.Loss.Shards;
        rowsPerShard = queue is null ? 2 * settings.ShardSize : settings.Batch.Size;
        anchorsPerShard = queue is null ? settings.Loss.At(settings.Run.Seed, 0).Anchors(rowsPerShard) : settings.Batch.Size;
        int rows = shards * rowsPerShard, anchors = shards * anchorsPerShard;
        arena = ops.CreateArena(
            "loss", Arena.BytesFor(ElementType.Float32, (long)rows * settings.Encoder.EmbeddingDimension) + Arena.BytesFor(ElementType.Float32, anchors)
            + Arena.BytesFor(ElementType.Float32, 2L * anchors));
        dz = arena.Take(rows, settings.Encoder.EmbeddingDimension);
        loss = arena.Take(anchors);
        logSumExp = arena.Take(2 * shards, anchorsPerShard);
        losses = new float[anchors];
        if (queue is null && !settings.Loss.IsKNegatives)
            ofPairs = new TwoViewLoss(ops, settings.Loss.OfKeys(), shards, settings.ShardSize, settings.Encoder.EmbeddingDimension);
        labels = ofPairs?.NeedsLabels == true ? new int[settings.Batch.Size] : [];
    }

    /// <summary>Takes the labels of a batch where the loss asks for them. Precedes <see cref="Forward"/>.</summary>
    /// <param name="samples">The samples of the batch, by their indices in the image set.</param>
    public void TakeLabels(ReadOnlySpan<int> samples)
    {
        if (labels.Length == 0) return;
        for (int i = 0; i < labels.Length; i++) labels[i] = images!.Label(samples[i]);
        ofPairs!.TakeLabels(labels);
    }

    /// <summary>The mean loss.</summary>
    /// <param name="z">Unit rows, [2N, D], or [N, D] with a queue.</param>
    /// <param name="step">The step, from 0.</param>
    public double Forward(Tensor z, long step)
    {
        if (ofPairs is not null)
        {
            for (int shard = 0; shard < shards; shard++)
                ofPairs.Compute(shard, RowsOf(z, shard), AnchorsOf(loss, shard), logSumExp.Slice(2 * shard, 1), RowsOf(dz, shard));
        }
        else if (queue is null)
        {
            for (int shard = 0; shard < shards; shard++) ops.KNegativesForward(RowsOf(z, shard), settings.Loss.At(settings.Run.Seed, step, shard), AnchorsOf(loss, shard), logSumExp.Slice(2 * shard, 2));
        }
        else
        {
            // Without a gradient of the keys one pass over them gives loss and gradient together.
            ops.ContrastiveLoss(new ContrastiveBatch(z, queue.Keys) { Positives = queue.Positives }, ofKeys, loss, logSumExp.Slice(0, 1), new ContrastiveGradients(dz));
        }

        ops.Download<float>(loss, losses);
        double sum = 0;
        foreach (float value in losses) sum += value;
        return sum / losses.Length;
    }

    /// <summary>The gradient of the mean loss with respect to z, valid until the next call. Follows one <see cref="Forward"/>.</summary>
    /// <param name="z">As in the forward pass.</param>
    /// <param name="step">As in the forward pass.</param>
    public Tensor Backward(Tensor z, long step)
    {
        if (queue is not null) return dz;
        if (ofPairs is null)
        {
            for (int shard = 0; shard < shards; shard++) ops.KNegativesBackward(RowsOf(z, shard), settings.Loss.At(settings.Run.Seed, step, shard), logSumExp.Slice(2 * shard, 2), RowsOf(dz, shard));
        }

        if (shards > 1) ops.Scale(dz, 1f / shards, dz);
        return dz;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ofPairs?.Dispose();
        arena.Dispose();
    }

    private Tensor RowsOf(Tensor whole, int shard) => whole.Slice(shard * rowsPerShard, rowsPerShard);

    private Tensor AnchorsOf(Tensor whole, int shard) => whole.Slice(shard * anchorsPerShard, anchorsPerShard);
}
