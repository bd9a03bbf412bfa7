using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>A loss of queries against keys by its formula, pair by pair: in double the truth, in float what one writes without thought, with all logits stored.</summary>
internal sealed class ContrastiveReference<T>
    where T : struct, IFloatingPointIeee754<T>
{
    // A sum of products in float is off by about this share of the sum of their sizes.
    private const double DotRounding = 1.0 / (1 << 23);

    private readonly int depth;
    private readonly Random? signs;

    /// <param name="settings">The loss and its temperature.</param>
    /// <param name="pairing">Which pairs are positive, negative or neither.</param>
    /// <param name="q">Queries.</param>
    /// <param name="k">Keys.</param>
    /// <param name="p">Positives that are rows of their own.</param>
    /// <param name="signs">If given, every dot product is moved by the rounding that a sum in float has, up or down: what the data make of such an error.</param>
    public ContrastiveReference(ContrastiveSettings settings, Pairing pairing, T[] q, T[] k, T[] p, Random? signs = null)
    {
        this.signs = signs;
        depth = q.Length / pairing.Rows;
        (Loss, LogSumExp, Dq, Dk, Dp) = (new T[pairing.Rows], new T[pairing.Rows], new T[q.Length], new T[k.Length], new T[p.Length]);
        T temperature = T.CreateChecked(settings.Temperature), share = T.One / (T.CreateChecked(pairing.Rows) * temperature),
            bias = T.CreateChecked(settings.Bias);
        bool hasPositive = settings.Loss.NeedsPositive;
        double[] ofQueries = new double[pairing.Rows], ofKeys = new double[pairing.Keys];
        for (int i = 0; i < pairing.Rows; i++)
        {
            int[] columns = pairing.Columns(i);
            int target = pairing.PositiveKey(i), place = target < 0 ? i : target;
            T[] of = target < 0 ? p : k, ofGradient = target < 0 ? Dp : Dk;
            RowFormula<T> row = RowFormula<T>.Of(
                settings.Loss, [.. columns.Select(j => (Dot(q, i, k, j) / temperature) + bias)], hasPositive ? (Dot(q, i, of, place) / temperature) + bias : T.Zero, temperature,
                [.. columns.Select(j => pairing.SameLabel(i, j))]);
            (Loss[i], LogSumExp[i]) = (row.Loss, row.LogSumExp);
            for (int c = 0; c < columns.Length; c++) ofKeys[columns[c]] += Add(row.ByLogit[c] * share, q, i, k, columns[c], Dk, ref ofQueries[i]);
            if (!hasPositive) continue;
            double size = Add(row.ByPositive * share, q, i, of, place, ofGradient, ref ofQueries[i]);
            if (target >= 0) ofKeys[target] += size;
        }

        LargestWeights = Math.Max(ofQueries.Max(), ofKeys.Max());
        LargestRowWeights = pairing.QueriesAreKeys ? ofQueries.Zip(ofKeys, (a, b) => a + b).Max() : LargestWeights;
        Rows = pairing.QueriesAreKeys ? [.. Dq.Zip(Dk, (a, b) => a + b)] : [.. Dq, .. Dk];
    }

    public T[] Loss { get; }

    public T[] LogSumExp { get; }

    public T[] Dq { get; }

    public T[] Dk { get; }

    public T[] Dp { get; }

    /// <summary>dq + dk where the queries are the keys, otherwise one below the other.</summary>
    public T[] Rows { get; }

    /// <summary>The largest sum of |weights| in any row of dq or dk: what an error of all weights is multiplied by.</summary>
    public double LargestWeights { get; }

    /// <summary>The same of <see cref="Rows"/>.</summary>
    public double LargestRowWeights { get; }

    private double Add(T weight, T[] q, int i, T[] k, int j, T[] dk, ref double ofQuery)
    {
        for (int d = 0; d < depth; d++)
        {
            Dq[(i * depth) + d] += weight * k[(j * depth) + d];
            dk[(j * depth) + d] += weight * q[(i * depth) + d];
        }

        double size = Math.Abs(double.CreateChecked(weight));
        ofQuery += size;
        return size;
    }

    private T Dot(T[] a, int i, T[] b, int j)
    {
        T sum = T.Zero, size = T.Zero;
        for (int d = 0; d < depth; d++)
        {
            T product = a[(i * depth) + d] * b[(j * depth) + d];
            (sum, size) = (sum + product, size + T.Abs(product));
        }

        return signs is null ? sum : sum + (T.CreateChecked(signs.Next(2) == 0 ? DotRounding : -DotRounding) * size);
    }
}

/// <summary>The truth of a batch, the naive result beside it, and what the rounding of dot products alone makes of the truth.</summary>
internal sealed class ContrastiveReference
{
    private readonly ContrastiveReference<double> exact;
    private readonly ContrastiveReference<float> naive;

    private ContrastiveReference(ContrastiveReference<double> exact, ContrastiveReference<float> naive) => (this.exact, this.naive) = (exact, naive);

    public double[] Loss => exact.Loss;

    public double[] LogSumExp => exact.LogSumExp;

    public double[] Dq => exact.Dq;

    public double[] Dk => exact.Dk;

    public double[] Dp => exact.Dp;

    public double[] Rows => exact.Rows;

    public double LargestWeights => exact.LargestWeights;

    public double LargestRowWeights => exact.LargestRowWeights;

    public float[] NaiveLoss => naive.Loss;

    public float[] NaiveLogSumExp => naive.LogSumExp;

    public float[] NaiveDq => naive.Dq;

    public float[] NaiveDk => naive.Dk;

    public float[] NaiveDp => naive.Dp;

    public float[] NaiveRows => naive.Rows;

    public static ContrastiveReference Of(ContrastiveSettings settings, Pairing pairing, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> p = default) => new(
        new ContrastiveReference<double>(settings, pairing, Widen(q), Widen(k), Widen(p)),
        new ContrastiveReference<float>(settings, pairing, q.ToArray(), k.ToArray(), p.ToArray()));

    /// <summary>The truth of dot products that are off by as much as float sums are.</summary>
    public static ContrastiveReference<double> Moved(ContrastiveSettings settings, Pairing pairing, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> p, int seed) =>
        new(settings, pairing, Widen(q), Widen(k), Widen(p), new Random(seed));

    private static double[] Widen(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];
}
