using System.Numerics.Tensors;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Evaluation;

/// <summary>Measures the representation of a model that is being trained, every few epochs, without touching it: on a copy of its weights.</summary>
/// <remarks>
/// Up to 4,096 training images vote on up to 1,024 others: of the held-out part where the run has one, else of the training images. The test split is not
/// looked at. Which images, and their views, are a function of the seed and the images alone.
/// </remarks>
internal sealed class RepresentationMonitor : IDisposable
{
    private const int MostVoters = 4096, MostAsked = 1024, Neighbours = 200;

    // Running statistics keep 0.9^50 = 0.5 % of where they began.
    private const int LeastSteps = 50;

    // Of the pairs that measure alignment and uniformity.
    private const double AnyTemperature = 1;

    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly IImageSet voters, asked;
    private readonly IViewRecipe recipe;
    private readonly Model model;
    private Representation? untrained;

    /// <summary>Makes the copy, which before the first measurement is the encoder that the seed draws, also where the run began with the weights of a file.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="images">Its training images, those that are held out included.</param>
    public RepresentationMonitor(Ops ops, TrainingSettings settings, IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(images);
        (this.ops, this.settings) = (ops, settings);
        (voters, asked) = Parts(settings, images);
        recipe = settings.Views.RecipeOf(images, settings.Data.ImageSize);
        model = Model.Create(ops, settings.ModelOf(images), settings.Run.Seed);
    }

    /// <summary>Measures a model, which stays as it is to the bit; null where its features of plain images are not finite.</summary>
    /// <param name="trained">The model.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Representation? Measure(Model trained, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trained);
        untrained ??= OfCopy(stop);
        ops.Copy(trained.Parameters, model.Parameters);
        ops.Copy(trained.Statistics, model.Statistics);
        return OfCopy(stop);
    }

    /// <summary>How a representation that was measured has collapsed, in words; null where it has not.</summary>
    /// <param name="measured">What <see cref="Measure"/> gave.</param>
    /// <param name="steps">Steps done. After a few, the running statistics of batch norms are still those of the initialisation, and nothing is said.</param>
    public string? Collapse(Representation measured, long steps)
    {
        ArgumentNullException.ThrowIfNull(measured);
        return untrained is null || steps < LeastSteps ? null : measured.Collapse(model.EmbeddingDimension, untrained);
    }

    private Representation? OfCopy(CancellationToken stop)
    {
        (float[] encoder, float[] head) = Plain(asked, stop);
        if (!Array.TrueForAll(encoder, float.IsFinite) || !Array.TrueForAll(head, float.IsFinite)) return null;
        double? knn = null;
        if (voters.ClassNames.Count > 0)
        {
            FeatureSet from = SetOf(Plain(voters, stop).Encoder, voters), on = SetOf(encoder, asked);
            knn = NearestNeighbours.Evaluate(ops, from, on, Math.Min(Neighbours, voters.Count), stop: stop).Top1;
        }

        stop.ThrowIfCancellationRequested();
        PairMeasures? pairs = asked.Count < 2 ? null : PairMeasures.Of(Views(stop), AnyTemperature, settings.Place.Threads, stop);
        return new Representation(
            knn, Spectrum.RankOf(encoder, model.FeatureDimension), Spectrum.RankOf(head, model.EmbeddingDimension), Deviation(head),
            pairs?.Alignment ?? 0, pairs?.Uniformity ?? 0);
    }

    /// <summary>Bytes of host arrays that a measurement takes.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="images">Its training images.</param>
    /// <param name="featureDimension">F.</param>
    internal static long HostBytes(TrainingSettings settings, IImageSet images, int featureDimension)
    {
        long votes = Math.Min(MostVoters, images.Count), asks = Math.Min(MostAsked, images.Count), head = settings.Encoder.EmbeddingDimension;
        long rows = sizeof(float) * ((votes + asks) * (featureDimension + head) * 2), views = 2 * sizeof(double) * 3 * asks * head;
        long smaller = Math.Min(asks, Math.Max(featureDimension, head));
        return rows + views + (4 * sizeof(double) * smaller * smaller) + NearestNeighbours.HostBytes((int)votes, (int)asks);
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private static (IImageSet Voters, IImageSet Asked) Parts(TrainingSettings settings, IImageSet images)
    {
        if (settings.Data.ValidationShare > 0)
        {
            (IImageSet train, IImageSet held) = ValidationSplit.Draw(images, settings.Data.ValidationShare, settings.Run.Seed);
            return (Even(train, MostVoters, "of the nearest neighbours"), Even(held, MostAsked, "asked for their neighbours"));
        }

        // Every fifth of an even part is asked: both parts have images from all over the set, whatever its order.
        int[] places = EvenPlaces(images.Count, MostVoters + MostAsked);
        if (places.Length < 5) return (images, images);
        return (new ImageSubset(images, [.. places.Where((_, i) => i % 5 != 4)], "of the nearest neighbours"),
            new ImageSubset(images, [.. places.Where((_, i) => i % 5 == 4)], "asked for their neighbours"));
    }

    private static ImageSubset Even(IImageSet images, int most, string part) => new(images, EvenPlaces(images.Count, most), part);

    private static int[] EvenPlaces(int count, int most)
    {
        int some = Math.Min(count, most);
        return [.. Enumerable.Range(0, some).Select(i => (int)((long)i * count / some))];
    }

    private static FeatureSet SetOf(float[] features, IImageSet images) => new(
        features, images.Count, features.Length / images.Count, [.. Enumerable.Range(0, images.Count).Select(images.Label)], images.ClassNames.Count);

    private (float[] Encoder, float[] Head) Plain(IImageSet images, CancellationToken stop)
    {
        float[] encoder = new float[images.Count * model.FeatureDimension], head = new float[images.Count * model.EmbeddingDimension];
        FeatureExtractor.Stream(model, images, new PlainRecipe(), viewsPerSample: 1, seed: 0, epoch: 0, batch =>
        {
            batch.Encoder(0).CopyTo(encoder.AsSpan(batch.First * model.FeatureDimension));
            batch.Head(0).CopyTo(head.AsSpan(batch.First * model.EmbeddingDimension));
        }, stop: stop);
        return (encoder, head);
    }

    private EmbeddedSet Views(CancellationToken stop)
    {
        int dimension = model.EmbeddingDimension;
        double[] first = new double[asked.Count * dimension], second = new double[first.Length];
        FeatureExtractor.Stream(model, asked, recipe, viewsPerSample: 2, settings.Run.Seed, epoch: 0, batch =>
        {
            TensorPrimitives.ConvertTruncating(batch.Head(0), first.AsSpan(batch.First * dimension));
            TensorPrimitives.ConvertTruncating(batch.Head(1), second.AsSpan(batch.First * dimension));
        }, stop: stop);
        return new EmbeddedSet(dimension, first, second, first, new int[asked.Count]);
    }

    private double Deviation(float[] head)
    {
        int dimension = model.EmbeddingDimension, count = head.Length / dimension;
        double sum = 0;
        for (int d = 0; d < dimension; d++)
        {
            double mean = 0, squares = 0;
            for (int i = 0; i < count; i++) mean += head[(i * dimension) + d] / (double)count;
            for (int i = 0; i < count; i++) squares += (head[(i * dimension) + d] - mean) * (head[(i * dimension) + d] - mean);
            sum += Math.Sqrt(squares / count);
        }

        return sum / Math.Sqrt(dimension);
    }
}
