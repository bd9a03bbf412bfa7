using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary>Inputs and outputs of one measurement; of several ranks those of this one. A row is the same on however many ranks.</summary>
internal sealed class SimilarityTensors : IDisposable
{
    private readonly Arena arena;

    /// <summary>Takes all tensors and fills the inputs, but on a device that only plans.</summary>
    public SimilarityTensors(Ops ops, SimilarityShape shape, SimilaritySettings settings, CancellationToken stop, bool planned = false)
    {
        SimilarityNeed need = SimilarityNeed.Of(shape, SimilarityMethod.Streaming, 0, 1); // of several ranks, of one with the most keys
        (Ops, Shape, Settings) = (ops, shape, settings);
        FirstKey = shape.FirstKey(ops.Collective.Rank);
        arena = ops.CreateArena("similarity", need.InputBytes + need.OutputBytes);
        try
        {
            int n = shape.RowsOfRank, k = shape.FirstKey(ops.Collective.Rank + 1) - FirstKey, d = shape.Dimension, firstRow = ops.Collective.Rank * n;
            UnitRows random = new(settings.Seed, settings.Threads) { IsPlanned = planned };
            Tensor queries = arena.Take(shape.Form == SimilarityForm.TwoTower ? shape.LossRows : n, d);
            if (shape.Form == SimilarityForm.NtXent)
            {
                random.Fill(ops, queries, 0, 0, i => i < n / 2 ? null : (0u, i - (n / 2)), stop);
                Batch = new TwoViews(arena, n / 2).BothViews(queries);
            }
            else if (shape.Form == SimilarityForm.TwoTower)
            {
                random.Fill(ops, queries, 0, 0, i => i < n ? null : (0u, i - n), stop);
                Batch = new TwoViews(arena, n).AcrossViews(queries);
            }
            else if (shape.HasKeyGradient)
            {
                Tensor keys = arena.Take(k, d);
                random.Fill(ops, queries, 0, firstRow, _ => null, stop);
                random.Fill(ops, keys, 1, FirstKey, j => j < shape.Rows ? (0u, j) : null, stop);
                Batch = new ContrastiveBatch(queries, keys) { PositiveKeys = Indices(shape.Rows, i => i % shape.Keys) };
                KeyGradient = arena.Take(k, d);
            }
            else
            {
                StackedKeys = arena.Take(k + 1, d);
                Tensor positives = arena.Take(n, d);
                random.Fill(ops, queries, 0, firstRow, _ => null, stop);
                random.Fill(ops, StackedKeys.Slice(1, k), 1, FirstKey, _ => null, stop);
                random.Fill(ops, positives, 2, firstRow, i => (0u, i), stop);
                Batch = new ContrastiveBatch(queries, StackedKeys.Slice(1, k)) { Positives = positives };
            }

            (Loss, LogSumExp) = (arena.Take(shape.LossRows), arena.Take(shape.LossRows));
            QueryGradient = arena.Take(queries.Rows, d);
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    public Ops Ops { get; }

    public SimilarityShape Shape { get; }

    public SimilaritySettings Settings { get; }

    /// <summary>Of several ranks this one's queries, positives that are rows, and keys; <see cref="ContrastiveBatch.PositiveKeys"/> are of all queries, among
    /// all keys.</summary>
    public ContrastiveBatch Batch { get; }

    /// <summary>The first of this rank's keys among all.</summary>
    public int FirstKey { get; }

    /// <summary>The queue's keys below a row of zeros, [K + 1, D]: one product over it leaves column 0 of [N, 1 + K] free for the positive's logit, as MoCo
    /// has it, without a copy of the matrix. The streaming method does not see that row.</summary>
    public Tensor StackedKeys { get; }

    /// <summary>Of all queries, on every rank.</summary>
    public Tensor Loss { get; }

    public Tensor LogSumExp { get; }

    /// <summary>dq of this rank's queries, or dz of rows that are queries and keys at once.</summary>
    public Tensor QueryGradient { get; }

    /// <summary>dk of this rank's keys; none where keys have no gradient of their own.</summary>
    public Tensor KeyGradient { get; }

    public void Dispose() => arena.Dispose();

    private Tensor Indices(int count, Func<int, int> value)
    {
        Tensor tensor = arena.Take(ElementType.Int32, count);
        Ops.Upload<int>(Enumerable.Range(0, count).Select(value).ToArray(), tensor);
        return tensor;
    }
}
