namespace NegSamples.Training.Evaluation;

/// <summary>How many samples each class of a split has: what an accuracy must be read against where they differ.</summary>
internal static class ClassSizes
{
    /// <summary>The samples of each class, [classes].</summary>
    /// <param name="labels">The labels, each 0 to classes − 1.</param>
    /// <param name="classes">The number of classes.</param>
    public static int[] Of(ReadOnlySpan<int> labels, int classes)
    {
        int[] sizes = new int[classes];
        foreach (int label in labels) sizes[label]++;
        return sizes;
    }

    /// <summary>Whether the classes that have a sample have different numbers of them.</summary>
    public static bool Differ(int[] sizes)
    {
        int[] present = [.. sizes.Where(size => size > 0)];
        return present.Length > 0 && present.Min() != present.Max();
    }

    /// <summary>The share of the commonest class, which always naming it gets right; null where the classes are of one size.</summary>
    public static double? CommonestShare(ReadOnlySpan<int> labels, int classes)
    {
        int[] sizes = Of(labels, classes);
        return Differ(sizes) ? (double)sizes.Max() / labels.Length : null;
    }
}
