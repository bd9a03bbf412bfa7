using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>Of a tile of rows, the sum of each column and its squares about the mean of these rows: what the moments of a batch norm are merged from.</summary>
/// <remarks>
/// Some columns at once pass over all rows of the tile, and again for the squares, when a cache has them. Rows of many channels are too far apart for the
/// processor to foresee, so the columns that come next are asked for.
/// </remarks>
internal static unsafe class ColumnMoments
{
    /// <summary>Writes both numbers of each column.</summary>
    /// <param name="x">The first row's first number.</param>
    /// <param name="rows">Of the tile.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="sums">Receives Σ x[row, c] of each column.</param>
    /// <param name="squares">Receives Σ (x[row, c] − mean[c])² of each column.</param>
    public static void Of<T>(T* x, int rows, int stride, int columns, float* sums, float* squares)
        where T : unmanaged, IActivation<T>
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            c = FourAtOnce<T, SixteenLanes>(x, rows, stride, columns, sums, squares, c);
            c = OneAtOnce<T, SixteenLanes>(x, rows, stride, columns, sums, squares, c);
        }

        c = FourAtOnce<T, VectorLanes>(x, rows, stride, columns, sums, squares, c);
        c = OneAtOnce<T, VectorLanes>(x, rows, stride, columns, sums, squares, c);
        OneAtOnce<T, OneLane>(x, rows, stride, columns, sums, squares, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FourAtOnce<T, TLanes>(T* x, int rows, int stride, int columns, float* sums, float* squares, int c)
        where T : unmanaged, IActivation<T>
        where TLanes : struct, ILanes<TLanes>
    {
        int width = TLanes.Count;
        TLanes count = TLanes.Of((float)rows);
        for (; c + (4 * width) <= columns; c += 4 * width)
        {
            // The columns that come next, or the first ones of the next tile.
            long ahead = c + (8 * width) <= columns ? 4 * width : ((long)rows * stride) - c;
            TLanes s0 = default, s1 = default, s2 = default, s3 = default;
            T* from = x + c;
            for (int row = 0; row < rows; row++, from += stride)
            {
                Prefetch.ToFirstLevel(from + ahead, 4 * width);
                s0 += TLanes.Load(from);
                s1 += TLanes.Load(from + width);
                s2 += TLanes.Load(from + (2 * width));
                s3 += TLanes.Load(from + (3 * width));
            }

            TLanes m0 = s0 / count, m1 = s1 / count, m2 = s2 / count, m3 = s3 / count, q0 = default, q1 = default, q2 = default, q3 = default;
            from = x + c;
            for (int row = 0; row < rows; row++, from += stride)
            {
                TLanes d0 = TLanes.Load(from) - m0, d1 = TLanes.Load(from + width) - m1;
                TLanes d2 = TLanes.Load(from + (2 * width)) - m2, d3 = TLanes.Load(from + (3 * width)) - m3;
                q0 += d0 * d0;
                q1 += d1 * d1;
                q2 += d2 * d2;
                q3 += d3 * d3;
            }

            Put(sums + c, s0, s1, s2, s3);
            Put(squares + c, q0, q1, q2, q3);
        }

        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int OneAtOnce<T, TLanes>(T* x, int rows, int stride, int columns, float* sums, float* squares, int c)
        where T : unmanaged, IActivation<T>
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes count = TLanes.Of((float)rows);
        for (; c + TLanes.Count <= columns; c += TLanes.Count)
        {
            TLanes sum = default, square = default;
            T* from = x + c;
            for (int row = 0; row < rows; row++, from += stride) sum += TLanes.Load(from);
            TLanes mean = sum / count;
            from = x + c;
            for (int row = 0; row < rows; row++, from += stride)
            {
                TLanes distance = TLanes.Load(from) - mean;
                square += distance * distance;
            }

            sum.Store(sums + c);
            square.Store(squares + c);
        }

        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TLanes>(float* to, TLanes first, TLanes second, TLanes third, TLanes fourth)
        where TLanes : struct, ILanes<TLanes>
    {
        first.Store(to);
        second.Store(to + TLanes.Count);
        third.Store(to + (2 * TLanes.Count));
        fourth.Store(to + (3 * TLanes.Count));
    }
}
