using System.Numerics.Tensors;

namespace NegSamples.Study.Embeddings;

/// <summary>How often two different samples have which cosine, within a class and between classes.</summary>
internal sealed class SimilarityHistogram
{
    private SimilarityHistogram(long[] within, long[] between)
    {
        Within = within;
        Between = between;
    }

    /// <summary>Pairs of one class in each bin.</summary>
    public IReadOnlyList<long> Within { get; }

    /// <summary>Pairs of two classes in each bin.</summary>
    public IReadOnlyList<long> Between { get; }

    /// <summary>The bins' edges, from −1 to 1.</summary>
    public double[] Edges => [.. Enumerable.Range(0, Within.Count + 1).Select(i => (2.0 * i / Within.Count) - 1)];

    /// <summary>Counts all pairs.</summary>
    /// <param name="sample">The samples; rows of unit length.</param>
    /// <param name="bins">How many bins; a cosine on an edge belongs to the bin above, 1 to the last.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static SimilarityHistogram Of(EmbeddingSample sample, int bins, CancellationToken stop = default)
    {
        double[][] rows = [.. Enumerable.Range(0, sample.Count).Select(i => Array.ConvertAll(sample.Row(i).ToArray(), value => (double)value))];
        long[] within = new long[bins], between = new long[bins];
        for (int i = 0; i < rows.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            for (int j = 0; j < i; j++)
            {
                double cosine = TensorPrimitives.Dot<double>(rows[i], rows[j]);
                int bin = Math.Clamp((int)Math.Floor((cosine + 1) / 2 * bins), 0, bins - 1);
                (sample.Labels[i] == sample.Labels[j] ? within : between)[bin]++;
            }
        }

        return new SimilarityHistogram(within, between);
    }

    /// <summary>Counts as a density: its integral over [−1, 1] is 1. NaN where nothing was counted.</summary>
    /// <param name="counts">Of bins of equal width.</param>
    public static double[] Density(IReadOnlyList<long> counts) => [.. counts.Select(count => count / (double)counts.Sum() * counts.Count / 2)];
}
