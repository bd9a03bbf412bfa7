namespace NegSamples.Theory.Bounds;

/// <summary>How near a representation is to collapsed classes on a simplex, the optimum of <see cref="SimplexOptimum"/>.</summary>
internal static class ClassGeometry
{
    /// <summary><c>tr Cov(f̄ | c)</c>: the mean squared distance of the augmentation means to the mean of their class within the set.
    /// NaN where no class has two samples.</summary>
    /// <param name="set">The samples.</param>
    public static double WithinClassVariance(EmbeddedSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.Count == 0) throw new ArgumentException("set is empty; expected at least 1 sample.", nameof(set));
        int dimension = set.Dimension, classes = set.Labels.Max() + 1;
        double[] means = new double[classes * dimension];
        int[] counts = new int[classes];
        foreach (int label in set.Labels) counts[label]++;
        if (counts.Max() < 2) return double.NaN;
        for (int i = 0; i < set.Count; i++)
            for (int d = 0; d < dimension; d++) means[(set.Labels[i] * dimension) + d] += set.AugmentationMeans[(i * dimension) + d] / counts[set.Labels[i]];
        double sum = 0;
        for (int i = 0; i < set.Count; i++)
        {
            for (int d = 0; d < dimension; d++)
            {
                double difference = set.AugmentationMeans[(i * dimension) + d] - means[(set.Labels[i] * dimension) + d];
                sum += difference * difference;
            }
        }

        return sum / set.Count;
    }

    /// <summary>The mean cosine between the means of different classes; the simplex has −1/(C − 1).</summary>
    /// <param name="classMeans">[C, D], no row 0, C at least 2.</param>
    /// <param name="dimension">D.</param>
    public static double MeanOffDiagonalCosine(ReadOnlySpan<double> classMeans, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        int classes = classMeans.Length / dimension;
        if (classes < 2) throw new ArgumentException($"classMeans has {Counted.Of(classes, "row")}; expected at least 2.", nameof(classMeans));
        Rows.Check(classMeans, classes, dimension, nameof(classMeans));
        double sum = 0;
        for (int a = 0; a < classes; a++)
        {
            ReadOnlySpan<double> left = classMeans.Slice(a * dimension, dimension);
            for (int b = a + 1; b < classes; b++)
            {
                ReadOnlySpan<double> right = classMeans.Slice(b * dimension, dimension);
                sum += Rows.Dot(left, right) / Math.Sqrt(Rows.Dot(left, left) * Rows.Dot(right, right));
            }
        }

        return sum / (classes * (classes - 1) / 2.0);
    }
}
