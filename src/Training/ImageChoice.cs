using NegSamples.Augment.Data;
using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>Chooses some images of a set.</summary>
internal static class ImageChoice
{
    // No pass of a measurement has this number.
    private const uint Epoch = uint.MaxValue;

    /// <summary>So many images, in the set's order.</summary>
    /// <param name="images">The set.</param>
    /// <param name="most">How many; null or a larger number for all.</param>
    /// <param name="takesFirst">Whether those are the first; otherwise they are drawn, so that each image has the same chance.</param>
    /// <param name="seed">The key that they are drawn with.</param>
    public static IImageSet Of(IImageSet images, int? most, bool takesFirst, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (most is not { } count || count >= images.Count) return images;
        int[] places = takesFirst ? [.. Enumerable.Range(0, count)] : Places(images.Count, count, seed);
        return new ImageSubset(images, places, FormattableString.Invariant($"{count} of them"));
    }

    /// <summary>The places of so many images, drawn so that each image has the same chance, ascending.</summary>
    /// <param name="images">Images of the set.</param>
    /// <param name="most">How many; all where that is more.</param>
    /// <param name="seed">The key that they are drawn with.</param>
    public static int[] Places(int images, int most, ulong seed)
    {
        int[] places = new int[images];
        new Philox(seed, RandomPurpose.MeasuredOrder, Epoch).Shuffle(places);
        return [.. places[..Math.Min(most, images)].Order()];
    }
}
