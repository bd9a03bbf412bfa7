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

    /// <summary>Takes the memory of samples that are added batch by batch.</summary>
    /// <param name="images">How many samples.</param>
    /// <param name="dimension">D.</param>
    /// <param name="pairs">How many pairs of views are kept.</param>
    public ViewPairs(int images, int dimension, int pairs)
    {
        this.dimension = dimension;
        views = [.. Enumerable.Range(0, 2 * pairs).Select(_ => new float[checked(images * dimension)])];
        means = new double[images * dimension];
        labels = new int[images];
        moments = new SecondMoments(dimension);
    }

    /// <summary>D.</summary>
    public int Dimension => dimension;

    /// <summary>How many samples there are.</summary>
    public int Samples => labels.Length;

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
        ViewPairs pairs = new(test.Count, run.Model.EmbeddingDimension, Math.Min(settings.Passes, settings.Augmentations / 2));
        run.Embed(test, StudySplit.Test, settings.Augmentations, settings.Seed,
            batch => pairs.Add(batch.First, batch.Count, batch.Views, batch.Head, test.Label), status, stop);
        return pairs;
    }

    /// <summary>Adds the next samples.</summary>
    /// <param name="first">The place of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="viewsOfEach">Views of each, all of which enter the means.</param>
    /// <param name="rows">Their unit rows.</param>
    /// <param name="label">The class of a sample.</param>
    public void Add(int first, int count, int viewsOfEach, ViewRows rows, Func<int, int> label)
    {
        for (int view = 0; view < views.Length; view++) rows(view).CopyTo(views[view].AsSpan(first * dimension));
        for (int view = 0; view < viewsOfEach; view++) moments.Add(rows(view));
        for (int i = 0; i < count; i++)
        {
            Span<double> mean = means.AsSpan((first + i) * dimension, dimension);
            ClassMeans.AddViews(rows, viewsOfEach, i, mean);
            ClassMeans.Divide(mean, viewsOfEach);
            labels[first + i] = label(first + i);
        }
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
