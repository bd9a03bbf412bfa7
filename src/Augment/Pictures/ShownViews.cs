using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Augment.Pictures;

/// <summary>Views of single images for a person to look at: the numbers that training makes, from 0 to 1.</summary>
internal sealed class ShownViews
{
    private readonly Ops ops;
    private readonly IImageSet images;
    private readonly int side;
    private byte[] pixels = [];

    /// <summary>Nothing is read yet.</summary>
    /// <param name="ops">The device that makes them.</param>
    /// <param name="images">The images.</param>
    /// <param name="side">Rows and columns of a view.</param>
    /// <exception cref="BadDataException">They are texts.</exception>
    public ShownViews(Ops ops, IImageSet images, int side)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(images);
        if (images.Vocabulary is not null) throw new BadDataException($"{images.Name} are texts; expected images.");
        (this.ops, this.images, this.side) = (ops, images, side);
    }

    /// <summary>Some views of one image.</summary>
    /// <param name="image">Its place in the set.</param>
    /// <param name="recipe">How they are made.</param>
    /// <param name="views">How many.</param>
    /// <param name="seed">Key of their random numbers.</param>
    /// <param name="epoch">The epoch whose views they are.</param>
    /// <returns>[side, side, 3] for each view.</returns>
    /// <exception cref="BadDataException">The image cannot be read.</exception>
    public float[][] Of(int image, IViewRecipe recipe, int views = 1, ulong seed = 0, uint epoch = 0)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        (int height, int width) = images.Read(image, ref pixels);
        int numbers = side * side * 3;
        ViewRecipe[] recipes = [.. Enumerable.Range(0, views).Select(view => recipe.Draw(seed, epoch, (uint)image, (uint)view, height, width))];
        float[] all = new float[views * numbers];
        AugmentedView.Make(ops, pixels.AsSpan(0, 3 * height * width), height, width, recipes, side, all);
        return [.. Enumerable.Range(0, views).Select(view => all[(view * numbers)..((view + 1) * numbers)])];
    }
}
