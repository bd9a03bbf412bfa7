using NegSamples.Kernels;

namespace NegSamples.Augment.Data.Folder;

/// <summary>Holds out a share of the images of each class as a test split.</summary>
internal static class HeldOutSplit
{
    /// <summary>Draws the held-out images: of the n images of a class the first round(share·n) of a random order of their paths.</summary>
    /// <remarks>A class of two or more images has one at least in each split; a class of one stays in the training split.</remarks>
    /// <param name="all">The images, ordered by class and path.</param>
    /// <param name="share">The share, above 0 and below 1.</param>
    /// <param name="seed">The run's seed; a class draws its order in a stream of its own.</param>
    public static (SplitImages Train, SplitImages Test) Draw(SplitImages all, double share, ulong seed)
    {
        bool[] isHeldOut = ClassShares.Draw([.. all.Images.Select(image => image.Label)], share, least: 1, seed, RandomPurpose.HeldOut);
        int[] places = [.. Enumerable.Range(0, isHeldOut.Length)];
        return (all.Only([.. places.Where(place => !isHeldOut[place])]), all.Only([.. places.Where(place => isHeldOut[place])]) with { Split = "test" });
    }
}
