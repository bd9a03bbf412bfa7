using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Samples.SimilarPictures;

/// <summary>A picture and how similar it is.</summary>
/// <param name="Index">Its place in the set.</param>
/// <param name="Name">Its file, or what it shows.</param>
/// <param name="Cosine">The cosine of its features and those that were asked for.</param>
internal sealed record Match(int Index, string Name, double Cosine);

/// <summary>The features of all pictures, and the nearest ones of a picture.</summary>
internal sealed class PictureSearch : IDisposable
{
    private const int Most = 12;

    // A device and the activations of a model are for one caller at a time; a server has many.
    private readonly Lock gate = new();
    private readonly Model model;
    private readonly IImageSet pictures;
    private readonly float[] features;
    private readonly NearestRows nearest;

    public PictureSearch(Model model, IImageSet pictures)
    {
        (this.model, this.pictures) = (model, pictures);
        features = FeaturesOf(pictures);
        nearest = new NearestRows(model.Ops, features, model.FeatureDimension, queries: 1);
    }

    /// <summary>The pictures nearest to one of them, itself the first.</summary>
    public IReadOnlyList<Match> Find(int index)
    {
        lock (gate) return Nearest(features.AsSpan(index * model.FeatureDimension, model.FeatureDimension));
    }

    /// <summary>The pictures nearest to another.</summary>
    public IReadOnlyList<Match> Find(OnePicture picture)
    {
        lock (gate) return Nearest(FeaturesOf(picture));
    }

    /// <summary>What a picture is called.</summary>
    public string NameOf(int index) => pictures.FileOf(index) ?? $"{pictures.ClassNames[pictures.Label(index)]} {index}";

    public void Dispose() => nearest.Dispose();

    /// <summary>Unit rows, [N, D].</summary>
    private float[] FeaturesOf(IImageSet images)
    {
        int dimension = model.FeatureDimension;
        float[] rows = new float[images.Count * dimension];
        FeatureExtractor.Stream(model, images, new PlainRecipe(), viewsPerSample: 1, seed: 0, epoch: 0, batch => batch.Encoder(0).CopyTo(rows.AsSpan(batch.First * dimension)));
        UnitRows.Of(rows, dimension, rows, ops: model.Ops);
        return rows;
    }

    private IReadOnlyList<Match> Nearest(ReadOnlySpan<float> row)
    {
        int count = Math.Min(Most, pictures.Count);
        int[] indices = new int[count];
        float[] cosines = new float[count];
        nearest.Find(row, count, indices, cosines);
        return [.. indices.Zip(cosines, (index, cosine) => new Match(index, NameOf(index), cosine))];
    }
}
