using System.Numerics.Tensors;

namespace NegSamples.Study.Embeddings;

/// <summary>The cosines of two different images of one class.</summary>
internal static class ClassCosines
{
    /// <summary>All pairs of each class: element c has n_c(n_c − 1)/2 cosines.</summary>
    /// <param name="sample">The samples; rows of unit length.</param>
    /// <param name="classes">How many classes are wanted, from the first.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static double[][] Of(EmbeddingSample sample, int classes, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(sample);
        List<double>[] cosines = [.. Enumerable.Range(0, classes).Select(_ => new List<double>())];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, sample.Count).GroupBy(i => sample.Labels[i]).Where(group => group.Key < classes))
        {
            int[] own = [.. group];
            for (int a = 0; a < own.Length; a++)
            {
                stop.ThrowIfCancellationRequested();
                for (int b = 0; b < a; b++) cosines[group.Key].Add(TensorPrimitives.Dot(sample.Row(own[a]), sample.Row(own[b])));
            }
        }

        return [.. cosines.Select(list => list.ToArray())];
    }
}
