using System.Runtime.CompilerServices;
using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>Sums the terms of the bounds over one batch. Its memory is for one thread.</summary>
internal sealed class BoundBatch
{
    private readonly int classes, dimension;
    private readonly double temperature;
    private readonly double[] means, logits, weighted;
    private readonly int[] occurrences;
    private double[] first = [], second = [];
    private BoundSums sums;

    public BoundBatch(int classes, int dimension, double temperature, double[] means)
    {
        (this.classes, this.dimension, this.temperature, this.means) = (classes, dimension, temperature, means);
        logits = new double[classes];
        weighted = new double[classes];
        occurrences = new int[classes];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public BoundSums Sum(EmbeddedSet set, ReadOnlySpan<int> indices, CancellationToken stop = default)
    {
        if (first.Length != 2 * indices.Length)
        {
            first = new double[2 * indices.Length];
            second = new double[2 * indices.Length];
        }

        Array.Clear(occurrences);
        foreach (int index in indices) occurrences[set.Labels[index]]++;
        bool covers = !occurrences.Contains(0);
        int unique = occurrences.Count(count => count == 1);
        double duplicates = indices.Length - unique;
        sums = new()
        {
            Batches = 1, CoveredBatches = covers ? 1 : 0, Samples = indices.Length, UniqueSamples = unique, DuplicatesSquared = duplicates * duplicates,
        };
        for (int i = 0; i < indices.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            AddContrastive(set, indices, i);
            AddSupervised(set, indices[i], covers);
        }

        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

        sums.Contrastive += Elementary.LogLoss(first.AsSpan(0, count), i);
        sums.Original += (Elementary.LogLoss(first.AsSpan(0, 2 * count), i) + Elementary.LogLoss(second.AsSpan(0, 2 * count), i)) / 2;
        int same = 0, own = 0;
        for (int j = 0; j < count; j++)
        {
            if (j == i) own = same;
            if (set.Labels[indices[j]] == label) second[same++] = first[j];
        }

        sums.Collision += Elementary.LogLoss(second.AsSpan(0, same), own);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

        if (best == label) sums.Correct++;
        double own = logits[label], full = Elementary.LogLoss(logits, label);
        int place = 0;
        for (int c = 0; c < classes; c++)
        {
            if (c == label) place = present;
            if (occurrences[c] > 0) weighted[present++] = logits[c];
        }

        double subset = Elementary.LogLoss(weighted.AsSpan(0, present), place), repeats = Math.Log(occurrences[label]);
        present = 0;
        for (int c = 0; c < classes; c++)
            if (occurrences[c] > 0) weighted[present++] += Math.Log(occurrences[c]);
        sums.Jensen += Elementary.LogLoss(weighted.AsSpan(0, present), place) + repeats;
        bool isUnique = occurrences[label] == 1;

        sums.MeanClassifier += full;
        if (covers) sums.Supervised += full;
        else sums.Partial += subset;
        if (isUnique) sums.CurlPartial += subset;
        if (isUnique && covers) sums.CurlSupervised += full;
        sums.Conflict += repeats;
        double delta = own - (Rows.Dot(z, Rows.Row(set.AugmentationMeans, index, dimension)) / temperature);
        sums.Linear += delta;
        sums.Assumption += Math.Min(0, delta);
    }
}
