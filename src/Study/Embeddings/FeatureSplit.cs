using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>The files of one split in a folder of features; <see cref="FeatureFiles"/> has their names.</summary>
/// <param name="folder">The folder.</param>
/// <param name="keys">The features that are written.</param>
/// <param name="images">The images.</param>
/// <param name="split">Which they are.</param>
internal sealed class FeatureSplit(string folder, IReadOnlyList<FeatureKey> keys, IImageSet images, StudySplit split)
{
    private readonly string name = split == StudySplit.Train ? "train" : "val";

    /// <summary>How the files of so many views are told apart.</summary>
    public static string[] Numbered(int views) => [.. Enumerable.Range(0, views).Select(view => view.ToString(CultureInfo.InvariantCulture) + ".")];

    /// <summary>Writes the labels.</summary>
    public void WriteLabels()
    {
        long[] labels = [.. Enumerable.Range(0, images.Count).Select(i => (long)images.Label(i))];
        foreach (FeatureKey key in keys) Npy.Write(Path.Combine(folder, $"{key.Key}.label.{name}.npy"), labels, labels.Length);
    }

    /// <summary>Writes which file each row is of, where the images have files of their own.</summary>
    public void WriteNames()
    {
        if (images.Count == 0 || images.FileOf(0) is null) return;
        StudyJson.Write(Path.Combine(folder, SampleFiles.NameOf(name)), (IReadOnlyList<string>)[.. Enumerable.Range(0, images.Count).Select(i => images.FileOf(i) ?? "")]);
    }

    /// <summary>Writes a file of each feature and view.</summary>
    /// <param name="views">What tells the views apart, in their order.</param>
    /// <param name="embed">Embeds the images and hands on the batches.</param>
    public void WriteViews(string[] views, Action<Action<FeatureBatch>> embed)
    {
        List<(FeatureKey Key, int View, NpyWriter File)> files = [];
        try
        {
            foreach (FeatureKey key in keys)
            {
                for (int view = 0; view < views.Length; view++)
                    files.Add((key, view, new NpyWriter(Path.Combine(folder, $"{key.Key}.feature.{views[view]}{name}.npy"), images.Count, key.Dimension)));
            }

            embed(batch =>
            {
                foreach ((FeatureKey key, int view, NpyWriter file) in files) file.Append(key.Key == "head" ? batch.Embedding(view) : batch.Encoder(view));
            });
            foreach ((_, _, NpyWriter file) in files) file.Commit();
        }
        finally
        {
            foreach ((_, _, NpyWriter file) in files) file.Dispose();
        }
    }
}
