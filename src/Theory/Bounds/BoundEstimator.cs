using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>Measures the terms of the bounds on batches, as <c>bound.py</c> of Nozawa and Sato 2021 (arXiv:2102.06866) does, but counts in integers.</summary>
/// <remarks>Anchor z is view 0 of a sample, its positive z⁺ view 1 of the same sample, its K negatives view 1 of the rest of the batch.
/// <c>l(z, c; S) = ln Σ_(s in S) exp(z·μ_s/t) − z·μ_c/t</c>; S_b is the set of the batch's classes, n_c the batch's samples of class c.
/// Cost of a batch of B: 4·B²·D multiply-adds and 5·B² exponentials.</remarks>
internal sealed class BoundEstimator
{
    private readonly ClassDistribution distribution;
    private readonly int classes, dimension;
    private readonly double temperature;
    private readonly double[] means;
    private readonly BoundBatch batch;
    private int batchSize;
    private BoundSums sums;

    /// <summary>An estimator that has seen no batch.</summary>
    /// <param name="distribution">ρ, the classes of the set that the batches are drawn from, in the order of the labels.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">t, above 0.</param>
    /// <param name="classMeans">[C, D]: μ_c, means of unit vectors, not normalised again.</param>
    /// <exception cref="ArgumentException">A number is out of range or the means do not fit.</exception>
    public BoundEstimator(ClassDistribution distribution, int dimension, double temperature, ReadOnlySpan<double> classMeans)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (!(temperature > 0) || double.IsInfinity(temperature))
            throw new ArgumentOutOfRangeException(nameof(temperature), $"temperature is {temperature}; expected a finite number above 0.");
        this.distribution = distribution;
        classes = distribution.Count;
        Rows.Check(classMeans, classes, dimension, nameof(classMeans));
        this.dimension = dimension;
        this.temperature = temperature;
        means = classMeans.ToArray();
        batch = new(classes, dimension, temperature, means);
    }

    /// <summary>Adds a batch of K + 1 samples.</summary>
    /// <param name="set">Where the samples are from; another set of views may come with each pass.</param>
    /// <param name="indices">[K + 1]: the samples; the same number in every batch.</param>
    /// <exception cref="ArgumentException">The size of the batch, an index, a label or the dimension does not fit.</exception>
    public void AddBatch(EmbeddedSet set, ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(set);
        CheckBatch(set, indices);
        sums.Add(batch.Sum(set, indices));
    }

    /// <summary>Adds the batches of one pass: each K + 1 samples in their order, without those at the end that do not fill a batch.</summary>
    /// <param name="set">Where the samples are from.</param>
    /// <param name="order">The samples of the pass.</param>
    /// <param name="batchSize">K + 1, the same in every batch.</param>
    /// <param name="threads">How many batches are summed at once; 0 for one per core. It never changes the numbers.</param>
    /// <param name="stop">Ends it; no batch of this pass is added then.</param>
    /// <exception cref="ArgumentException">The size of the batch, an index, a label or the dimension does not fit.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void AddBatches(EmbeddedSet set, int[] order, int batchSize, int threads = 1, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        BoundSums[] pass = new BoundSums[order.Length / batchSize];
        for (int i = 0; i < pass.Length; i++) CheckBatch(set, order.AsSpan(i * batchSize, batchSize));
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads, CancellationToken = stop };
        Parallel.For(0, pass.Length, options, () => new BoundBatch(classes, dimension, temperature, means), (i, _, worker) =>
        {
            pass[i] = worker.Sum(set, order.AsSpan(i * batchSize, batchSize), stop);
            return worker;
        }, static _ => { });
        foreach (BoundSums one in pass) sums.Add(one);
    }

    /// <summary>What the batches so far say.</summary>
    /// <exception cref="InvalidOperationException">There was no batch.</exception>
    public BoundMeasurement Measure()
    {
        if (sums.Batches == 0) throw new InvalidOperationException("No batch was added; the terms of the bounds are means over batches.");
        double samples = sums.Samples;
        double[] norms = [.. Enumerable.Range(0, classes).Select(c => Math.Sqrt(Rows.Dot(Rows.Row(means, c, dimension), Rows.Row(means, c, dimension))))];
        return new()
        {
            Classes = distribution,
            Negatives = batchSize - 1,
            Temperature = temperature,
            Upsilon = Proportion.Of(sums.CoveredBatches, sums.Batches),
            CurlTau = Proportion.OfBatches(sums.Samples - sums.UniqueSamples, sums.Samples, sums.Batches, sums.DuplicatesSquared),
            ContrastiveLoss = sums.Contrastive / samples,
            OriginalContrastiveLoss = sums.Original / samples,
            SupervisedLoss = sums.Supervised / samples,
            PartialSupervisedLoss = sums.Partial / samples,
            ConflictTerm = sums.Conflict / samples,
            CurlSupervisedLoss = sums.CurlSupervised / samples,
            CurlPartialSupervisedLoss = sums.CurlPartial / samples,
            AssumptionValue = sums.Assumption / samples,
            LinearAssumptionValue = sums.Linear / samples,
            CentroidAccuracy = sums.Correct / samples,
            JensenLoss = sums.Jensen / samples,
            MeanClassifierLoss = sums.MeanClassifier / samples,
            CollisionLoss = sums.Collision / samples,
            LargestMeanNorm = norms.Max(),
            NormCeiling = SupervisedCeiling.OfNorms(norms, distribution, temperature),
        };
    }

    private void CheckBatch(EmbeddedSet set, ReadOnlySpan<int> indices)
    {
        if (set.Dimension != dimension) throw new ArgumentException($"set has dimension {set.Dimension}; expected {dimension}.", nameof(set));
        if (indices.IsEmpty) throw new ArgumentException("indices is empty; expected the K + 1 samples of a batch.", nameof(indices));
        if (batchSize > 0 && indices.Length != batchSize)
            throw new ArgumentException($"indices has {Counted.Of(indices.Length, "sample")}; expected {batchSize}, as in the batches before.", nameof(indices));
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)set.Count)
                throw new ArgumentException($"indices[{i}] is {indices[i]}; expected 0 to {set.Count - 1}.", nameof(indices));
            if (set.Labels[indices[i]] >= classes)
                throw new ArgumentException($"The label of sample {indices[i]} is {set.Labels[indices[i]]}; expected 0 to {classes - 1}.", nameof(set));
        }

        batchSize = indices.Length;
    }
}
