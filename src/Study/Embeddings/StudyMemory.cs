using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Embeddings;

/// <summary>The host memory of the studies of embeddings, counted before any is reserved.</summary>
internal static class StudyMemory
{
    /// <summary>What the terms of the bounds take.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="bound">Views and passes.</param>
    /// <param name="train">The training images.</param>
    /// <param name="test">The test images.</param>
    /// <param name="ops">The device.</param>
    public static MemoryPlan OfBounds(TrainingSettings settings, BoundSettings bound, IImageSet train, IImageSet test, Ops ops)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(bound);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        int dimension = settings.Encoder.EmbeddingDimension;
        return HostMemory.Joined(EvaluationMemory.OfEmbedding(settings, test, ops, bound.Augmentations),
        [
            new("means of the training samples", bound.Subclasses > 1 ? (long)train.Count * dimension * sizeof(double) : 0, IsManaged: true),
            .. OfPairs(test.Count, dimension, bound),
        ]);
    }

    /// <summary>What the terms of the bounds take beside the embedding.</summary>
    internal static MemoryPlace[] OfPairs(int images, int dimension, BoundSettings bound)
    {
        long numbers = (long)images * dimension, square = (long)dimension * dimension, pairs = Math.Min(bound.Passes, bound.Augmentations / 2);
        return
        [
            new("moments of the views", 5 * square * sizeof(double), IsManaged: true),
            new("sums of the pairs", 5L * images * sizeof(double), IsManaged: true),
            new("views of the test samples", 2 * pairs * numbers * sizeof(float), IsManaged: true),
            new("means of the test samples", numbers * sizeof(double), IsManaged: true), new("a pair of views as float64", 5 * numbers * sizeof(double), IsManaged: true),
        ];
    }

    /// <summary>What the collision bound takes.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="train">The training images.</param>
    /// <param name="ops">The device.</param>
    public static MemoryPlan OfCollision(TrainingSettings settings, IImageSet train, Ops ops)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(train);
        return HostMemory.Joined(EvaluationMemory.OfEmbedding(settings, train, ops, 2), OfTwoViews(train.Count, settings.Encoder.EmbeddingDimension));
    }

    /// <summary>What the collision bound takes beside the embedding.</summary>
    internal static MemoryPlace[] OfTwoViews(int images, int dimension) =>
    [
        new("two views as float64", 5L * images * dimension * sizeof(double), IsManaged: true), new("labels", 2L * images * sizeof(int), IsManaged: true),
    ];

    /// <summary>What files of features take: they are written batch by batch.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="train">The training images.</param>
    /// <param name="ops">The device.</param>
    public static MemoryPlan OfFeatures(TrainingSettings settings, IImageSet train, Ops ops)
    {
        ArgumentNullException.ThrowIfNull(train);
        return HostMemory.Joined(EvaluationMemory.OfEmbedding(settings, train, ops, 2), [new("labels", 2L * train.Count * sizeof(long), IsManaged: true)]);
    }
}
