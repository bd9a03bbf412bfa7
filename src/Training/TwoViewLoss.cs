using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>A loss over the two views of a shard's samples in which every row is a query and every row a key; see <see cref="TwoViews"/> for the index sets.</summary>
internal sealed class TwoViewLoss : IDisposable
{
    private readonly Ops ops;
    private readonly ContrastiveSettings settings;
    private readonly int shards, samplesPerShard;
    private readonly Arena arena;
    private readonly TwoViews indices;
    private readonly Tensor keysGradient, labels;
    private readonly int[] labelsOfRows;

    /// <summary>Takes the memory for indices, labels and the gradient of the keys.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="settings">The loss and its temperature.</param>
    /// <param name="shards">S.</param>
    /// <param name="samplesPerShard">N/S.</param>
    /// <param name="depth">D.</param>
    public TwoViewLoss(Ops ops, ContrastiveSettings settings, int shards, int samplesPerShard, int depth)
    {
        (this.ops, this.settings, this.shards, this.samplesPerShard) = (ops, settings, shards, samplesPerShard);
        int rows = 2 * samplesPerShard;
        arena = ops.CreateArena(
            "pairs of views", TwoViews.BytesFor(samplesPerShard) + Arena.BytesFor(ElementType.Float32, (long)rows * depth) + Arena.BytesFor(ElementType.Int32, (long)shards * rows));
        indices = new TwoViews(arena, samplesPerShard);
        keysGradient = arena.Take(rows, depth);
        labels = arena.Take(ElementType.Int32, shards * rows);
        labelsOfRows = new int[shards * rows];
    }

    /// <summary>Whether <see cref="TakeLabels"/> must come before <see cref="Compute"/>.</summary>
    public bool NeedsLabels => settings.Loss.EqualLabelsArePositives;

    /// <summary>Takes the labels of a batch.</summary>
    /// <param name="labelsOfSamples">The label of each of the N samples, in the batch's order.</param>
    public void TakeLabels(ReadOnlySpan<int> labelsOfSamples)
    {
        for (int shard = 0; shard < shards; shard++)
        {
            ReadOnlySpan<int> own = labelsOfSamples.Slice(shard * samplesPerShard, samplesPerShard);
            for (int view = 0; view < 2; view++) own.CopyTo(labelsOfRows.AsSpan(((2 * shard) + view) * samplesPerShard));
        }

        ops.Upload<int>(labelsOfRows, labels);
    }

    /// <summary>The losses of one shard's rows and the gradient of their mean.</summary>
    /// <param name="shard">The shard, from 0.</param>
    /// <param name="z">Its unit rows, [2N/S, D].</param>
    /// <param name="loss">Receives the loss of each row, [2N/S].</param>
    /// <param name="logSumExp">Receives the logarithm of each denominator, [2N/S].</param>
    /// <param name="dz">Receives the gradient, [2N/S, D].</param>
    public void Compute(int shard, Tensor z, Tensor loss, Tensor logSumExp, Tensor dz)
    {
        ContrastiveBatch batch = NeedsLabels ? indices.Labelled(z, labels.Slice(shard * z[0], z[0])) : indices.BothViews(z);
        ops.ContrastiveLoss(batch, settings, loss, logSumExp, new ContrastiveGradients(dz, keysGradient));
        ops.Add(dz, keysGradient, dz);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
