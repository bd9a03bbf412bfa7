using NegSamples.Augment.Data;
using NegSamples.Files;

namespace NegSamples.Study.Embeddings;

/// <summary>Refuses images that a measurement of classes cannot use.</summary>
internal static class ClassCheck
{
    /// <summary>The images of each class, each at least 1.</summary>
    /// <param name="images">The images.</param>
    /// <param name="what">The measurement, as the subject of a sentence: "the bounds need".</param>
    /// <exception cref="BadDataException">There are no labels, or a class has no image.</exception>
    public static int[] Counts(IImageSet images, string what)
    {
        if (images.ClassNames.Count == 0) throw new BadDataException($"{images.Name} has no labels; {what} them.");
        int[] counts = new int[images.ClassNames.Count];
        for (int i = 0; i < images.Count; i++) counts[images.Label(i)]++;
        string[] empty = [.. images.ClassNames.Where((_, label) => counts[label] == 0)];
        if (empty.Length > 0)
            throw new BadDataException($"{images.Name} has no sample of {Listed(empty)}; {what} at least one of each of its {Counted.Of(counts.Length, "class")}.");
        return counts;
    }

    /// <summary>Refuses splits of different classes.</summary>
    /// <param name="train">The training images.</param>
    /// <param name="test">The test images.</param>
    /// <exception cref="BadDataException">The classes differ.</exception>
    public static void SameClasses(IImageSet train, IImageSet test)
    {
        if (!train.ClassNames.SequenceEqual(test.ClassNames))
            throw new BadDataException(
                $"{train.Name} has the classes {string.Join(", ", train.ClassNames)}; {test.Name} has {string.Join(", ", test.ClassNames)}.");
    }

    private static string Listed(string[] names) => names.Length switch
    {
        1 => $"the class '{names[0]}'",
        <= 5 => $"the classes {string.Join(", ", names)}",
        _ => FormattableString.Invariant($"the classes {string.Join(", ", names.Take(5))} and {names.Length - 5} more"),
    };
}
