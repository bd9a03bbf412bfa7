using NegSamples.Augment.Data;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>Unit rows of one view of some samples that follow each other, [n, D].</summary>
/// <param name="view">The view, from 0.</param>
internal delegate ReadOnlySpan<float> ViewRows(int view);

/// <summary>Sums unit embeddings in double as they come, sample by sample and view by view.</summary>
internal static class ClassMeans
{
    /// <summary>μ_c: [C, D], the means over all views of all images of a class, not normalised again.</summary>
    /// <param name="run">The run.</param>
    /// <param name="train">The training images.</param>
    /// <param name="counts">[C]: the images of each class.</param>
    /// <param name="settings">Views and their key.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it between two batches.</param>
    public static double[] Of(LoadedRun run, IImageSet train, int[] counts, BoundSettings settings, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int dimension = run.Model.EmbeddingDimension;
        double[] means = new double[checked(counts.Length * dimension)];
        run.Embed(train, StudySplit.Train, settings.Augmentations, settings.Seed, batch =>
        {
            ViewRows rows = batch.Head;
            for (int i = 0; i < batch.Count; i++) AddViews(rows, batch.Views, i, means.AsSpan(train.Label(batch.First + i) * dimension, dimension));
        }, status, stop);
        for (int c = 0; c < counts.Length; c++) Divide(means.AsSpan(c * dimension, dimension), (double)counts[c] * settings.Augmentations);
        return means;
    }

    /// <summary>Adds all views of a sample to a sum.</summary>
    public static void AddViews(ViewRows rows, int views, int sample, Span<double> sum)
    {
        for (int view = 0; view < views; view++)
        {
            ReadOnlySpan<float> row = rows(view).Slice(sample * sum.Length, sum.Length);
            for (int d = 0; d < row.Length; d++) sum[d] += row[d];
        }
    }

    /// <summary>Makes a sum a mean.</summary>
    public static void Divide(Span<double> sum, double count)
    {
        for (int d = 0; d < sum.Length; d++) sum[d] /= count;
    }
}
