using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels;

/// <summary>The colour steps of an augmented view, each in place on planes of 0..1.</summary>
/// <remarks>Definitions of torchvision for float tensors: <c>blend(a, b, f) = clamp(f·a + (1 − f)·b, 0, 1)</c>, gray = 0.2989 R + 0.587 G + 0.114 B.</remarks>
internal static unsafe class ColorJitter
{
    private const float RedWeight = 0.2989f, GreenWeight = 0.587f, BlueWeight = 0.114f;

    // Pixels that one float accumulator sums before a double takes over: short enough that the mean of a large view keeps its digits.
    private const int PixelsPerSum = 4096;

    /// <summary>blend(x, 0, factor).</summary>
    public static void Brightness(Planes planes, float factor) => BlendWithConstant(planes, factor, 0);

    /// <summary>blend(x, mean of the gray view, factor).</summary>
    public static void Contrast(Planes planes, float factor) => BlendWithConstant(planes, factor, (1 - factor) * GrayMean(planes));

    /// <summary>blend(x, gray, factor).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Saturation(Planes planes, float factor)
    {
        float* red = planes.Red, green = planes.Green, blue = planes.Blue;
        Vector512<float> f = Vector512.Create(factor), rest = Vector512.Create(1 - factor);
        for (nint i = 0; i < planes.Stride; i += Vector512<float>.Count)
        {
            Vector512<float> r = Vector512.Load(red + i), g = Vector512.Load(green + i), b = Vector512.Load(blue + i);
            Vector512<float> gray = rest * Luminance(r, g, b);
            Clamp((f * r) + gray).Store(red + i);
            Clamp((f * g) + gray).Store(green + i);
            Clamp((f * b) + gray).Store(blue + i);
        }
    }

    /// <summary>RGB to HSV, hue + shift modulo 1, back to RGB.</summary>
    /// <remarks>
    /// With V the largest and m the smallest channel and H the hue in sixths of a turn, red is m + (V − m)·clamp(|H − 3| − 1, 0, 1), green takes
    /// 2 − |H − 2| and blue 2 − |H − 4|: the six cases of the textbook's formula without a branch, and saturation need not be formed.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Hue(Planes planes, float shift)
    {
        float* red = planes.Red, green = planes.Green, blue = planes.Blue;
        Vector512<float> two = Vector512.Create(2f), three = Vector512.Create(3f), four = Vector512.Create(4f), six = Vector512.Create(6f);
        Vector512<float> sixths = Vector512.Create(6 * shift), sixth = Vector512.Create(1 / 6f), tiny = Vector512.Create(1e-30f);
        for (nint i = 0; i < planes.Stride; i += Vector512<float>.Count)
        {
            Vector512<float> r = Vector512.Load(red + i), g = Vector512.Load(green + i), b = Vector512.Load(blue + i);
            Vector512<float> value = Vector512.MaxNative(Vector512.MaxNative(r, g), b), least = Vector512.MinNative(Vector512.MinNative(r, g), b);
            Vector512<float> chroma = value - least;

            // Each case is a difference of two channels over the chroma, from where the largest channel stands on the circle. A gray pixel's
            // difference is 0, and so is its hue, as long as the divisor is not.
            Vector512<float> redIsLargest = Vector512.Equals(value, r), greenIsLargest = Vector512.Equals(value, g);
            Vector512<float> difference = Vector512.ConditionalSelect(redIsLargest, g - b, Vector512.ConditionalSelect(greenIsLargest, b - r, r - g));
            Vector512<float> start = Vector512.ConditionalSelect(redIsLargest, Vector512<float>.Zero, Vector512.ConditionalSelect(greenIsLargest, two, four));
            Vector512<float> hue = start + (difference / Vector512.MaxNative(chroma, tiny)) + sixths;
            hue -= six * Vector512.Floor(hue * sixth);

            (least + (chroma * Clamp(Vector512.Abs(hue - three) - Vector512<float>.One))).Store(red + i);
            (least + (chroma * Clamp(two - Vector512.Abs(hue - two)))).Store(green + i);
            (least + (chroma * Clamp(two - Vector512.Abs(hue - four)))).Store(blue + i);
        }
    }

    /// <summary>All three channels become gray.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gray(Planes planes)
    {
        float* red = planes.Red, green = planes.Green, blue = planes.Blue;
        for (nint i = 0; i < planes.Stride; i += Vector512<float>.Count)
        {
            Vector512<float> gray = Luminance(Vector512.Load(red + i), Vector512.Load(green + i), Vector512.Load(blue + i));
            gray.Store(red + i);
            gray.Store(green + i);
            gray.Store(blue + i);
        }
    }

    // The three planes lie one behind the other and all have the same formula: one loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlendWithConstant(Planes planes, float factor, float constant)
    {
        float* values = planes.Red;
        Vector512<float> f = Vector512.Create(factor), c = Vector512.Create(constant);
        for (nint i = 0; i < 3 * (nint)planes.Stride; i += Vector512<float>.Count) Clamp((f * Vector512.Load(values + i)) + c).Store(values + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float GrayMean(Planes planes)
    {
        float* red = planes.Red, green = planes.Green, blue = planes.Blue;
        int whole = planes.Pixels / Vector512<float>.Count * Vector512<float>.Count;
        double sum = 0;
        for (int start = 0; start < whole; start += PixelsPerSum)
        {
            int end = Math.Min(start + PixelsPerSum, whole);
            Vector512<float> partial = Vector512<float>.Zero;
            for (nint i = start; i < end; i += Vector512<float>.Count)
                partial += Luminance(Vector512.Load(red + i), Vector512.Load(green + i), Vector512.Load(blue + i));
            sum += Vector512.Sum(partial);
        }

        for (int i = whole; i < planes.Pixels; i++) sum += (RedWeight * red[i]) + (GreenWeight * green[i]) + (BlueWeight * blue[i]);
        return (float)(sum / planes.Pixels);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Luminance(Vector512<float> red, Vector512<float> green, Vector512<float> blue) =>
        (Vector512.Create(RedWeight) * red) + (Vector512.Create(GreenWeight) * green) + (Vector512.Create(BlueWeight) * blue);

    // The native minimum and maximum are one instruction each; they differ from the IEEE ones only in NaN, which a view has not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Clamp(Vector512<float> value) =>
        Vector512.MinNative(Vector512.MaxNative(value, Vector512<float>.Zero), Vector512<float>.One);
}
