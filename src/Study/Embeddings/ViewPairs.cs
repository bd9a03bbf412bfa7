using NegSamples.Augment.Data;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>The test images under pairs of augmented views, with the means over all their augmentations.</summary>
/// <remarks>Memory: 8·N·D bytes for the means, 4·N·D for each view that some pass needs, and 8·D² for the moments of all.</remarks>
internal sealed class ViewPairs
{
    private readonly float[][] views;
    private readonly double[] means;
    private readonly int[] labels;
    private readonly SecondMoments moments;
    private readonly int dimension;

    private ViewPairs(int images, int dimension, int pairs)
    {
        this.dimension = dimension;
        views = [.. Enumerable.Range(0, 2 * pairs).Select(_ => new float[checked(images * dimension)])];
        means = new double[images * dimension];
        labels = new int[images];
        moments = new SecondMoments(dimension);
    }

    /// <summary>How many pairs of views there are.</summary>
    public int Count => views.Length / 2;

    /// <summary>Embeds the test images.</summary>
    /// <param name="run">The run.</param>
    /// <param name="test">The test images.</param>
    /// <param name="settings">Views, passes and the key.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it between two batches.</param>
    public static ViewPairs Of(LoadedRun run, IImageSet test, BoundSettings settings, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int dimension = run.Model.EmbeddingDimension;
        ViewPairs pairs = new(test.Count, dimension, Math.Min(settings.Passes, settings.Augmentations / 2));
        run.Embed(test, StudySplit.Test, settings.Augmentations, settings.Seed, batch =>
        {
            int first = batch.First * dimension;
            for (int view = 0; view < pairs.views.Length; view++) batch.Head(view).CopyTo(pairs.views[view].AsSpan(first));
            for (int view = 0; view < batch.Views; view++) pairs.moments.Add(batch.Head(view));
            for (int i = 0; i < batch.Count; i++)
            {
                Span<double> mean = pairs.means.AsSpan(first + (i * dimension), dimension);
                ClassMeans.AddViews(batch, i, mean);
                ClassMeans.Divide(mean, settings.Augmentations);
                pairs.labels[batch.First + i] = test.Label(batch.First + i);
            }
        }, status, stop);
        return pairs;
    }

    /// <summary>The samples under one pair of views: 2·pair and 2·pair + 1.</summary>
    /// <param name="pair">0 to <see cref="Count"/> − 1.</param>
    public EmbeddedSet Pair(int pair) => new(dimension, Widened(views[2 * pair]), Widened(views[(2 * pair) + 1]), means, labels);

    /// <summary>f̄ of one test image.</summary>
    public ReadOnlySpan<double> Mean(int image) => means.AsSpan(image * dimension, dimension);

    /// <summary>One view of one test image.</summary>
    public ReadOnlySpan<float> View(int view, int image) => views[view].AsSpan(image * dimension, dimension);

    /// <summary>Gives the images other classes.</summary>
    public void Relabel(int[] others) => others.CopyTo(labels, 0);

    /// <summary>LiDAR: every image a class, its views the samples.</summary>
    public double Lidar() => Theory.Measures.Lidar.Of(moments, means);

    private static double[] Widened(float[] values) => Array.ConvertAll(values, value => (double)value);
}
