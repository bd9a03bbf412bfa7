using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

internal static unsafe partial class MicroKernel
{
    // Two registers of 16 columns for each of 8 rows: c{row}{half}. The JIT keeps scalar locals in registers; an array of them it would not.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void RowsTimesPanelAvx512(float** rows, in Taps taps, float* panel, float** c, int column, bool accumulate)
    {
        Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero;
        Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero;
        Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero;
        Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero;
        Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero;
        Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero;
        Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero;
        Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero;
        if (accumulate)
        {
            for (int i = 0; i < TileRows; i++)
            {
                Sse.Prefetch0(c[i] + column);
                Sse.Prefetch0(c[i] + column + 16);
            }
        }

        int count = taps.Count, offset = taps.Offset;
        nint rate = taps.Rate;
        for (int tap = 1; tap <= count; tap++)
        {
            float* r0 = rows[0] + offset, r1 = rows[1] + offset, r2 = rows[2] + offset, r3 = rows[3] + offset;
            float* r4 = rows[4] + offset, r5 = rows[5] + offset, r6 = rows[6] + offset, r7 = rows[7] + offset, next = r0 + taps.Ahead;
            nint depth = tap < count ? taps.Depth : taps.LastDepth;
            rows += TileRows;
            for (nint k = 0; k < depth; k++)
            {
                Vector512<float> b0 = Vector512.Load(panel), b1 = Vector512.Load(panel + 16);
                panel += TileColumns;
                Sse.Prefetch1(next);
                next += rate;
                Vector512<float> a0 = Vector512.Create(r0[k]);
                c00 = Avx512F.FusedMultiplyAdd(a0, b0, c00);
                c01 = Avx512F.FusedMultiplyAdd(a0, b1, c01);
                Vector512<float> a1 = Vector512.Create(r1[k]);
                c10 = Avx512F.FusedMultiplyAdd(a1, b0, c10);
                c11 = Avx512F.FusedMultiplyAdd(a1, b1, c11);
                Vector512<float> a2 = Vector512.Create(r2[k]);
                c20 = Avx512F.FusedMultiplyAdd(a2, b0, c20);
                c21 = Avx512F.FusedMultiplyAdd(a2, b1, c21);
                Vector512<float> a3 = Vector512.Create(r3[k]);
                c30 = Avx512F.FusedMultiplyAdd(a3, b0, c30);
                c31 = Avx512F.FusedMultiplyAdd(a3, b1, c31);
                Vector512<float> a4 = Vector512.Create(r4[k]);
                c40 = Avx512F.FusedMultiplyAdd(a4, b0, c40);
                c41 = Avx512F.FusedMultiplyAdd(a4, b1, c41);
                Vector512<float> a5 = Vector512.Create(r5[k]);
                c50 = Avx512F.FusedMultiplyAdd(a5, b0, c50);
                c51 = Avx512F.FusedMultiplyAdd(a5, b1, c51);
                Vector512<float> a6 = Vector512.Create(r6[k]);
                c60 = Avx512F.FusedMultiplyAdd(a6, b0, c60);
                c61 = Avx512F.FusedMultiplyAdd(a6, b1, c61);
                Vector512<float> a7 = Vector512.Create(r7[k]);
                c70 = Avx512F.FusedMultiplyAdd(a7, b0, c70);
                c71 = Avx512F.FusedMultiplyAdd(a7, b1, c71);
            }
        }

        Store(c[0] + column, c00, c01, accumulate);
        Store(c[1] + column, c10, c11, accumulate);
        Store(c[2] + column, c20, c21, accumulate);
        Store(c[3] + column, c30, c31, accumulate);
        Store(c[4] + column, c40, c41, accumulate);
        Store(c[5] + column, c50, c51, accumulate);
        Store(c[6] + column, c60, c61, accumulate);
        Store(c[7] + column, c70, c71, accumulate);
    }

    // Two registers of 16 columns for each of 8 rows: c{row}{half}. The JIT keeps scalar locals in registers; an array of them it would not.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static bool ExponentialsAvx512(
        float** rows, int depth, float* panel, float** c, int column, in PanelWeights weighing, float limit, float* sums, float* next, nint rate)
    {
        Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero;
        Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero;
        Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero;
        Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero;
        Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero;
        Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero;
        Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero;
        Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero;
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3], r4 = rows[4], r5 = rows[5], r6 = rows[6], r7 = rows[7];
        for (nint k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(panel), b1 = Vector512.Load(panel + 16);
            panel += TileColumns;
            Sse.Prefetch1(next);
            next += rate;
            Vector512<float> a0 = Vector512.Create(r0[k]);
            c00 = Avx512F.FusedMultiplyAdd(a0, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(a0, b1, c01);
            Vector512<float> a1 = Vector512.Create(r1[k]);
            c10 = Avx512F.FusedMultiplyAdd(a1, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(a1, b1, c11);
            Vector512<float> a2 = Vector512.Create(r2[k]);
            c20 = Avx512F.FusedMultiplyAdd(a2, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(a2, b1, c21);
            Vector512<float> a3 = Vector512.Create(r3[k]);
            c30 = Avx512F.FusedMultiplyAdd(a3, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(a3, b1, c31);
            Vector512<float> a4 = Vector512.Create(r4[k]);
            c40 = Avx512F.FusedMultiplyAdd(a4, b0, c40);
            c41 = Avx512F.FusedMultiplyAdd(a4, b1, c41);
            Vector512<float> a5 = Vector512.Create(r5[k]);
            c50 = Avx512F.FusedMultiplyAdd(a5, b0, c50);
            c51 = Avx512F.FusedMultiplyAdd(a5, b1, c51);
            Vector512<float> a6 = Vector512.Create(r6[k]);
            c60 = Avx512F.FusedMultiplyAdd(a6, b0, c60);
            c61 = Avx512F.FusedMultiplyAdd(a6, b1, c61);
            Vector512<float> a7 = Vector512.Create(r7[k]);
            c70 = Avx512F.FusedMultiplyAdd(a7, b0, c70);
            c71 = Avx512F.FusedMultiplyAdd(a7, b1, c71);
        }

        Vector512<float> m0 = Vector512.Load(weighing.Offsets), m1 = Vector512.Load(weighing.Offsets + 16), f0 = Vector512.Load(weighing.Factors),
            f1 = Vector512.Load(weighing.Factors + 16);
        float scale = weighing.Scale;
        c00 = f0 * Exponential.OfTwo((c00 - m0) * scale);
        c01 = f1 * Exponential.OfTwo((c01 - m1) * scale);
        Store(c[0] + column, c00, c01, false);
        c10 = f0 * Exponential.OfTwo((c10 - m0) * scale);
        c11 = f1 * Exponential.OfTwo((c11 - m1) * scale);
        Store(c[1] + column, c10, c11, false);
        c20 = f0 * Exponential.OfTwo((c20 - m0) * scale);
        c21 = f1 * Exponential.OfTwo((c21 - m1) * scale);
        Store(c[2] + column, c20, c21, false);
        c30 = f0 * Exponential.OfTwo((c30 - m0) * scale);
        c31 = f1 * Exponential.OfTwo((c31 - m1) * scale);
        Store(c[3] + column, c30, c31, false);
        c40 = f0 * Exponential.OfTwo((c40 - m0) * scale);
        c41 = f1 * Exponential.OfTwo((c41 - m1) * scale);
        Store(c[4] + column, c40, c41, false);
        c50 = f0 * Exponential.OfTwo((c50 - m0) * scale);
        c51 = f1 * Exponential.OfTwo((c51 - m1) * scale);
        Store(c[5] + column, c50, c51, false);
        c60 = f0 * Exponential.OfTwo((c60 - m0) * scale);
        c61 = f1 * Exponential.OfTwo((c61 - m1) * scale);
        Store(c[6] + column, c60, c61, false);
        c70 = f0 * Exponential.OfTwo((c70 - m0) * scale);
        c71 = f1 * Exponential.OfTwo((c71 - m1) * scale);
        Store(c[7] + column, c70, c71, false);
        Vector512<float> s0 = ((c00 + c10) + (c20 + c30)) + ((c40 + c50) + (c60 + c70));
        Vector512<float> s1 = ((c01 + c11) + (c21 + c31)) + ((c41 + c51) + (c61 + c71));
        if (Vector512.GreaterThanAny(s0, Vector512.Create(limit)) || Vector512.GreaterThanAny(s1, Vector512.Create(limit))) return false;
        (Vector512.Load(sums) + s0).Store(sums);
        (Vector512.Load(sums + 16) + s1).Store(sums + 16);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StripTimesPanelAvx512(float* strip, long stride, int depth, float* panel, float* c, long cStride, bool accumulate)
    {
        Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero;
        Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero;
        Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero;
        Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero;
        Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero;
        Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero;
        Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero;
        Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero;
        if (accumulate)
        {
            float* line = c;
            for (int i = 0; i < TileRows; i++)
            {
                Sse.Prefetch0(line);
                Sse.Prefetch0(line + 16);
                line += cStride;
            }
        }

        for (nint k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(panel), b1 = Vector512.Load(panel + 16);
            panel += TileColumns;
            Vector512<float> a0 = Vector512.Create(strip[0]);
            c00 = Avx512F.FusedMultiplyAdd(a0, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(a0, b1, c01);
            Vector512<float> a1 = Vector512.Create(strip[1]);
            c10 = Avx512F.FusedMultiplyAdd(a1, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(a1, b1, c11);
            Vector512<float> a2 = Vector512.Create(strip[2]);
            c20 = Avx512F.FusedMultiplyAdd(a2, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(a2, b1, c21);
            Vector512<float> a3 = Vector512.Create(strip[3]);
            c30 = Avx512F.FusedMultiplyAdd(a3, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(a3, b1, c31);
            Vector512<float> a4 = Vector512.Create(strip[4]);
            c40 = Avx512F.FusedMultiplyAdd(a4, b0, c40);
            c41 = Avx512F.FusedMultiplyAdd(a4, b1, c41);
            Vector512<float> a5 = Vector512.Create(strip[5]);
            c50 = Avx512F.FusedMultiplyAdd(a5, b0, c50);
            c51 = Avx512F.FusedMultiplyAdd(a5, b1, c51);
            Vector512<float> a6 = Vector512.Create(strip[6]);
            c60 = Avx512F.FusedMultiplyAdd(a6, b0, c60);
            c61 = Avx512F.FusedMultiplyAdd(a6, b1, c61);
            Vector512<float> a7 = Vector512.Create(strip[7]);
            c70 = Avx512F.FusedMultiplyAdd(a7, b0, c70);
            c71 = Avx512F.FusedMultiplyAdd(a7, b1, c71);
            strip += stride;
        }

        Store(c + (0 * cStride), c00, c01, accumulate);
        Store(c + (1 * cStride), c10, c11, accumulate);
        Store(c + (2 * cStride), c20, c21, accumulate);
        Store(c + (3 * cStride), c30, c31, accumulate);
        Store(c + (4 * cStride), c40, c41, accumulate);
        Store(c + (5 * cStride), c50, c51, accumulate);
        Store(c + (6 * cStride), c60, c61, accumulate);
        Store(c + (7 * cStride), c70, c71, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector512<float> low, Vector512<float> high, bool accumulate)
    {
        if (accumulate)
        {
            low += Vector512.Load(target);
            high += Vector512.Load(target + 16);
        }

        low.Store(target);
        high.Store(target + 16);
    }
}
