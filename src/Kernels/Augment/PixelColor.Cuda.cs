using ILGPU.Algorithms;

namespace NegSamples.Kernels;

/// <summary>One pixel of a view in registers, and the colour steps as <see cref="ColorJitter"/> defines them.</summary>
internal struct PixelColor(float red, float green, float blue)
{
    public float Red = red, Green = green, Blue = blue;

    public static float Luminance(PixelColor pixel) => (0.2989f * pixel.Red) + (0.587f * pixel.Green) + (0.114f * pixel.Blue);

    public static PixelColor Gray(PixelColor pixel)
    {
        float gray = Luminance(pixel);
        return new(gray, gray, gray);
    }

    /// <summary>The jitter steps from one place of the order to before another.</summary>
    /// <param name="pixel">The pixel before them.</param>
    /// <param name="task">Order and factors.</param>
    /// <param name="from">First place, 0 to 4.</param>
    /// <param name="to">The place behind the last.</param>
    /// <param name="mean">The mean gray of the view before place <paramref name="from"/>, if contrast stands there.</param>
    public static PixelColor Jitter(PixelColor pixel, ViewTask task, int from, int to, float mean)
    {
        for (int place = from; place < to; place++)
        {
            int step = (task.JitterOrder >> (2 * place)) & 3;
            if (step == 0) pixel = Blend(pixel, task.Brightness, 0, 0);
            else if (step == 1) pixel = Blend(pixel, task.Contrast, mean, 0);
            else if (step == 2) pixel = Blend(pixel, task.Saturation, 0, 1);
            else pixel = ShiftHue(pixel, task.Hue);
        }

        return pixel;
    }

    /// <summary>The next place of the order, from one on, at which contrast stands; 4 if at none.</summary>
    public static int NextContrast(int order, int from)
    {
        int place = from;
        while (place < 4 && ((order >> (2 * place)) & 3) != 1) place++;
        return place;
    }

    // f·x + (1 − f)·other, where other is a constant plus a share of the pixel's own gray.
    private static PixelColor Blend(PixelColor pixel, float factor, float constant, float ownGray)
    {
        float other = (1 - factor) * (constant + (ownGray * Luminance(pixel)));
        return new(Clamp((factor * pixel.Red) + other), Clamp((factor * pixel.Green) + other), Clamp((factor * pixel.Blue) + other));
    }

    private static PixelColor ShiftHue(PixelColor pixel, float shift)
    {
        float r = pixel.Red, g = pixel.Green, b = pixel.Blue;
        float value = XMath.Max(XMath.Max(r, g), b), least = XMath.Min(XMath.Min(r, g), b), chroma = value - least;
        float difference = value == r ? g - b : value == g ? b - r : r - g;
        float start = value == r ? 0f : value == g ? 2f : 4f;
        float hue = start + (difference / XMath.Max(chroma, 1e-30f)) + (6 * shift);
        hue -= 6 * XMath.Floor(hue * (1 / 6f));
        return new(
            least + (chroma * Clamp(XMath.Abs(hue - 3) - 1)), least + (chroma * Clamp(2 - XMath.Abs(hue - 2))),
            least + (chroma * Clamp(2 - XMath.Abs(hue - 4))));
    }

    private static float Clamp(float value) => XMath.Min(XMath.Max(value, 0), 1);
}
