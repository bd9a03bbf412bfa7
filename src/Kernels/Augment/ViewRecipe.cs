using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <summary>
/// All the random choices of one augmented view, made before any pixel is touched. Blittable, so that a batch of them can be copied to any device.
/// </summary>
/// <remarks>The pixel mathematics is in <see cref="Ops.AugmentViews"/>; who draws the numbers is the augmentation recipe, not the kernel.</remarks>
[StructLayout(LayoutKind.Sequential)]
public record struct ViewRecipe
{
    /// <summary>Which image of the batch the view is made of: an index into the image table given to <see cref="Ops.AugmentViews"/>.</summary>
    public int Image;

    /// <summary>Crop box: first row, first column, height and width, in source pixels.</summary>
    public int CropTop, CropLeft, CropHeight, CropWidth;

    /// <summary>1 to mirror left and right after resizing, else 0.</summary>
    public int Flip;

    /// <summary>1 to apply the colour jitter, else 0.</summary>
    public int Jitter;

    /// <summary>The order of the four jitter steps: two bits each, first step in the lowest; 0 brightness, 1 contrast, 2 saturation, 3 hue.</summary>
    public int JitterOrder;

    /// <summary>Factors of brightness, contrast and saturation; 1 changes nothing.</summary>
    public float Brightness, Contrast, Saturation;

    /// <summary>Shift of the hue in turns, −0.5 to 0.5.</summary>
    public float Hue;

    /// <summary>1 to turn the view grey, else 0.</summary>
    public int Gray;

    /// <summary>Standard deviation of the Gaussian blur in pixels; 0 for no blur.</summary>
    public float BlurSigma;
}

/// <summary>Where one image lies in a byte tensor of pixels, RGB, row-major, channels last.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Height">Its rows.</param>
/// <param name="Width">Its columns.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ImagePlace(long Offset, int Height, int Width);
