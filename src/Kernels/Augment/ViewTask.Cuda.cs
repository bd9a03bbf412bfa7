using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <summary>What one block needs to make one view: a recipe with the place of its image drawn in. 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ViewTask
{
    /// <summary>The step order of a view without colour jitter.</summary>
    public const int NoJitter = -1;

    /// <summary>The crop's first byte among all pixels, and the bytes from one row of the image to the next.</summary>
    public long Corner, Pitch;

    public int CropHeight, CropWidth;

    /// <summary>Inputs that one output reads along each axis.</summary>
    public int RowTaps, ColumnTaps;

    public float Brightness, Contrast, Saturation, Hue, BlurSigma;

    /// <summary>As <see cref="ViewRecipe.JitterOrder"/>, or <see cref="NoJitter"/>.</summary>
    public int JitterOrder;

    public int Flip, Gray;

    public ViewTask(ImagePlace image, in ViewRecipe recipe, int height, int width)
    {
        Pitch = 3L * image.Width;
        Corner = image.Offset + (recipe.CropTop * Pitch) + (3L * recipe.CropLeft);
        (CropHeight, CropWidth) = (recipe.CropHeight, recipe.CropWidth);
        (RowTaps, ColumnTaps) = (ResizeAxis.TapsFor(CropHeight, height), ResizeAxis.TapsFor(CropWidth, width));
        (Brightness, Contrast, Saturation, Hue) = (recipe.Brightness, recipe.Contrast, recipe.Saturation, recipe.Hue);
        JitterOrder = recipe.Jitter != 0 ? recipe.JitterOrder & 0xFF : NoJitter;
        (Flip, Gray, BlurSigma) = (recipe.Flip, recipe.Gray, recipe.BlurSigma);
    }

    /// <summary>Bytes from the crop's first to its last, what lies beside the crop's rows included.</summary>
    public readonly long Span => ((CropHeight - 1) * Pitch) + (3L * CropWidth);
}
