using System.Numerics.Tensors;
using NegSamples.Kernels;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Similarity;

/// <summary>Losses and gradients of sampled rows in float64, from the definition, and how far a method's results are from them.</summary>
/// <remarks>Keys pass by in tiles; for each query the maximum and the sum of exponentials run along. A sampled query costs 2·K·D multiply-adds; a key's
/// gradient needs the log-sum-exp of every query, N·K·D, which is computed up to <see cref="MostMultiplyAdds"/> and otherwise taken from the measured
/// losses. Ranks walk their own keys, sample keys among them, and exchange sums in double.</remarks>
internal sealed class SimilarityTruth : IDisposable
{
    /// <summary>Multiply-adds in float64 that may be spent on the log-sum-exp of all queries: a few seconds on a core.</summary>
    public const double MostMultiplyAdds = 1L << 34;

    private const int MostSamples = 16, PerTile = 512;

    // Queries whose float64 copies are held at once.
    private const int QueriesAtOnce = 1024;

    private readonly SimilarityTensors tensors;
    private readonly Collective ranks;
    private readonly Arena? gathered;
    private readonly Tensor queryRows, positiveRows, queryGradient;
    private readonly ParallelOptions parallel;
    private readonly int[] positiveKeys, ignoredKeys;
    private readonly double temperature;
    private readonly double[] logSumExp, positive;
    private readonly bool isOfPairs, isAcross;

    private SimilarityTruth(SimilarityTensors tensors, CancellationToken stop)
    {
        (this.tensors, ranks) = (tensors, tensors.Ops.Collective);
        (queryRows, positiveRows, queryGradient) = (tensors.Batch.Queries, tensors.Batch.Positives, tensors.QueryGradient);
        if (ranks.Size > 1)
        {
            gathered = tensors.Ops.CreateArena("check", 3 * Arena.BytesFor(ElementType.Float32, (long)tensors.Shape.Rows * tensors.Shape.Dimension));
            (queryRows, queryGradient) = (Gathered(queryRows), Gathered(queryGradient));
            if (!positiveRows.IsNone) positiveRows = Gathered(positiveRows);
        }

        parallel = new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = tensors.Settings.Threads == 0 ? -1 : tensors.Settings.Threads };
        (positiveKeys, ignoredKeys) = (Integers(tensors.Batch.PositiveKeys), Integers(tensors.Batch.IgnoredKeys));
        temperature = tensors.Settings.Temperature;
        (logSumExp, positive) = (new double[tensors.Shape.LossRows], new double[tensors.Shape.LossRows]);
        (isOfPairs, isAcross) = (tensors.Shape.Form == SimilarityForm.Sigmoid, tensors.Shape.Form == SimilarityForm.TwoTower);
    }

    private int Depth => tensors.Shape.Dimension;

    /// <summary>Compares the outputs as the method left them.</summary>
    /// <param name="tensors">Inputs and outputs.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="mostMultiplyAdds">What may be spent on the log-sum-exp of all queries.</param>
    public static SimilarityError Compare(SimilarityTensors tensors, CancellationToken stop, double mostMultiplyAdds = MostMultiplyAdds)
    {
        using SimilarityTruth truth = new(tensors, stop);
        return truth.Compare(mostMultiplyAdds);
    }

    public void Dispose() => gathered?.Dispose();

    private Tensor Gathered(Tensor own)
    {
        Tensor all = gathered!.Take(tensors.Shape.Rows, Depth);
        tensors.Ops.AllGather(own, all);
        return all;
    }

    private SimilarityError Compare(double mostMultiplyAdds)
    {
        SimilarityShape shape = tensors.Shape;
        int[] queries = Spread(shape.LossRows), keys = shape.Form == SimilarityForm.Queue ? [] : Spread(tensors.Batch.Keys.Rows);
        double pairs = shape.Pairs / ranks.Size * (shape.LossRows / shape.Rows) * (shape.LossRows / shape.Rows); // the same on every rank
        bool isExact = keys.Length > 0 && (isOfPairs || pairs * Depth <= mostMultiplyAdds);
        foreach (int[] some in isExact && !isOfPairs ? Enumerable.Range(0, shape.LossRows).Chunk(QueriesAtOnce) : [queries]) SumUp(some);
        float[] loss = new float[shape.LossRows];
        tensors.Ops.Download<float>(tensors.Loss, loss);
        double ofLoss = Largest(queries.Select(i => loss[i] - (logSumExp[i] - positive[i])));
        if (keys.Length > 0 && !isExact) TakeMeasured(loss, queries);
        double[] dq = QueryGradients(queries), dk = KeyGradients(keys);
        if (!shape.IsOfRows)
            return new(
                queries.Length, ofLoss, Worst(queryGradient, queries, dq), (int)ranks.Sum(keys.Length), keys.Length == 0 ? null : Worst(tensors.KeyGradient, keys, dk),
                Truth(keys, isExact));

        // The rows are queries and keys at once: the samples are the same rows, and dz has both parts.
        TensorPrimitives.Add(dq, dk, dq);
        return new(queries.Length, ofLoss, Worst(queryGradient, queries, dq), 0, null, Truth(keys, isExact));
    }

    private static ColumnTruth Truth(int[] keys, bool isExact) => keys.Length == 0 ? ColumnTruth.None : isExact ? ColumnTruth.Exact : ColumnTruth.MeasuredLoss;

    /// <summary>Log-sum-exp and positive logit of some queries.</summary>
    private void SumUp(int[] queries)
    {
        double[] q = Rows(queryRows, queries), maxima = new double[queries.Length], sums = new double[queries.Length];
        Array.Fill(maxima, isOfPairs ? 0 : double.NegativeInfinity);
        ForTiles(tensors.Batch.Keys, (first, count, tile) => Parallel.For(0, queries.Length, parallel, s =>
        {
            int i = queries[s];
            for (int j = 0; j < count; j++)
            {
                double logit = TensorPrimitives.Dot<double>(q.AsSpan(s * Depth, Depth), tile.AsSpan(j * Depth, Depth)) / temperature;
                if (IsIgnored(i, first + j)) continue;
                if (isOfPairs) sums[s] += Softplus(IsPositive(i, first + j) ? -Biased(logit) : Biased(logit));
                else
                {
                    if (IsPositive(i, first + j)) positive[i] = logit;
                    Add(logit, ref maxima[s], ref sums[s]);
                }
            }
        }), tensors.FirstKey);
        MergeRanks(queries, maxima, sums);
        double[] p = positiveRows.IsNone ? [] : Rows(positiveRows, queries);
        for (int s = 0; s < queries.Length; s++)
        {
            if (p.Length > 0)
            {
                positive[queries[s]] = TensorPrimitives.Dot<double>(q.AsSpan(s * Depth, Depth), p.AsSpan(s * Depth, Depth)) / temperature;
                Add(positive[queries[s]], ref maxima[s], ref sums[s]);
            }

            logSumExp[queries[s]] = isOfPairs ? sums[s] : maxima[s] + Math.Log(sums[s]); // of pairs the loss itself
        }
    }

    /// <summary>The log-sum-exp of the queries that are not sampled is their measured loss plus their positive's logit.</summary>
    private void TakeMeasured(float[] loss, int[] sampled)
    {
        HashSet<int> exact = [.. sampled];
        double[] key = new double[Depth], dots = new double[loss.Length];
        ForTiles(queryRows, (first, count, tile) =>
        {
            for (int i = first; i < first + count; i++)
            {
                int own = positiveKeys[i] - tensors.FirstKey;
                if (exact.Contains(i) || (uint)own >= (uint)tensors.Batch.Keys.Rows) continue;
                Widen(tensors.Batch.Keys.Slice(own, 1), new float[Depth], key);
                dots[i] = TensorPrimitives.Dot<double>(tile.AsSpan((i - first) * Depth, Depth), key) / temperature;
            }
        });
        AddRanks(dots);
        for (int i = 0; i < dots.Length; i++)
        {
            if (!exact.Contains(i)) (positive[i], logSumExp[i]) = (dots[i], loss[i] + dots[i]);
        }
    }

    /// <summary><c>dq_i = (Σ_j P_ij k_j − k_i⁺)/(N·T)</c> of some queries.</summary>
    private double[] QueryGradients(int[] queries)
    {
        double[] q = Rows(queryRows, queries), gradients = new double[queries.Length * Depth];
        ForTiles(tensors.Batch.Keys, (first, count, tile) => Parallel.For(0, queries.Length, parallel, s =>
        {
            for (int j = first; j < first + count; j++)
                AddTerm(queries[s], j, q.AsSpan(s * Depth, Depth), tile.AsSpan((j - first) * Depth, Depth), ofKey: false, gradients.AsSpan(s * Depth, Depth));
        }), tensors.FirstKey);
        AddRanks(gradients);
        if (positiveRows.IsNone) return gradients;
        double[] p = Rows(positiveRows, queries);
        for (int s = 0; s < queries.Length; s++)
        {
            double weight = (Math.Exp(positive[queries[s]] - logSumExp[queries[s]]) - 1) / (tensors.Shape.Rows * temperature);
            for (int d = 0; d < Depth; d++) gradients[(s * Depth) + d] += weight * p[(s * Depth) + d];
        }

        return gradients;
    }

    /// <summary><c>dk_j = Σ_i (P_ij − [j = i⁺]) q_i/(N·T)</c> of some of this rank's keys.</summary>
    private double[] KeyGradients(int[] keys)
    {
        double[] k = Rows(tensors.Batch.Keys, keys), gradients = new double[keys.Length * Depth];
        if (keys.Length == 0) return gradients;
        ForTiles(queryRows, (first, count, tile) => Parallel.For(0, keys.Length, parallel, s =>
        {
            for (int i = first; i < first + count; i++)
                AddTerm(i, tensors.FirstKey + keys[s], tile.AsSpan((i - first) * Depth, Depth), k.AsSpan(s * Depth, Depth), ofKey: true, gradients.AsSpan(s * Depth, Depth));
        }));
        return gradients;
    }

    private void AddTerm(int i, int j, ReadOnlySpan<double> query, ReadOnlySpan<double> key, bool ofKey, Span<double> gradient)
    {
        if (IsIgnored(i, j)) return;
        double logit = TensorPrimitives.Dot(query, key) / temperature;
        double ofPair = !isOfPairs ? Math.Exp(logit - logSumExp[i]) - (IsPositive(i, j) ? 1 : 0)
            : IsPositive(i, j) ? -Logistic(-Biased(logit)) : Logistic(Biased(logit));
        double weight = ofPair / (tensors.Shape.LossRows * temperature);
        TensorPrimitives.MultiplyAdd(ofKey ? query : key, weight, gradient, gradient);
    }

    private bool IsPositive(int i, int j) => positiveKeys.Length > 0 && positiveKeys[i] == j;

    /// <summary>Of two towers a row meets the other tower alone.</summary>
    private bool IsIgnored(int i, int j) => (isAcross && i < tensors.Shape.Rows == j < tensors.Shape.Rows) || (ignoredKeys.Length > 0 && ignoredKeys[i] == j);

    private double Biased(double logit) => logit + tensors.Settings.BiasOfLoss;

    private static double Logistic(double x)
    {
        double small = Math.Exp(-Math.Abs(x));
        return (x > 0 ? 1 : small) / (1 + small);
    }

    // The rounding of 1 + small is taken off again.
    private static double Softplus(double x)
    {
        double small = Math.Exp(-Math.Abs(x)), onePlus = 1 + small;
        return Math.Max(x, 0) + (onePlus == 1 ? small : Math.Log(onePlus) * (small / (onePlus - 1)));
    }

    /// <summary>The largest error of an element over the largest element; over 1/(N·T), a softmax weight's share of a gradient, where all are zero.</summary>
    private double Worst(Tensor measured, int[] rows, double[] truth)
    {
        double[] found = Rows(measured, rows), all = new double[2 * ranks.Size];
        ranks.AllGather([Largest(truth), Largest(found.Zip(truth, (f, t) => f - t))], all);
        double scale = Largest(all.Where((_, i) => i % 2 == 0));
        return Largest(all.Where((_, i) => i % 2 == 1)) / (scale > 0 ? scale : 1 / (tensors.Shape.LossRows * temperature));
    }

    private static double Largest(IEnumerable<double> values)
    {
        double largest = 0;
        foreach (double value in values)
        {
            if (!(Math.Abs(value) <= largest)) largest = Math.Abs(value); // NaN is an error too
            if (double.IsNaN(value)) break;
        }

        return largest;
    }

    private static void Add(double logit, ref double maximum, ref double sum)
    {
        if (logit > maximum) (maximum, sum) = (logit, (sum * Math.Exp(maximum - logit)) + 1);
        else sum += Math.Exp(logit - maximum);
    }

    /// <summary>What the ranks have summed up over their keys becomes that of all keys.</summary>
    private void MergeRanks(int[] queries, double[] maxima, double[] sums)
    {
        if (ranks.Size == 1) return;
        int n = queries.Length;
        double[] own = [.. maxima, .. sums, .. queries.Select(i => positive[i])], all = new double[own.Length * ranks.Size];
        ranks.AllGather(own, all);
        for (int s = 0; s < n; s++)
        {
            (double[] most, double[] sum, double[] dot) = (OfRanks(s), OfRanks(n + s), OfRanks((2 * n) + s));
            maxima[s] = most.Max();
            sums[s] = sum.Select((value, rank) => value * Math.Exp(most[rank] - maxima[s])).Sum();
            positive[queries[s]] = dot.Sum(); // 0 on all ranks but the one that has the key
        }

        double[] OfRanks(int place) => [.. Enumerable.Range(0, ranks.Size).Select(rank => all[(rank * own.Length) + place])];
    }

    private void AddRanks(double[] values)
    {
        if (ranks.Size == 1) return;
        double[] all = new double[values.Length * ranks.Size];
        ranks.AllGather(values, all);
        Array.Clear(values);
        for (int rank = 0; rank < ranks.Size; rank++) TensorPrimitives.Add(values, all.AsSpan(rank * values.Length, values.Length), values);
    }

    private void ForTiles(Tensor rows, Action<int, int, double[]> use, int firstIndex = 0)
    {
        float[] host = new float[Math.Min(PerTile, rows.Rows) * Depth];
        double[] tile = new double[host.Length];
        for (int first = 0; first < rows.Rows; first += PerTile)
        {
            int count = Math.Min(PerTile, rows.Rows - first);
            parallel.CancellationToken.ThrowIfCancellationRequested();
            Widen(rows.Slice(first, count), host, tile);
            use(firstIndex + first, count, tile);
        }
    }

    private double[] Rows(Tensor tensor, int[] rows)
    {
        double[] values = new double[rows.Length * Depth];
        float[] host = new float[Depth];
        for (int s = 0; s < rows.Length; s++) Widen(tensor.Slice(rows[s], 1), host, values.AsSpan(s * Depth, Depth));
        return values;
    }

    private void Widen(Tensor rows, float[] host, Span<double> values)
    {
        Span<float> floats = host.AsSpan(0, (int)rows.Count);
        tensors.Ops.Download(rows, floats);
        TensorPrimitives.ConvertChecked<float, double>(floats, values);
    }

    private int[] Integers(Tensor tensor)
    {
        if (tensor.IsNone) return [];
        int[] values = new int[tensor.Count];
        tensors.Ops.Download<int>(tensor, values);
        return values;
    }

    /// <summary>Evenly spaced indices from the first to the last.</summary>
    private static int[] Spread(int count)
    {
        int samples = Math.Min(MostSamples, count);
        return [.. Enumerable.Range(0, samples).Select(s => samples == 1 ? 0 : (int)((long)s * (count - 1) / (samples - 1)))];
    }
}
