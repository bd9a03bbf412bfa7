namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Makes augmented views from byte images: crop, resize (bilinear with antialias), flip, colour jitter, grayscale, blur, in this order, each as
    /// torchvision defines it for float tensors; then values 0..1 are brought into the range that is asked for.</summary>
    /// <param name="pixels">All source images, uint8, RGB, channels last, one behind the other in a flat tensor.</param>
    /// <param name="images">Where each image lies in <paramref name="pixels"/>.</param>
    /// <param name="recipes">The random choices, one per view; each names its image.</param>
    /// <param name="views">Receives activations [V, height, width, 3] with V = number of recipes.</param>
    /// <param name="range">The range of the views' numbers; null for 0..1.</param>
    /// <remarks>
    /// Crops larger than the view are resized with a triangle filter as wide as the step between outputs, smaller ones with plain bilinear
    /// interpolation, pixel centres at halves. The blur's kernel is a tenth of the view's shorter side wide, made odd; edges are mirrored.
    /// Source: SimCLR, arXiv:2002.05709, appendix A; torchvision's transforms (functional_tensor definitions).
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or a recipe or image lies outside its source.</exception>
    public void AugmentViews(
        Tensor pixels, ReadOnlySpan<ImagePlace> images, ReadOnlySpan<ViewRecipe> recipes, Tensor views, PixelRange? range = null)
    {
        CheckOperands([pixels], [views]);
        Check.Type(pixels, ElementType.UInt8);
        Check.Rank(views, 4);
        Check.Activation(views);
        Check.Shape(views, [recipes.Length, views[1], views[2], 3], views.Type);
        foreach (ImagePlace place in images)
        {
            if (place.Height < 1 || place.Width < 1 || place.Offset < 0 || place.Offset > pixels.Count - (3L * place.Height * place.Width))
                throw new ArgumentException($"The image {place} is not within the {Counted.Of(pixels.Count, "byte")} of pixels.", nameof(images));
        }

        foreach (ref readonly ViewRecipe recipe in recipes)
        {
            if ((uint)recipe.Image >= (uint)images.Length)
                throw new ArgumentException($"A recipe names image {recipe.Image} of {images.Length}.", nameof(recipes));
            ImagePlace place = images[recipe.Image];
            if (recipe.CropHeight < 1 || recipe.CropWidth < 1 || recipe.CropTop < 0 || recipe.CropLeft < 0
                || recipe.CropHeight > place.Height - recipe.CropTop || recipe.CropWidth > place.Width - recipe.CropLeft)
                throw new ArgumentException($"The crop of {recipe} is not within the image of {place.Height} x {place.Width}.", nameof(recipes));
        }

        if (views.Count > 0) AugmentViewsCore(pixels, images, recipes, views, range ?? PixelRange.Unit);
    }

    /// <summary>How far the blur reaches to each side: its kernel is a tenth of the shorter side wide, made odd (23 at 224; 1, no blur, below 20).</summary>
    internal static int BlurRadius(int height, int width) => ((Math.Min(height, width) / 10) | 1) / 2;

    /// <summary>The device's part of <see cref="AugmentViews"/>.</summary>
    private protected abstract void AugmentViewsCore(
        Tensor pixels, ReadOnlySpan<ImagePlace> images, ReadOnlySpan<ViewRecipe> recipes, Tensor views, PixelRange range);
}
