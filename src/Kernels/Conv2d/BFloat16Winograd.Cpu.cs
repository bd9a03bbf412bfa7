using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

/// <summary>The transforms of Winograd's F(2x2, 3x3) between bfloat16 and float32, with the points 0, ±1 and infinity.</summary>
/// <remarks>
/// A tile of 4 x 4 inputs and a filter of 3 x 3 give 2 x 2 outputs with 16 products instead of 36. What the products read is rounded to bfloat16 after the
/// transform: with these coefficients, of 0, ±1 and a half, the error is 1.9 times that of rounding inputs and weights alone, and with the last rounding, that
/// of the output, 1.7 times that of the direct form; the larger tile of <see cref="Winograd"/> would make it ten times.
/// </remarks>
internal static unsafe class BFloat16Winograd
{
    public const int Inputs = 4, Outputs = 2, Points = Inputs * Inputs;

    /// <summary>Channels are a multiple of this.</summary>
    public const int Group = MicroKernel.TileColumns;

    /// <summary>Where a rectangle of pixels lies, row by row; those outside the image lie elsewhere.</summary>
    /// <param name="image">Its first pixel.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="channels">Numbers of a pixel.</param>
    /// <param name="top">The rectangle's first row, and first column.</param>
    /// <param name="left">See top.</param>
    /// <param name="rows">Its rows, and columns.</param>
    /// <param name="columns">See rows.</param>
    /// <param name="outside">What stands for a pixel outside.</param>
    /// <param name="pixels">Receives the pointers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PointAt(
        ushort* image, int height, int width, int channels, int top, int left, int rows, int columns, ushort* outside, ushort** pixels)
    {
        for (int row = top; row < top + rows; row++)
        {
            bool isInside = (uint)row < (uint)height;
            ushort* line = image + ((long)row * width * channels);
            for (int column = left; column < left + columns; column++)
                *pixels++ = isInside && (uint)column < (uint)width ? line + ((long)column * channels) : outside;
        }
    }

    /// <summary>points[point·ofPoint + c] = (Bᵀ d B)[point] of 16 pixels, transformed in float32 and rounded.</summary>
    /// <param name="pixels">Pointers to the pixels of the tile, row by row.</param>
    /// <param name="channels">The numbers of each, a multiple of 32.</param>
    /// <param name="points">Receives 16 rows of as many.</param>
    /// <param name="ofPoint">Elements from one to the next.</param>
    public static void Input(ushort** pixels, int channels, ushort* points, long ofPoint)
    {
        if (!MachineCodeSupport.IsThere)
        {
            InputPortable(pixels, channels, points, ofPoint);
            return;
        }

        GeneratedTiles.WinogradInput(new TileArguments
        {
            Rows = (uint**)pixels, DepthBytes = (long)channels * sizeof(ushort), Results = (float**)points, ResultStride = ofPoint * sizeof(ushort),
        });
    }

    /// <summary>pixels[i][c] = (Aᵀ m A)[i][c], to which what they hold is added first if asked for, rounded once.</summary>
    /// <param name="products">16 points.</param>
    /// <param name="ofProduct">Floats from one to the next.</param>
    /// <param name="columns">The numbers of each, a multiple of 32.</param>
    /// <param name="pixels">Pointers to the 4 pixels of the tile, row by row.</param>
    /// <param name="accumulate">Whether to add to what they hold.</param>
    public static void Output(float* products, long ofProduct, int columns, ushort** pixels, bool accumulate)
    {
        if (!MachineCodeSupport.IsThere)
        {
            OutputPortable(products, ofProduct, columns, pixels, accumulate);
            return;
        }

        GeneratedTiles.WinogradOutput(
            new TileArguments
            {
                Panel = (uint*)products, StripStride = ofProduct * sizeof(float), DepthBytes = (long)columns * sizeof(ushort), Rows = (uint**)pixels,
            },
            accumulate);
    }

    /// <summary>t = G g Gᵀ of one vector of channels, float32: 9 taps to 16 points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter(float* w, long ofTap, float* target, long ofPoint)
    {
        int lanes = Vector<float>.Count;
        float* half = stackalloc float[Inputs * 3 * lanes];
        for (int column = 0; column < 3; column++) Filter3(w + (column * ofTap), 3 * ofTap, half + (column * lanes), 3 * lanes);
        for (int row = 0; row < Inputs; row++) Filter3(half + (row * 3 * lanes), lanes, target + (row * Inputs * ofPoint), ofPoint);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InputPortable(ushort** pixels, int channels, ushort* points, long ofPoint)
    {
        int lanes = Vector<float>.Count, group = 2 * lanes; // what is widened and rounded at once
        float* tile = stackalloc float[Points * group];
        for (int c = 0; c < channels; c += group)
        {
            for (int pixel = 0; pixel < Points; pixel++) BFloat16Rows.Widen(pixels[pixel] + c, tile + (pixel * group), group);
            for (float* half = tile; half <= tile + lanes; half += lanes)
            {
                for (int column = 0; column < Inputs; column++) Input4(half + (column * group), Inputs * group);
                for (int row = 0; row < Inputs; row++) Input4(half + (row * Inputs * group), group);
            }

            for (int point = 0; point < Points; point++) BFloat16Rows.Round(tile + (point * group), points + (point * ofPoint) + c, group);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void OutputPortable(float* products, long ofProduct, int columns, ushort** pixels, bool accumulate)
    {
        int lanes = Vector<float>.Count, group = 2 * lanes;
        float* down = stackalloc float[Outputs * Inputs * lanes], tile = stackalloc float[Outputs * Outputs * group], held = stackalloc float[group];
        for (int c = 0; c < columns; c += group)
        {
            for (int half = 0; half < group; half += lanes)
            {
                for (int column = 0; column < Inputs; column++)
                    Output2(products + (column * ofProduct) + c + half, Inputs * ofProduct, down + (column * lanes), Inputs * lanes);
                for (int row = 0; row < Outputs; row++) Output2(down + (row * Inputs * lanes), lanes, tile + (row * Outputs * group) + half, group);
            }

            for (int pixel = 0; pixel < Outputs * Outputs; pixel++)
            {
                float* sums = tile + (pixel * group);
                if (accumulate)
                {
                    BFloat16Rows.Widen(pixels[pixel] + c, held, group);
                    for (int i = 0; i < group; i += lanes) Store(sums + i, Load(sums + i) + Load(held + i));
                }

                BFloat16Rows.Round(sums, pixels[pixel] + c, group);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input4(float* d, long stride)
    {
        Vector<float> d0 = Load(d), d1 = Load(d + stride), d2 = Load(d + (2 * stride)), d3 = Load(d + (3 * stride));
        Store(d, d0 - d2);
        Store(d + stride, d1 + d2);
        Store(d + (2 * stride), d2 - d1);
        Store(d + (3 * stride), d1 - d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Filter3(float* g, long gStride, float* t, long tStride)
    {
        Vector<float> g0 = Load(g), g1 = Load(g + gStride), g2 = Load(g + (2 * gStride)), half = new(0.5f), sum = g0 + g2;
        Store(t, g0);
        Store(t + tStride, half * (sum + g1));
        Store(t + (2 * tStride), half * (sum - g1));
        Store(t + (3 * tStride), g2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output2(float* m, long mStride, float* y, long yStride)
    {
        Vector<float> m1 = Load(m + mStride), m2 = Load(m + (2 * mStride));
        Store(y, Load(m) + m1 + m2);
        Store(y + yStride, m1 - m2 - Load(m + (3 * mStride)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector<float> value) => Unsafe.WriteUnaligned(target, value);
}
