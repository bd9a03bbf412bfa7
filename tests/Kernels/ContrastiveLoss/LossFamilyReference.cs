using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One row of a loss by its paper's formula, exponential by exponential: the loss, its denominator's logarithm and its slope along every logit.</summary>
internal sealed record RowFormula<T>(T Loss, T LogSumExp, T[] ByLogit, T ByPositive, bool OnFloor)
    where T : struct, IFloatingPointIeee754<T>
{
    /// <param name="loss">Which loss, with its parameters.</param>
    /// <param name="s">The logits of the negatives, or of all other rows for the supervised loss.</param>
    /// <param name="positive">s⁺.</param>
    /// <param name="temperature">T.</param>
    /// <param name="sameLabel">Which of the logits are those of the row's own label.</param>
    public static RowFormula<T> Of(RowLoss loss, T[] s, T positive, T temperature, bool[]? sameLabel = null)
    {
        // Every formula is a quotient of sums of exponentials, from whose logits one number c may be taken.
        T floorLogit = -T.One / temperature, most = s.Max(), c = loss is SupervisedContrastive or Decoupled ? most : T.Max(most, T.Max(positive, floorLogit));
        T[] e = [.. s.Select(x => T.Exp(x - c))];
        T p = T.Exp(positive - c), n = T.CreateChecked(s.Length);
        switch (loss)
        {
            case InfoNce:
                return Quotient(p + Sum(e), e, T.One, p);
            case Decoupled:
                return Quotient(Sum(e), e, T.One, T.Zero);
            case Debiased debiased:
                return Reweighted(debiased.PositivePrior, 0);
            case HardNegatives hard:
                return Reweighted(hard.PositivePrior, hard.Hardness);
            case SupervisedContrastive:
                T all = Sum(e), count = T.CreateChecked(sameLabel!.Count(own => own)), total = T.Zero;
                for (int j = 0; j < s.Length; j++) total += sameLabel![j] ? s[j] - c - T.Log(all) : T.Zero;
                return new RowFormula<T>(-total / count, T.Log(all) + c, [.. e.Select((x, j) => (x / all) - (sameLabel![j] ? T.One / count : T.Zero))], T.Zero, false);
            default:
                throw new ArgumentOutOfRangeException(nameof(loss));
        }

        RowFormula<T> Quotient(T denominator, T[] terms, T factor, T positiveTerm, bool onFloor = false) => new(
            T.Log(denominator) + c - positive, T.Log(denominator) + c, [.. terms.Select(x => factor * x / denominator)], (positiveTerm / denominator) - T.One, onFloor);

        RowFormula<T> Reweighted(double prior, double hardness)
        {
            T tau = T.CreateChecked(prior), beta = T.CreateChecked(hardness), floor = T.Exp(floorLogit - c);
            T[] q = [.. s.Select(x => T.Exp(beta * (x - most)))];
            T weights = Sum(q), mean = Sum([.. e.Select((x, j) => x * q[j])]) / weights, estimate = (mean - (tau * p)) / (T.One - tau);
            if (estimate < floor && tau > T.Zero) return Quotient(p + (n * floor), e, T.Zero, p, onFloor: true);
            T[] slopes = [.. e.Select((x, j) => q[j] / weights * (((T.One + beta) * x) - (beta * mean)))];
            return Quotient(p + (n * estimate), slopes, n / (T.One - tau), p - (n * tau * p / (T.One - tau)));
        }
    }

    private static T Sum(T[] values) => values.Aggregate(T.Zero, (sum, value) => sum + value);
}

/// <summary>A loss of queries against keys by its formula, in double the truth and in float what one writes without thought.</summary>
internal sealed class LossFamilyReference<T>
    where T : struct, IFloatingPointIeee754<T>
{
    // A sum of products in float is off by about this share of the sum of their sizes.
    private const double DotRounding = 1.0 / (1 << 23);

    private readonly int depth;
    private readonly Random? signs;

    /// <param name="positiveKey">Which key is the positive of query i, −1 where it is a row of its own.</param>
    /// <param name="counts">Whether key j stands in query i's denominator beside the positive.</param>
    /// <param name="sameLabel">Whether key j has query i's label.</param>
    /// <param name="signs">If given, every dot product is moved by the rounding that a sum in float has, up or down: what the data make of such an error.</param>
    public LossFamilyReference(
        ContrastiveSettings settings, Tensor queries, Tensor keys, Tensor positives, Func<int, int> positiveKey, Func<int, int, bool> counts, Func<int, int, bool> sameLabel,
        Random? signs = null)
    {
        this.signs = signs;
        int rows = queries[0];
        depth = queries[1];
        T[] q = Copy(queries), k = Copy(keys), p = positives.IsNone ? [] : Copy(positives);
        (Loss, LogSumExp, Dq, Dk, Dp) = (new T[rows], new T[rows], new T[q.Length], new T[k.Length], new T[p.Length]);
        T temperature = T.CreateChecked(settings.Temperature), share = T.One / (T.CreateChecked(rows) * temperature);
        double[] ofKeys = new double[keys[0]];
        for (int i = 0; i < rows; i++)
        {
            int[] columns = [.. Enumerable.Range(0, keys[0]).Where(j => counts(i, j))];
            int target = positiveKey(i);
            bool hasPositive = settings.Loss.NeedsPositive;
            T[] of = target < 0 ? p : k, ofGradient = target < 0 ? Dp : Dk;
            int place = target < 0 ? i : target;
            RowFormula<T> row = RowFormula<T>.Of(
                settings.Loss, [.. columns.Select(j => Dot(q, i, k, j) / temperature)], hasPositive ? Dot(q, i, of, place) / temperature : T.Zero, temperature, [.. columns.Select(j => sameLabel(i, j))]);
            (Loss[i], LogSumExp[i]) = (row.Loss, row.LogSumExp);
            double ofRow = hasPositive ? Math.Abs(double.CreateChecked(row.ByPositive * share)) : 0;
            if (hasPositive) Add(row.ByPositive * share, q, i, of, place, ofGradient);
            if (hasPositive && target >= 0) ofKeys[target] += ofRow;
            for (int c = 0; c < columns.Length; c++)
            {
                double size = Math.Abs(double.CreateChecked(row.ByLogit[c] * share));
                (ofRow, ofKeys[columns[c]]) = (ofRow + size, ofKeys[columns[c]] + size);
                Add(row.ByLogit[c] * share, q, i, k, columns[c], Dk);
            }

            LargestShares = Math.Max(LargestShares, ofRow);
        }

        LargestShares = Math.Max(LargestShares, ofKeys.Max());
    }

    public T[] Loss { get; }

    public T[] LogSumExp { get; }

    public T[] Dq { get; }

    public T[] Dk { get; }

    public T[] Dp { get; }

    /// <summary>The largest sum of |weights| in any row of a gradient: what an error of all weights is multiplied by.</summary>
    public double LargestShares { get; }

    private void Add(T weight, T[] q, int i, T[] k, int j, T[] dk)
    {
        for (int d = 0; d < depth; d++)
        {
            Dq[(i * depth) + d] += weight * k[(j * depth) + d];
            dk[(j * depth) + d] += weight * q[(i * depth) + d];
        }
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

    private static T[] Copy(Tensor tensor)
    {
        T[] copy = new T[tensor.Count];
        for (int i = 0; i < copy.Length; i++) copy[i] = T.CreateChecked(tensor.Floats[i]);
        return copy;
    }
}
