using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

internal static unsafe partial class MicroKernel
{
    // The tile of 8 x 32 is walked in tiles of 4 x 16: 8 accumulators, 2 columns' registers and 1 broadcast fit in 16 registers.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RowsTimesPanelAvx2(float** rows, in Taps taps, float* panel, float** c, int column, bool accumulate)
    {
        int count = taps.Count, offset = taps.Offset;
        for (int top = 0; top < TileRows; top += 4)
        {
            for (int left = 0; left < TileColumns; left += 16)
            {
                Vector256<float> c00 = Vector256<float>.Zero, c01 = Vector256<float>.Zero;
                Vector256<float> c10 = Vector256<float>.Zero, c11 = Vector256<float>.Zero;
                Vector256<float> c20 = Vector256<float>.Zero, c21 = Vector256<float>.Zero;
                Vector256<float> c30 = Vector256<float>.Zero, c31 = Vector256<float>.Zero;
                float* b = panel + left;
                float** pointers = rows + top;
                for (int tap = 1; tap <= count; tap++)
                {
                    float* r0 = pointers[0] + offset, r1 = pointers[1] + offset, r2 = pointers[2] + offset, r3 = pointers[3] + offset;
                    nint depth = tap < count ? taps.Depth : taps.LastDepth;
                    pointers += TileRows;
                    for (nint k = 0; k < depth; k++)
                    {
                        Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
                        b += TileColumns;
                        Vector256<float> a0 = Vector256.Create(r0[k]);
                        c00 = Fma.MultiplyAdd(a0, b0, c00);
                        c01 = Fma.MultiplyAdd(a0, b1, c01);
                        Vector256<float> a1 = Vector256.Create(r1[k]);
                        c10 = Fma.MultiplyAdd(a1, b0, c10);
                        c11 = Fma.MultiplyAdd(a1, b1, c11);
                        Vector256<float> a2 = Vector256.Create(r2[k]);
                        c20 = Fma.MultiplyAdd(a2, b0, c20);
                        c21 = Fma.MultiplyAdd(a2, b1, c21);
                        Vector256<float> a3 = Vector256.Create(r3[k]);
                        c30 = Fma.MultiplyAdd(a3, b0, c30);
                        c31 = Fma.MultiplyAdd(a3, b1, c31);
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
    private static void StripTimesPanelAvx2(float* strip, long stride, int depth, float* panel, float* c, long cStride, bool accumulate)
    {
        for (int top = 0; top < TileRows; top += 4)
        {
            for (int left = 0; left < TileColumns; left += 16)
            {
                Vector256<float> c00 = Vector256<float>.Zero, c01 = Vector256<float>.Zero;
                Vector256<float> c10 = Vector256<float>.Zero, c11 = Vector256<float>.Zero;
                Vector256<float> c20 = Vector256<float>.Zero, c21 = Vector256<float>.Zero;
                Vector256<float> c30 = Vector256<float>.Zero, c31 = Vector256<float>.Zero;
                float* b = panel + left;
                float* a = strip + top;
                for (nint k = 0; k < depth; k++)
                {
                    Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
                    b += TileColumns;
                    Vector256<float> a0 = Vector256.Create(a[0]);
                    c00 = Fma.MultiplyAdd(a0, b0, c00);
                    c01 = Fma.MultiplyAdd(a0, b1, c01);
                    Vector256<float> a1 = Vector256.Create(a[1]);
                    c10 = Fma.MultiplyAdd(a1, b0, c10);
                    c11 = Fma.MultiplyAdd(a1, b1, c11);
                    Vector256<float> a2 = Vector256.Create(a[2]);
                    c20 = Fma.MultiplyAdd(a2, b0, c20);
                    c21 = Fma.MultiplyAdd(a2, b1, c21);
                    Vector256<float> a3 = Vector256.Create(a[3]);
                    c30 = Fma.MultiplyAdd(a3, b0, c30);
                    c31 = Fma.MultiplyAdd(a3, b1, c31);
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
    private static void Store(float* target, Vector256<float> low, Vector256<float> high, bool accumulate)
    {
        if (accumulate)
        {
            low += Vector256.Load(target);
            high += Vector256.Load(target + 8);
        }

        low.Store(target);
        high.Store(target + 8);
    }
}
