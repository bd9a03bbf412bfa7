namespace NegSamples.Theory.Bounds;

/// <summary>N labelled samples, each with the embeddings of two views and the mean embedding over its augmentations.</summary>
public sealed class EmbeddedSet
{
    /// <summary>Norms below this count as this, as in the encoder's own normalisation.</summary>
    private const double SmallestNorm = 1e-12;

    /// <summary>Takes the rows; views are normalised to unit length, means are not.</summary>
    /// <param name="dimension">D, at least 1.</param>
    /// <param name="firstView">[N, D]: view 0, the anchors.</param>
    /// <param name="secondView">[N, D]: view 1, the positives and negatives.</param>
    /// <param name="augmentationMeans">[N, D]: means of unit vectors over the augmentations of each sample.</param>
    /// <param name="labels">[N], at least 0.</param>
    /// <exception cref="ArgumentException">A length does not fit, a number is not finite or a label is negative.</exception>
    public EmbeddedSet(
        int dimension, ReadOnlySpan<double> firstView, ReadOnlySpan<double> secondView, ReadOnlySpan<double> augmentationMeans, ReadOnlySpan<int> labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Dimension = dimension;
        Rows.Check(firstView, labels.Length, dimension, nameof(firstView));
        Rows.Check(secondView, labels.Length, dimension, nameof(secondView));
        Rows.Check(augmentationMeans, labels.Length, dimension, nameof(augmentationMeans));
        for (int i = 0; i < labels.Length; i++)
            if (labels[i] < 0) throw new ArgumentException($"labels[{i}] is {labels[i]}; expected at least 0.", nameof(labels));
        Labels = labels.ToArray();
        FirstView = Normalized(firstView);
        SecondView = Normalized(secondView);
        AugmentationMeans = augmentationMeans.ToArray();
    }

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>N.</summary>
    public int Count => Labels.Length;

    internal int[] Labels { get; }

    internal double[] FirstView { get; }

    internal double[] SecondView { get; }

    internal double[] AugmentationMeans { get; }

    private double[] Normalized(ReadOnlySpan<double> rows)
    {
        double[] unit = rows.ToArray();
        for (int start = 0; start < unit.Length; start += Dimension)
        {
            Span<double> row = unit.AsSpan(start, Dimension);
            double norm = Math.Max(SmallestNorm, Math.Sqrt(Rows.Dot(row, row)));
            for (int i = 0; i < row.Length; i++) row[i] /= norm;
        }

        return unit;
    }
}
