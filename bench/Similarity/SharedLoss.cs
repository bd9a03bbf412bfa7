using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary>The loss and gradients of all queries with keys that no rank holds all of: keys stay where they are, queries travel.</summary>
/// <remarks>
/// The queries are gathered; each rank sums up all of them over its own keys; the sums are gathered, from which every rank has the same losses and factors;
/// each weighs its own keys, which gives it their gradient whole and a part of every query's, and these are added in the order of the ranks on the rank whose
/// query it is. What travels does not grow with K: 8·N·D + 4·<see cref="ContrastiveState.Width"/>·N·P bytes a rank, 12·N·D for a queue, whose positives travel
/// with the queries.
/// </remarks>
internal sealed class SharedLoss : SimilarityLoss
{
    private readonly ContrastiveSettings settings;
    private readonly Tensor queries, positives, states, factors, partialGradient;
    private readonly ContrastiveState state;
    private readonly ContrastiveBatch batch;

    public SharedLoss(SimilarityTensors tensors)
        : base(tensors)
    {
        SimilarityShape shape = tensors.Shape;
        settings = tensors.Settings.Loss;
        bool isQueue = shape.Form == SimilarityForm.Queue;
        Arena = tensors.Ops.CreateArena("exchange", Need(shape));
        (queries, partialGradient) = (Arena.Take(shape.Rows, shape.Dimension), Arena.Take(shape.Rows, shape.Dimension));
        positives = isQueue ? Arena.Take(shape.Rows, shape.Dimension) : default;
        state = new(Arena.Take(ElementType.Int32, shape.Rows, ContrastiveState.Width), Arena.Take(shape.Rows, shape.Dimension));
        states = Arena.Take(ElementType.Int32, shape.Ranks * shape.Rows, ContrastiveState.Width);
        factors = Arena.Take(shape.Rows, ContrastiveState.FactorWidth);

        // Positives that are rows count as one key more, which is the first rank's.
        batch = tensors.Batch with
        {
            Queries = queries, Positives = tensors.Ops.Collective.Rank == 0 ? positives : default, Part = new KeyPart(tensors.FirstKey, shape.Keys),
        };
    }

    /// <summary>Bytes of the tensors of the exchange.</summary>
    public static long Need(SimilarityShape shape)
    {
        long rows = shape.Rows, matrices = shape.Form == SimilarityForm.Queue ? 4 : 3;
        return (matrices * Arena.BytesFor(ElementType.Float32, rows * shape.Dimension)) + Arena.BytesFor(ElementType.Int32, rows * ContrastiveState.Width)
            + Arena.BytesFor(ElementType.Int32, shape.Ranks * rows * ContrastiveState.Width) + Arena.BytesFor(ElementType.Float32, rows * ContrastiveState.FactorWidth);
    }

    public override void Forward() => SumUp(new ContrastiveState(state.Rows));

    public override void ForwardBackward()
    {
        Ops ops = Tensors.Ops;
        SumUp(state);
        ops.ContrastiveWeights(batch, settings, factors, new ContrastiveGradients(partialGradient, Tensors.KeyGradient), state);
        ops.ReduceScatter(partialGradient, Tensors.QueryGradient);
    }

    private void SumUp(ContrastiveState into)
    {
        Ops ops = Tensors.Ops;
        ops.AllGather(Tensors.Batch.Queries, queries);
        if (!positives.IsNone) ops.AllGather(Tensors.Batch.Positives, positives);
        ops.ContrastiveSums(batch, settings, into);
        ops.AllGather(into.Rows, states);
        ops.ContrastiveFinish(states, settings, Tensors.Loss, Tensors.LogSumExp, factors);
    }
}
