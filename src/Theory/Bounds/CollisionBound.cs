using System.Runtime.CompilerServices;

namespace NegSamples.Theory.Bounds;

/// <summary>The collision term's upper side (Nozawa and Sato 2021, <c>eq:upper-bound-collision</c>): with m negatives of the anchor's class,
/// <c>E ln(1 + Σ_(k ≤ m) exp(z·(z_k − z⁺)/t)) ≤ ln(1 + m) + (m/t) Δ</c>, <c>Δ = E |z·(z′ − z⁺)|</c> over two samples of one class.</summary>
/// <remarks>Proved: the log-sum-exp is 1-Lipschitz in the maximum norm, and a maximum is at most the sum. It needs no uniform classes and holds for
/// each class with its own Δ.</remarks>
public sealed class CollisionBound
{
    // Each other sample is read once for so many anchors, whose rows stay in the first cache.
    private const int AnchorsPerBlock = 16;

    private readonly double temperature;
    private readonly double[] classDeltas;

    private CollisionBound(double temperature, double[] classDeltas, double delta, double publishedDelta)
    {
        this.temperature = temperature;
        this.classDeltas = classDeltas;
        Delta = delta;
        PublishedDelta = publishedDelta;
    }

    /// <summary>Δ over all samples that share their class with another: z of view 0, z′ and z⁺ of view 1, z′ another sample than z.</summary>
    public double Delta { get; }

    /// <summary>paper-as-published: the number that the published notebook prints, <c>|cos(x_i⁰, x_j¹) − cos(x_j⁰, x_j¹)|</c>: the anchor is view 1 of
    /// sample j. Of equal expectation; without 1/t; classes weigh by their samples.</summary>
    public double PublishedDelta { get; }

    /// <summary>Δ_c of each class; NaN for a class of fewer than two samples.</summary>
    public ReadOnlySpan<double> ClassDeltas => classDeltas;

    /// <summary>Measures Δ over all pairs of samples of a class. Cost: Σ_c n_c²·D multiply-adds.</summary>
    /// <param name="set">The samples; the augmentation means are not read.</param>
    /// <param name="temperature">t, above 0.</param>
    /// <param name="threads">How many anchors are summed at once; 0 for one per core. It never changes the numbers.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ArgumentException">No class has two samples, or the temperature is not above 0.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static CollisionBound Measure(EmbeddedSet set, double temperature, int threads = 1, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = stop };
        double[] deltas = new double[set.Count == 0 ? 0 : set.Labels.Max() + 1];
        double total = 0, published = 0;
        int counted = 0;
        for (int c = 0; c < deltas.Length; c++)
        {
            stop.ThrowIfCancellationRequested();
            int label = c;
            int[] members = [.. Enumerable.Range(0, set.Count).Where(i => set.Labels[i] == label)];
            deltas[c] = double.NaN;
            if (members.Length < 2) continue;
            double[] positives = [.. members.Select(i => Similarity(set, i, i))];
            (double Own, double Published)[] anchors = new (double, double)[members.Length];
            int blocks = (members.Length + AnchorsPerBlock - 1) / AnchorsPerBlock;
            Parallel.For(0, blocks, options, block => AddDistances(set, members, positives, block * AnchorsPerBlock, anchors, stop));

            // In the order of the samples, whoever computed them.
            double sum = 0;
            foreach ((double own, double ofOthers) in anchors)
            {
                sum += own;
                published += ofOthers;
            }

            deltas[c] = sum / members.Length;
            total += sum;
            counted += members.Length;
        }

        if (counted == 0)
            throw new ArgumentException("set has no class of two samples; expected at least one, since the bound is over such pairs.", nameof(set));
        return new(temperature, deltas, total / counted, published / counted);
    }

    /// <summary><c>ln(1 + m) + (m/t) Δ</c>.</summary>
    /// <param name="duplicates">m, at least 0.</param>
    public double UpperBound(int duplicates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(duplicates);
        return Math.Log(1.0 + duplicates) + (duplicates / temperature * Delta);
    }

    /// <summary><c>ln(1 + m) + (m/t) Δ_c</c>.</summary>
    /// <param name="duplicates">m, at least 0.</param>
    /// <param name="label">c, a class of two samples at least.</param>
    public double UpperBound(int duplicates, int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(duplicates);
        return Math.Log(1.0 + duplicates) + (duplicates / temperature * classDeltas[label]);
    }

    /// <summary>Means over the other samples j of i's class, for a block of anchors i: |S_ij − S_ii| and |S_ij − S_jj|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddDistances(EmbeddedSet set, int[] members, double[] positives, int first, (double Own, double Published)[] anchors, CancellationToken stop)
    {
        Span<(double Own, double Published)> block = anchors.AsSpan(first, Math.Min(AnchorsPerBlock, members.Length - first));
        for (int j = 0; j < members.Length; j++)
        {
            stop.ThrowIfCancellationRequested();
            ReadOnlySpan<double> other = Rows.Row(set.SecondView, members[j], set.Dimension);
            for (int i = 0; i < block.Length; i++)
            {
                if (first + i == j) continue;
                double similarity = Rows.Dot(Rows.Row(set.FirstView, members[first + i], set.Dimension), other);
                block[i].Own += Math.Abs(similarity - positives[first + i]);
                block[i].Published += Math.Abs(similarity - positives[j]);
            }
        }

        for (int i = 0; i < block.Length; i++) block[i] = (block[i].Own / (members.Length - 1), block[i].Published / (members.Length - 1));
    }

    private static double Similarity(EmbeddedSet set, int first, int second) =>
        Rows.Dot(Rows.Row(set.FirstView, first, set.Dimension), Rows.Row(set.SecondView, second, set.Dimension));
}
