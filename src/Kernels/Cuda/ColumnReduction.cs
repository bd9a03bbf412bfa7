using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>
/// Trees over the rows of a block whose threads are [rows, packs]; thread row 0 gets the result. The order is a function of the block's size alone.
/// </summary>
/// <remarks>Every thread of the block must call: there are barriers within.</remarks>
internal static class ColumnReduction
{
    /// <summary>Floats of shared memory for one number per lane and thread.</summary>
    public const int SharedFloats = 8 * ColumnTiles.MostThreads;

    /// <summary>Sums of two numbers per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoLanes Sum(TwoLanes own, ArrayView<float> first, ArrayView<float> second, int width)
    {
        int threads = Group.DimX * Group.DimY, at = (Group.IdxY * Group.DimX) + Group.IdxX;
        int active = Group.DimY;
        while (active > 1)
        {
            int half = (active + 1) / 2;
            if (Group.IdxY >= half && Group.IdxY < active)
            {
                own.First.Put(first, at, threads, width);
                own.Second.Put(second, at, threads, width);
            }

            // One barrier is enough: what the next step writes lies in front of what this one reads.
            Group.Barrier();
            if (Group.IdxY < active - half)
            {
                own.First += Lanes.Take(first, at + (half * Group.DimX), threads, width);
                own.Second += Lanes.Take(second, at + (half * Group.DimX), threads, width);
            }

            active = half;
        }

        return own;
    }

    /// <summary>Sums of one number per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Sum(Lanes own, ArrayView<float> shared, int width)
    {
        int threads = Group.DimX * Group.DimY, at = (Group.IdxY * Group.DimX) + Group.IdxX;
        int active = Group.DimY;
        while (active > 1)
        {
            int half = (active + 1) / 2;
            if (Group.IdxY >= half && Group.IdxY < active) own.Put(shared, at, threads, width);
            Group.Barrier();
            if (Group.IdxY < active - half) own += Lanes.Take(shared, at + (half * Group.DimX), threads, width);
            active = half;
        }

        return own;
    }

    /// <summary>Means and squares about them of all rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnMoments Merge(ColumnMoments own, ArrayView<float> means, ArrayView<float> squares, ArrayView<float> counts, int width)
    {
        int threads = Group.DimX * Group.DimY, at = (Group.IdxY * Group.DimX) + Group.IdxX;
        int active = Group.DimY;
        while (active > 1)
        {
            int half = (active + 1) / 2;
            if (Group.IdxY >= half && Group.IdxY < active)
            {
                own.Mean.Put(means, at, threads, width);
                own.Squares.Put(squares, at, threads, width);
                counts[at] = own.Count;
            }

            Group.Barrier();
            if (Group.IdxY < active - half)
            {
                int other = at + (half * Group.DimX);
                own = own.With(counts[other], Lanes.Take(means, other, threads, width), Lanes.Take(squares, other, threads, width));
            }

            active = half;
        }

        return own;
    }
}

/// <summary>Two numbers per lane.</summary>
internal struct TwoLanes
{
    public Lanes First, Second;
}

/// <summary>How many numbers a thread has seen in each lane, their mean and the sum of their squares about it.</summary>
internal struct ColumnMoments
{
    public float Count;
    public Lanes Mean, Squares;

    /// <summary>
    /// With the numbers of another thread: Chan, Golub and LeVeque 1983, equation 2.1. Nothing large is ever subtracted from something large.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ColumnMoments With(float count, Lanes mean, Lanes squares)
    {
        float total = Count + count;
        float weight = total > 0 ? count / total : 0;
        Lanes difference = mean - Mean;
        return new() { Count = total, Mean = Mean + (difference * weight), Squares = Squares + (squares + (difference * difference * (Count * weight))) };
    }

    /// <summary>With one number more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ColumnMoments With(Lanes a) => With(1, a, default);

    /// <summary>With four numbers more: one division for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ColumnMoments With(Lanes a, Lanes b, Lanes c, Lanes d)
    {
        Lanes mean = ((a + b) + (c + d)) * 0.25f;
        (a, b, c, d) = (a - mean, b - mean, c - mean, d - mean);
        return With(4, mean, ((a * a) + (b * b)) + ((c * c) + (d * d)));
    }
}
