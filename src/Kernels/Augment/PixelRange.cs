using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <summary>The numbers that an encoder sees of a pixel's channels, which augmentation gives as 0..1: <c>factor·x + shift</c>.</summary>
/// <param name="RedFactor">Of the red channel.</param>
/// <param name="GreenFactor">Of the green channel.</param>
/// <param name="BlueFactor">Of the blue channel.</param>
/// <param name="RedShift">Of the red channel.</param>
/// <param name="GreenShift">Of the green channel.</param>
/// <param name="BlueShift">Of the blue channel.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PixelRange(float RedFactor, float GreenFactor, float BlueFactor, float RedShift, float GreenShift, float BlueShift)
{
    /// <summary>0..1.</summary>
    public static PixelRange Unit => new(1, 1, 1, 0, 0, 0);

    /// <summary>The range of <c>(scale·x − mean) / deviation</c>, as torchvision's Normalize gives it.</summary>
    /// <param name="scale">What 1, white, becomes before the mean is taken off: 1, or 255.</param>
    /// <param name="mean">Of red, green and blue.</param>
    /// <param name="deviation">Of red, green and blue, above 0.</param>
    /// <exception cref="ArgumentException">There are not three of each.</exception>
    public static PixelRange Of(double scale, ReadOnlySpan<double> mean, ReadOnlySpan<double> deviation)
    {
        if (mean.Length != 3 || deviation.Length != 3)
            throw new ArgumentException($"There are {Counted.Of(mean.Length, "mean")} and {Counted.Of(deviation.Length, "deviation")}; expected 3 of each.", nameof(mean));
        return new(
            (float)(scale / deviation[0]), (float)(scale / deviation[1]), (float)(scale / deviation[2]),
            (float)(-mean[0] / deviation[0]), (float)(-mean[1] / deviation[1]), (float)(-mean[2] / deviation[2]));
    }

    /// <summary>The factor of a channel, 0 to 2.</summary>
    internal readonly float Factor(int channel) => channel == 0 ? RedFactor : channel == 1 ? GreenFactor : BlueFactor;

    /// <summary>The shift of a channel, 0 to 2.</summary>
    internal readonly float Shift(int channel) => channel == 0 ? RedShift : channel == 1 ? GreenShift : BlueShift;
}
