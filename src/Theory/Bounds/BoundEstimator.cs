namespace NegSamples.Theory;

/// <summary>Measures the terms of the bounds on batches, as <c>bound.py</c> of Nozawa and Sato 2021 (arXiv:2102.06866) does, but counts in integers.</summary>
/// <remarks>Anchor z is view 0 of a sample, its positive z⁺ view 1 of the same sample, its K negatives view 1 of the rest of the batch.
/// <c>l(z, c; S) = ln Σ_(s in S) exp(z·μ_s/t) − z·μ_c/t</c>; S_b is the set of the batch's classes, n_c the batch's samples of class c.
/// Cost of a batch of B: 4·B²·D multiply-adds.</remarks>
public sealed class BoundEstimator
{
    private readonly int classes, dimension;
    private readonly double temperature;
    private readonly double[] means, logits, weighted;
    private readonly int[] occurrences;
    private double[] first = [], second = [];
    private int batchSize;
    private long batches, coveredBatches, samples, uniqueSamples, correct;
    private double duplicatesSquared, contrastive, original, supervised, partial, conflict, curlSupervised, curlPartial, assumption, linear, jensen, meanClassifier, collision;

    /// <summary>An estimator that has seen no batch.</summary>
    /// <param name="classCount">C, at least 1.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">t, above 0.</param>
    /// <param name="classMeans">[C, D]: μ_c, means of unit vectors, not normalised again.</param>
    /// <exception cref="ArgumentException">A number is out of range or the means do not fit.</exception>
    public BoundEstimator(int classCount, int dimension, double temperature, ReadOnlySpan<double> classMeans)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (!(temperature > 0) || double.IsInfinity(temperature))
            throw new ArgumentOutOfRangeException(nameof(temperature), $"temperature is {temperature}; expected a finite number above 0.");
        Rows.Check(classMeans, classCount, dimension, nameof(classMeans));
        classes = classCount;
        this.dimension = dimension;
        this.temperature = temperature;
        means = classMeans.ToArray();
        logits = new double[classCount];
        weighted = new double[classCount];
        occurrences = new int[classCount];
    }

    /// <summary>Adds a batch of K + 1 samples.</summary>
    /// <param name="set">Where the samples are from; another set of views may come with each pass.</param>
    /// <param name="indices">[K + 1]: the samples; the same number in every batch.</param>
    /// <exception cref="ArgumentException">The size of the batch, an index, a label or the dimension does not fit.</exception>
    public void AddBatch(EmbeddedSet set, ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(set);
        CheckBatch(set, indices);
        Array.Clear(occurrences);
        foreach (int index in indices) occurrences[set.Labels[index]]++;
        bool covers = !occurrences.Contains(0);
        int unique = occurrences.Count(count => count == 1);
        batches++;
        if (covers) coveredBatches++;
        samples += indices.Length;
        uniqueSamples += unique;
        duplicatesSquared += (double)(indices.Length - unique) * (indices.Length - unique);
        for (int i = 0; i < indices.Length; i++)
        {
            AddContrastive(set, indices, i);
            AddSupervised(set, indices[i], covers);
        }
    }

    /// <summary>What the batches so far say.</summary>
    /// <exception cref="InvalidOperationException">There was no batch.</exception>
    public BoundMeasurement Measure()
    {
        if (batches == 0) throw new InvalidOperationException("No batch was added; the terms of the bounds are means over batches.");
        return new()
        {
            ClassCount = classes,
            Negatives = batchSize - 1,
            Temperature = temperature,
            Upsilon = Proportion.Of(coveredBatches, batches),
            CurlTau = Proportion.OfBatches(samples - uniqueSamples, samples, batches, duplicatesSquared),
            ContrastiveLoss = contrastive / samples,
            OriginalContrastiveLoss = original / samples,
            SupervisedLoss = supervised / samples,
            PartialSupervisedLoss = partial / samples,
            ConflictTerm = conflict / samples,
            CurlSupervisedLoss = curlSupervised / samples,
            CurlPartialSupervisedLoss = curlPartial / samples,
            AssumptionValue = assumption / samples,
            LinearAssumptionValue = linear / samples,
            CentroidAccuracy = (double)correct / samples,
            JensenLoss = jensen / samples,
            MeanClassifierLoss = meanClassifier / samples,
            CollisionLoss = collision / samples,
        };
    }

    private void CheckBatch(EmbeddedSet set, ReadOnlySpan<int> indices)
    {
        if (set.Dimension != dimension) throw new ArgumentException($"set has dimension {set.Dimension}; expected {dimension}.", nameof(set));
        if (indices.IsEmpty) throw new ArgumentException("indices is empty; expected the K + 1 samples of a batch.", nameof(indices));
        if (batches > 0 && indices.Length != batchSize)
            throw new ArgumentException($"indices has {indices.Length} samples; expected {batchSize}, as in the batches before.", nameof(indices));
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)set.Count) throw new ArgumentException($"indices[{i}] is {indices[i]}; expected 0 to {set.Count - 1}.", nameof(indices));
            if (set.Labels[indices[i]] >= classes)
                throw new ArgumentException($"The label of sample {indices[i]} is {set.Labels[indices[i]]}; expected 0 to {classes - 1}.", nameof(set));
        }

        batchSize = indices.Length;
        if (first.Length != 2 * batchSize)
        {
            first = new double[2 * batchSize];
            second = new double[2 * batchSize];
        }
    }

    private void AddContrastive(EmbeddedSet set, ReadOnlySpan<int> indices, int i)
    {
        int count = indices.Length, label = set.Labels[indices[i]];
        ReadOnlySpan<double> z = Rows.Row(set.FirstView, indices[i], dimension), positive = Rows.Row(set.SecondView, indices[i], dimension);
        for (int j = 0; j < count; j++)
        {
            ReadOnlySpan<double> other = Rows.Row(set.FirstView, indices[j], dimension), otherPositive = Rows.Row(set.SecondView, indices[j], dimension);
            first[j] = Rows.Dot(z, otherPositive) / temperature;
            first[count + j] = i == j ? double.NegativeInfinity : Rows.Dot(z, other) / temperature;
            second[j] = Rows.Dot(positive, other) / temperature;
            second[count + j] = i == j ? double.NegativeInfinity : Rows.Dot(positive, otherPositive) / temperature;
        }

        double similarity = first[i];
        contrastive += Elementary.LogSumExp(first.AsSpan(0, count)) - similarity;
        original += ((Elementary.LogSumExp(first.AsSpan(0, 2 * count)) + Elementary.LogSumExp(second.AsSpan(0, 2 * count))) / 2) - similarity;
        int same = 0;
        for (int j = 0; j < count; j++)
            if (set.Labels[indices[j]] == label) second[same++] = first[j];
        collision += Elementary.LogSumExp(second.AsSpan(0, same)) - similarity;
    }

    private void AddSupervised(EmbeddedSet set, int index, bool covers)
    {
        int label = set.Labels[index];
        ReadOnlySpan<double> z = Rows.Row(set.FirstView, index, dimension), positive = Rows.Row(set.SecondView, index, dimension);
        int best = 0, present = 0;
        double bestScore = double.NegativeInfinity;
        for (int c = 0; c < classes; c++)
        {
            ReadOnlySpan<double> mean = Rows.Row(means, c, dimension);
            double product = Rows.Dot(z, mean), score = product + Rows.Dot(positive, mean);
            logits[c] = product / temperature;
            if (score > bestScore) (best, bestScore) = (c, score);
        }

        if (best == label) correct++;
        double own = logits[label], full = Elementary.LogSumExp(logits) - own;
        for (int c = 0; c < classes; c++)
            if (occurrences[c] > 0) weighted[present++] = logits[c] + Math.Log(occurrences[c]);
        jensen += Elementary.LogSumExp(weighted.AsSpan(0, present)) - own;
        present = 0;
        for (int c = 0; c < classes; c++)
            if (occurrences[c] > 0) weighted[present++] = logits[c];
        double subset = Elementary.LogSumExp(weighted.AsSpan(0, present)) - own;
        bool isUnique = occurrences[label] == 1;

        meanClassifier += full;
        if (covers) supervised += full;
        else partial += subset;
        if (isUnique) curlPartial += subset;
        if (isUnique && covers) curlSupervised += full;
        conflict += Math.Log(occurrences[label]);
        double delta = own - (Rows.Dot(z, Rows.Row(set.AugmentationMeans, index, dimension)) / temperature);
        linear += delta;
        assumption += Math.Min(0, delta);
    }
}
