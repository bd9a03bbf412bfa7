using NegSamples.Augment.Data;

namespace NegSamples.Study.Embeddings;

/// <summary>The labels of a split, and what messages call it and its classes.</summary>
/// <param name="Name">The split.</param>
/// <param name="Labels">[N].</param>
/// <param name="NameOf">The name of a class.</param>
internal readonly record struct LabelledSamples(string Name, int[] Labels, Func<int, string> NameOf)
{
    /// <summary>Those of a set of images.</summary>
    public static LabelledSamples Of(IImageSet images) =>
        new(images.Name, [.. Enumerable.Range(0, images.Count).Select(images.Label)], label => images.ClassNames[label]);
}
