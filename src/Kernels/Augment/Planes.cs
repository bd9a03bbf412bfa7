using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The red, green and blue planes of one view, float32, one value of each per pixel.</summary>
/// <remarks>Planes are as long as a multiple of a vector. The values behind the last pixel mean nothing but are numbers, so that loops need no tail.</remarks>
/// <param name="first">Three planes of <paramref name="stride"/> floats.</param>
/// <param name="stride">What <see cref="StrideFor"/> says.</param>
/// <param name="pixels">How many pixels the view has.</param>
internal readonly unsafe struct Planes(float* first, int stride, int pixels)
{
    /// <summary>Lanes of the vectors that all loops over planes use; on a narrower machine .NET makes them of several registers.</summary>
    public static readonly int Lanes = Vector512<float>.Count;

    public readonly float* Red = first, Green = first + stride, Blue = first + (2L * stride);
    public readonly int Stride = stride, Pixels = pixels;

    /// <summary>The length of a plane in floats.</summary>
    public static int StrideFor(int pixels) => Tiling.RoundUp(pixels, Lanes);

    /// <summary>Zeroes the values behind the last pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ClearTails()
    {
        for (int i = Pixels; i < Stride; i++) Red[i] = Green[i] = Blue[i] = 0;
    }

    /// <summary>Brings every channel from 0..1 into another range.</summary>
    public void Rescale(in PixelRange range)
    {
        Rescale(Red, range.RedFactor, range.RedShift);
        Rescale(Green, range.GreenFactor, range.GreenShift);
        Rescale(Blue, range.BlueFactor, range.BlueShift);
    }

    /// <summary>Writes the planes as pixels of three channels.</summary>
    /// <param name="target">3·<see cref="Pixels"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Interleave(float* target)
    {
        float* red = Red, green = Green, blue = Blue;
        for (nint i = 0; i < Pixels; i++, target += 3)
        {
            target[0] = red[i];
            target[1] = green[i];
            target[2] = blue[i];
        }
    }

    /// <summary>Writes the planes as pixels of three channels, rounded to bfloat16. The planes are numbers no longer then.</summary>
    /// <param name="target">3·<see cref="Pixels"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void InterleaveRounded(ushort* target)
    {
        for (nint i = 0; i < Stride; i += Vector512<float>.Count)
        {
            // The upper halves, each in its own float's place.
            (BFloat16Rows.RoundedBits(Vector512.Load(Red + i)) >> 16).Store((uint*)Red + i);
            (BFloat16Rows.RoundedBits(Vector512.Load(Green + i)) >> 16).Store((uint*)Green + i);
            (BFloat16Rows.RoundedBits(Vector512.Load(Blue + i)) >> 16).Store((uint*)Blue + i);
        }

        uint* red = (uint*)Red, green = (uint*)Green, blue = (uint*)Blue;
        for (nint i = 0; i < Pixels; i++, target += 3)
        {
            target[0] = (ushort)red[i];
            target[1] = (ushort)green[i];
            target[2] = (ushort)blue[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rescale(float* plane, float factor, float shift)
    {
        Vector512<float> factors = Vector512.Create(factor), shifts = Vector512.Create(shift);
        for (nint i = 0; i < Stride; i += Vector512<float>.Count) ((Vector512.Load(plane + i) * factors) + shifts).Store(plane + i);
    }
}
