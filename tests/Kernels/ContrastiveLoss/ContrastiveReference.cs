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
        AddRow(weight, k.AsSpan(j * depth, depth), Dq.AsSpan(i * depth, depth));
        AddRow(weight, q.AsSpan(i * depth, depth), dk.AsSpan(j * depth, depth));
        double size = Math.Abs(double.CreateChecked(weight));
        ofQuery += size;
        return size;
    }

    // By vectors each element is what it is one by one: a product and a sum, each rounded.
    private static void AddRow(T weight, ReadOnlySpan<T> row, Span<T> sums)
    {
        int d = 0;
        for (; d <= row.Length - Vector<T>.Count; d += Vector<T>.Count)
            (new Vector<T>(sums[d..]) + (new Vector<T>(weight) * new Vector<T>(row[d..]))).CopyTo(sums[d..]);
        for (; d < row.Length; d++) sums[d] += weight * row[d];
    }

    private T Dot(T[] a, int i, T[] b, int j)
    {
        ReadOnlySpan<T> left = a.AsSpan(i * depth, depth), right = b.AsSpan(j * depth, depth);
        T sum = T.Zero;
        for (int d = 0; d < left.Length; d++) sum += left[d] * right[d];
        if (signs is null) return sum;
        T size = T.Zero;
        for (int d = 0; d < left.Length; d++) size += T.Abs(left[d] * right[d]);
        return sum + (T.CreateChecked(signs.Next(2) == 0 ? DotRounding : -DotRounding) * size);
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
