using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The training images in two parts: those that are trained on, and those by which runs are compared before anybody looks at the test split.</summary>
internal static class ValidationSplit
{
    /// <summary>Draws the held-out part: of the n images of a class the first round(share·n) of a random order, but never all.</summary>
    /// <param name="images">The training images, with labels.</param>
    /// <param name="share">The share, above 0 and below 1.</param>
    /// <param name="seed">The run's seed; a class draws its order in a stream of its own.</param>
    /// <exception cref="BadDataException">There are no labels.</exception>
    /// <exception cref="SettingsException">No image would be held out.</exception>
    public static (IImageSet Train, IImageSet HeldOut) Draw(IImageSet images, double share, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.ClassNames.Count == 0)
            throw new BadDataException($"{images.Name} has no labels; `validationShare` holds out a share of each class and needs them.");
        bool[] isHeldOut = ClassShares.Draw([.. Enumerable.Range(0, images.Count).Select(images.Label)], share, least: 0, seed, RandomPurpose.Validation);
        int[] train = [.. Enumerable.Range(0, images.Count).Where(i => !isHeldOut[i])], held = [.. Enumerable.Range(0, images.Count).Where(i => isHeldOut[i])];
        SettingsException.Require(
            held.Length > 0, "validationShare", share, $"a share of which some of the {Counted.Of(images.Count, "sample")} of {images.Name} are held out; no class would give one");
        return (new ImageSubset(images, train, "without the held-out part"), new ImageSubset(images, held, "held-out part"));
    }
}
