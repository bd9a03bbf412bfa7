using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;
using NegSamples.Kernels;

namespace NegSamples.Augment;

/// <summary>The tensor that the views of a batch lie in: activations [views, side, side, 3] of images, or int32 ids [views, words of the longest text].</summary>
internal static class ViewTensor
{
    /// <summary>Bytes of the tensor.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="set">What the views are of.</param>
    /// <param name="views">How many.</param>
    /// <param name="side">Rows and columns of an image's view.</param>
    public static long Bytes(Ops ops, IImageSet set, long views, int side)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(set);
        return set.Vocabulary is null ? Arena.BytesFor(ops.ActivationType, views * side * side * 3) : Arena.BytesFor(ElementType.Int32, views * LongestText(set));
    }

    /// <summary>Takes an arena of that size and the tensor from it.</summary>
    /// <inheritdoc cref="Bytes"/>
    public static (Arena Arena, Tensor Views) Create(Ops ops, IImageSet set, int views, int side)
    {
        Arena arena = ops.CreateArena("views", Bytes(ops, set, views, side));
        return (arena, set.Vocabulary is null ? arena.Take(ops.ActivationType, views, side, side, 3) : arena.Take(ElementType.Int32, views, LongestText(set)));
    }

    /// <summary>Bytes of the ids of so many views on the host; 0 for images, whose views are made on the device.</summary>
    /// <param name="set">What the views are of.</param>
    /// <param name="views">How many.</param>
    public static long HostBytes(IImageSet set, long views)
    {
        ArgumentNullException.ThrowIfNull(set);
        return sizeof(int) * views * LongestText(set);
    }

    /// <summary>Words of the longest text, 1 at least; 0 for images.</summary>
    internal static int LongestText(IImageSet set) => set.Vocabulary is null ? 0 : Math.Max(1, (int)(set.MaximumBytes / AgNewsSet.BytesPerWord));
}
