using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

internal static unsafe partial class MicroKernel
{
    // The tile of 8 x 32 is walked in tiles of 4 x 8: 8 accumulators, 2 columns' registers and 1 broadcast fit in 16 registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RowsTimesPanelPortable(float** rows, int taps, int offset, int depth, float* panel, float** c, int columns, bool accumulate)
    {
        float* tile = stackalloc float[4 * 8];
        for (int top = 0; top < TileRows; top += 4)
        {
            for (int left = 0; left < columns; left += 8)
            {
                Vector128<float> c00 = Vector128<float>.Zero, c01 = Vector128<float>.Zero;
                Vector128<float> c10 = Vector128<float>.Zero, c11 = Vector128<float>.Zero;
                Vector128<float> c20 = Vector128<float>.Zero, c21 = Vector128<float>.Zero;
                Vector128<float> c30 = Vector128<float>.Zero, c31 = Vector128<float>.Zero;
                float* b = panel + left;
                float** pointers = rows + top;
                for (int tap = 0; tap < taps; tap++)
                {
                    float* r0 = pointers[0] + offset, r1 = pointers[1] + offset, r2 = pointers[2] + offset, r3 = pointers[3] + offset;
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

                c00.Store(tile + (0 * 8));
                c01.Store(tile + (0 * 8) + 4);
                c10.Store(tile + (1 * 8));
                c11.Store(tile + (1 * 8) + 4);
                c20.Store(tile + (2 * 8));
                c21.Store(tile + (2 * 8) + 4);
                c30.Store(tile + (3 * 8));
                c31.Store(tile + (3 * 8) + 4);
                for (int i = 0; i < 4; i++) StoreRow(tile + (i * 8), c[top + i] + left, Math.Min(8, columns - left), accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StripTimesPanelPortable(float* strip, long stride, int depth, float* panel, float* c, long cStride, int rows, int columns, bool accumulate)
    {
        float* tile = stackalloc float[4 * 8];
        for (int top = 0; top < rows; top += 4)
        {
            for (int left = 0; left < columns; left += 8)
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

                c00.Store(tile + (0 * 8));
                c01.Store(tile + (0 * 8) + 4);
                c10.Store(tile + (1 * 8));
                c11.Store(tile + (1 * 8) + 4);
                c20.Store(tile + (2 * 8));
                c21.Store(tile + (2 * 8) + 4);
                c30.Store(tile + (3 * 8));
                c31.Store(tile + (3 * 8) + 4);
                for (int i = 0; i < Math.Min(4, rows - top); i++)
                    StoreRow(tile + (i * 8), c + ((top + i) * cStride) + left, Math.Min(8, columns - left), accumulate);
            }
        }
    }
}
