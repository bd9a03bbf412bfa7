using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

internal static unsafe partial class MicroKernel
{
    // The tile of 8 x 32 is walked in tiles of 4 x 8: 8 accumulators, 2 columns' registers and 1 broadcast fit in 16 registers.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RowsTimesPanelPortable(float** rows, in Taps taps, float* panel, float** c, int column, bool accumulate)
    {
        int count = taps.Count, offset = taps.Offset;
        for (int top = 0; top < TileRows; top += 4)
        {
            for (int left = 0; left < TileColumns; left += 8)
            {
                Vector128<float> c00 = Vector128<float>.Zero, c01 = Vector128<float>.Zero;
                Vector128<float> c10 = Vector128<float>.Zero, c11 = Vector128<float>.Zero;
                Vector128<float> c20 = Vector128<float>.Zero, c21 = Vector128<float>.Zero;
                Vector128<float> c30 = Vector128<float>.Zero, c31 = Vector128<float>.Zero;
                float* b = panel + left;
                float** pointers = rows + top;
                for (int tap = 1; tap <= count; tap++)
                {
                    float* r0 = pointers[0] + offset, r1 = pointers[1] + offset, r2 = pointers[2] + offset, r3 = pointers[3] + offset;
                    nint depth = tap < count ? taps.Depth : taps.LastDepth;
                    pointers += TileRows;
                    for (nint k = 0; k < depth; k++)
                    {
                        Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + 4);
                        b += TileColumns;
                        Vector128<float> a0 = Vector128.Create(r0[k]);
                        c00 = c00 + (a0 * b0);
                        c01 = c01 + (a0 * b1);
                        Vector128<float> a1 = Vector128.Create(r1[k]);
                        c10 = c10 + (a1 * b0);
                        c11 = c11 + (a1 * b1);
                        Vector128<float> a2 = Vector128.Create(r2[k]);
                        c20 = c20 + (a2 * b0);
                        c21 = c21 + (a2 * b1);
                        Vector128<float> a3 = Vector128.Create(r3[k]);
                        c30 = c30 + (a3 * b0);
                        c31 = c31 + (a3 * b1);
                    }
                }

                Store(c[top] + column + left, c00, c01, accumulate);
                Store(c[top + 1] + column + left, c10, c11, accumulate);
                Store(c[top + 2] + column + left, c20, c21, accumulate);
                Store(c[top + 3] + column + left, c30, c31, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StripTimesPanelPortable(float* strip, long stride, int depth, float* panel, float* c, long cStride, bool accumulate)
    {
        for (int top = 0; top < TileRows; top += 4)
        {
            for (int left = 0; left < TileColumns; left += 8)
            {
                Vector128<float> c00 = Vector128<float>.Zero, c01 = Vector128<float>.Zero;
                Vector128<float> c10 = Vector128<float>.Zero, c11 = Vector128<float>.Zero;
                Vector128<float> c20 = Vector128<float>.Zero, c21 = Vector128<float>.Zero;
                Vector128<float> c30 = Vector128<float>.Zero, c31 = Vector128<float>.Zero;
                float* b = panel + left;
                float* a = strip + top;
                for (nint k = 0; k < depth; k++)
                {
                    Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + 4);
                    b += TileColumns;
                    Vector128<float> a0 = Vector128.Create(a[0]);
                    c00 = c00 + (a0 * b0);
                    c01 = c01 + (a0 * b1);
                    Vector128<float> a1 = Vector128.Create(a[1]);
                    c10 = c10 + (a1 * b0);
                    c11 = c11 + (a1 * b1);
                    Vector128<float> a2 = Vector128.Create(a[2]);
                    c20 = c20 + (a2 * b0);
                    c21 = c21 + (a2 * b1);
                    Vector128<float> a3 = Vector128.Create(a[3]);
                    c30 = c30 + (a3 * b0);
                    c31 = c31 + (a3 * b1);
                    a += stride;
                }

                float* target = c + (top * cStride) + left;
                Store(target, c00, c01, accumulate);
                Store(target + (1 * cStride), c10, c11, accumulate);
                Store(target + (2 * cStride), c20, c21, accumulate);
                Store(target + (3 * cStride), c30, c31, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector128<float> low, Vector128<float> high, bool accumulate)
    {
        if (accumulate)
        {
            low += Vector128.Load(target);
            high += Vector128.Load(target + 4);
        }

        low.Store(target);
        high.Store(target + 4);
    }
}
