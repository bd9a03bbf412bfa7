using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>What all N² pairs of samples say of a fixed encoder: z is view 0 of a sample, z⁺ its view 1, its negatives view 1 of the N − 1 others.</summary>
/// <remarks>One pass over the similarities in blocks, in O(N) memory: 1.5·N²·D multiply-adds and 1.5·N² exponentials. N = 10,000 of D = 128 took
/// 6 s on one core that others used too, 5 s on two.</remarks>
public sealed record PairMeasures
{
    private const int RowsAtOnce = 32, Columns = 64;

    /// <summary><c>E‖z − z⁺‖²</c>, 0 to 4. Source: Wang and Isola 2020 (arXiv:2005.10242), L_align with α = 2.</summary>
    public required double Alignment { get; init; }

    /// <summary><c>ln E e^(−2‖z − z′‖²)</c> over the pairs i &lt; j of view 0, at most 0. Source: Wang and Isola 2020, L_uniform with t = 2.</summary>
    public required double Uniformity { get; init; }

    /// <summary><c>L_∞ = E[−z·z⁺/t + ln E_x′ e^(z·z′/t)]</c> in nats: the limit of L_info(K) − ln K. Source: Wang and Isola 2020, Theorem 1; the inner
    /// mean is over the N − 1 others.</summary>
    public required double LimitLoss { get; init; }

    /// <summary><c>E Var(w)/(E w)²</c> of an anchor's weights <c>w = e^(z·z_k/t)</c>.</summary>
    public required double Variation { get; init; }

    /// <summary><c>E e^(z·z⁺/t)/E w</c>: the positive's weight in those of a negative; infinite where t is too small for it.</summary>
    public required double PositiveWeight { get; init; }

    /// <summary><c>E Σ_(c_k = c) w_k/Σ w_k</c>: what the softmax over the negatives gives to the anchor's own class, 0 to 1. Source: Chuang et al. 2020
    /// (arXiv:2007.00224), whose bias it is; Arora et al. 2019 call the event a collision.</summary>
    public required double SameClassShare { get; init; }

    /// <summary>The same for equal weights: <c>Σ_c n_c(n_c − 1)/(N(N − 1))</c>.</summary>
    public required double CountedSameClassShare { get; init; }

    /// <summary><c>ESS = E (Σ w)²/Σ w²</c>, 1 to N − 1 negatives. Source: Kish's effective sample size.</summary>
    public required double EffectiveNegatives { get; init; }

    /// <summary>
    /// L_info(K) − ln K − L_∞ to first order in 1/K, in nats: <c>(E e^(z·z⁺/t)/E w − ½ E Var(w)/(E w)²)/K</c>, by
    /// <c>ln(m̂ + e/K) ≈ ln m + e/(K m) − Var(w)/(2 K m²)</c> for the mean m̂ of K draws.
    /// </summary>
    /// <param name="negatives">K, at least 1.</param>
    public double GapAt(int negatives)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, 1);
        return (PositiveWeight - (Variation / 2)) / negatives;
    }

    /// <summary>Measures all pairs.</summary>
    /// <param name="set">At least 2 samples.</param>
    /// <param name="temperature">t, above 0.</param>
    /// <param name="threads">Threads; 0 for one per core. They never change the numbers.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ArgumentException">There are fewer than 2 samples, or t is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static PairMeasures Of(EmbeddedSet set, double temperature, int threads = 1, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (set.Count < 2) throw new ArgumentException($"set has {Counted.Of(set.Count, "sample")}; expected at least 2.", nameof(set));
        if (!(temperature > 0) || double.IsInfinity(temperature))
            throw new ArgumentOutOfRangeException(nameof(temperature), $"temperature is {temperature}; expected a finite number above 0.");
        Row[] rows = new Row[set.Count];
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = stop };
        Parallel.For(0, (set.Count + RowsAtOnce - 1) / RowsAtOnce, options, block =>
        {
            int first = block * RowsAtOnce;
            AddBlock(set, temperature, rows.AsSpan(first, Math.Min(RowsAtOnce, set.Count - first)), first, stop);
        });
        return Means(set, temperature, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock(EmbeddedSet set, double temperature, Span<Row> rows, int first, CancellationToken stop)
    {
        foreach (ref Row row in rows) row.Largest = double.NegativeInfinity;
        Span<double> block = stackalloc double[RowsAtOnce * Columns];
        for (int from = 0; from < set.Count; from += Columns)
        {
            stop.ThrowIfCancellationRequested();
            int count = Math.Min(Columns, set.Count - from);
            Rows.Products(set.FirstView, first, rows.Length, set.SecondView, from, count, set.Dimension, block);
            for (int i = 0; i < rows.Length; i++) AddWeights(ref rows[i], block.Slice(i * count, count), set.Labels, first + i, from, temperature);
            if (from + count <= first + 1) continue;
            Rows.Products(set.FirstView, first, rows.Length, set.FirstView, from, count, set.Dimension, block);
            for (int i = 0; i < rows.Length; i++)
            {
                // e^(−2(2 − 2s)) of the pairs within view 0, each once.
                Span<double> scores = block.Slice(i * count, count)[Math.Clamp(first + i + 1 - from, 0, count)..];
                foreach (ref double score in scores) score = 4 * (score - 1);
                Exponentials(scores);
                foreach (double weight in scores) rows[i].Uniformity += weight;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWeights(ref Row row, Span<double> scores, int[] labels, int anchor, int from, double temperature)
    {
        double largest = row.Largest;
        for (int j = 0; j < scores.Length; j++)
        {
            scores[j] = from + j == anchor ? double.NegativeInfinity : scores[j] / temperature;
            largest = Math.Max(largest, scores[j]);
        }

        if (double.IsNegativeInfinity(largest)) return; // the anchor alone
        row.RaiseTo(largest);
        for (int j = 0; j < scores.Length; j++) scores[j] -= largest;
        Exponentials(scores);
        for (int j = 0; j < scores.Length; j++)
        {
            double weight = scores[j];
            row.Sum += weight;
            row.Squares += weight * weight;
            if (labels[from + j] == labels[anchor]) row.SameClass += weight;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static PairMeasures Means(EmbeddedSet set, double temperature, Row[] rows)
    {
        double others = rows.Length - 1, alignment = 0, uniformity = 0, limit = 0, variation = 0, positive = 0, share = 0, counted = 0, effective = 0;
        int[] counts = new int[set.Labels.Max() + 1];
        foreach (int label in set.Labels) counts[label]++;
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<double> z = Rows.Row(set.FirstView, i, set.Dimension), own = Rows.Row(set.SecondView, i, set.Dimension);
            for (int d = 0; d < z.Length; d++) alignment += (z[d] - own[d]) * (z[d] - own[d]);
            double score = Rows.Dot(z, own) / temperature, mean = rows[i].Sum / others, relative = rows[i].Squares / (rows[i].Sum * rows[i].Sum);
            limit += rows[i].Largest + Math.Log(mean) - score;
            variation += Math.Max(0, (others * relative) - 1);
            positive += Math.Exp(score - rows[i].Largest) / mean;
            share += rows[i].SameClass / rows[i].Sum;
            counted += (counts[set.Labels[i]] - 1) / others;
            effective += 1 / relative;
            uniformity += rows[i].Uniformity;
        }

        double samples = rows.Length;
        return new()
        {
            Alignment = alignment / samples, Uniformity = Math.Log(uniformity / (samples * others / 2)),
            LimitLoss = limit / samples, Variation = variation / samples,
            PositiveWeight = positive / samples, SameClassShare = share / samples, CountedSameClassShare = counted / samples,
            EffectiveNegatives = effective / samples,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exponentials(Span<double> values)
    {
        int lanes = Vector512<double>.Count, wide = values.Length / lanes * lanes;
        foreach (ref Vector512<double> some in MemoryMarshal.Cast<double, Vector512<double>>(values[..wide])) some = Vector512.Exp(some);
        for (int i = wide; i < values.Length; i++) values[i] = Math.Exp(values[i]);
    }

    /// <summary>The sums of one anchor, its weights relative to the largest so far.</summary>
    private record struct Row(double Largest, double Sum, double Squares, double SameClass, double Uniformity)
    {
        public void RaiseTo(double largest)
        {
            if (largest == Largest) return;
            double factor = Math.Exp(Largest - largest);
            (Largest, Sum, Squares, SameClass) = (largest, Sum * factor, Squares * factor * factor, SameClass * factor);
        }
    }
}
