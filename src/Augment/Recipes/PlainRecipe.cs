using NegSamples.Kernels;

namespace NegSamples.Augment.Recipes;

/// <summary>
/// The view without chance, for evaluation: the central square of the image, resized. A square image is taken whole, and one of the view's size as it is.
/// </summary>
public sealed class PlainRecipe : IViewRecipe
{
    /// <inheritdoc/>
    public ViewRecipe Draw(ulong seed, uint epoch, uint sample, uint view, int height, int width)
    {
        int side = Math.Min(height, width);
        return new ViewRecipe
        {
            CropTop = (height - side) / 2, CropLeft = (width - side) / 2, CropHeight = side, CropWidth = side, Brightness = 1, Contrast = 1, Saturation = 1,
        };
    }
}
