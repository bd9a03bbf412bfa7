using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The loss against a queue whose keys lie on all ranks: the queries travel, the keys stay.</summary>
/// <remarks>
/// Every rank has all queries, sums them over its own keys, and gathers what the other ranks' keys leave of them, a few numbers each. All ranks finish all
/// rows, adding the ranks' states in their order, and make of their own keys their part of the queries' gradient, whose sum goes to the queries' owners. On the
/// wire are N·D floats to (beside the N·D of the new keys), N·D fro and 40 bytes of each query from each rank, however many keys there are.
/// </remarks>
internal sealed class QueueLossOverRanks : IDisposable
{
    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly MomentumContrast queue;
    private readonly RowLoss formula;
    private readonly RankShare share;
    private readonly Arena arena;
    private readonly Tensor queries, dq, dz, ofPart, ofParts, factors, loss, logSumExp;
    private readonly ContrastiveState state;
    private readonly float[] losses;

    /// <summary>Takes the memory for everybody's queries and their gradient.</summary>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="settings">Which loss and which negatives.</param>
    /// <param name="queue">The queue.</param>
    public QueueLossOverRanks(Ops ops, TrainingSettings settings, MomentumContrast queue)
    {
        (this.ops, this.settings, this.queue, formula) = (ops, settings, queue, settings.Loss.Formula);
        share = RankShare.Of(settings, ops.Collective);
        int rows = settings.Batch.Size, dimension = settings.Encoder.EmbeddingDimension;
        bool hasProducts = new ContrastiveSettings(1, formula).HasProducts;
        arena = ops.CreateArena(
            "loss over ranks", ((hasProducts ? 3 : 2) * Arena.BytesFor(ElementType.Float32, (long)rows * dimension))
            + Arena.BytesFor(ElementType.Float32, (long)share.Samples * dimension) + Arena.BytesFor(ElementType.Int32, (long)rows * ContrastiveState.Width)
            + Arena.BytesFor(ElementType.Int32, (long)share.Size * rows * ContrastiveState.Width)
            + Arena.BytesFor(ElementType.Float32, (long)rows * ContrastiveState.FactorWidth) + (2 * Arena.BytesFor(ElementType.Float32, rows)));
        queries = arena.Take(rows, dimension);
        dq = arena.Take(rows, dimension);
        dz = arena.Take(share.Samples, dimension);
        ofPart = arena.Take(ElementType.Int32, rows, ContrastiveState.Width);
        ofParts = arena.Take(ElementType.Int32, share.Size * rows, ContrastiveState.Width);
        factors = arena.Take(rows, ContrastiveState.FactorWidth);
        loss = arena.Take(rows);
        logSumExp = arena.Take(rows);
        state = new(ofPart, hasProducts ? arena.Take(rows, dimension) : default);
        losses = new float[rows];
    }

    /// <summary>This rank's part of the mean loss, of its gradient, and of its slope along the logit scale: over the ranks they add up.</summary>
    /// <param name="z">This rank's unit rows, [N/P, D].</param>
    /// <param name="step">The step, from 0: negatives are drawn anew in each.</param>
    /// <param name="temperature">T.</param>
    /// <param name="bias">b, of a loss that has one.</param>
    /// <returns>Its dz is valid until the next call.</returns>
    public BatchLossResult Compute(Tensor z, long step, float temperature, float bias)
    {
        ContrastiveSettings of = new(temperature, formula) { Bias = bias };
        ops.AllGather(z, queries);

        // The positives' weights are near 1 and come with the last keys: added first, they would take the digits of all the small ones.
        ContrastiveBatch batch = new(queries, queue.Keys)
        {
            Positives = share.Rank == share.Size - 1 ? queue.AllPositives : default, Part = new(queue.FirstKey, queue.Length), Sample = settings.SampleAt(step),
        };
        ops.ContrastiveSums(batch, of, state);
        ops.AllGather(ofPart, ofParts);
        ops.ContrastiveFinish(ofParts, of, loss, logSumExp, factors);
        ops.ContrastiveWeights(batch, of, factors, new ContrastiveGradients(dq), state.Products.IsNone ? default : state);
        ops.ReduceScatter(dq, dz);

        // dL/d ln(1/T) = −T·dL/dT, of this rank's queries.
        double byScale = settings.Loss.LearnTemperature
            ? -temperature * ops.ContrastiveTemperatureGradient(new(z, queue.Keys) { Positives = queue.Positives }, of, new ContrastiveGradients(dz)) : 0;
        double byBias = settings.Loss.LearnsBias ? ops.ContrastiveBiasGradient(logSumExp.Slice(share.FirstSample, share.Samples)) / share.Size : 0;
        ops.Download<float>(loss, losses);
        double sum = 0;
        foreach (float value in losses.AsSpan(share.FirstSample, share.Samples)) sum += value;
        return new BatchLossResult(sum / losses.Length, dz, byScale, byBias);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
