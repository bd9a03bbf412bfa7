using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>Adds up the two sums of runs of rows in their order, in double.</summary>
/// <remarks>Channels of a cache line side by side: one alone would take a line from every run for four bytes of it.</remarks>
internal static unsafe class RunSums
{
    /// <summary>Puts down both sums of every channel.</summary>
    /// <param name="partials">[runs, 2, channels]: each run's sums.</param>
    /// <param name="runs">How many.</param>
    /// <param name="channels">C.</param>
    /// <param name="over">Receives both numbers of every channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* partials, int runs, int channels, RankSums over)
    {
        int c = 0, width = Vector<double>.Count;
        for (; c + (4 * width) <= channels; c += 4 * width)
        {
            Vector<double> s0 = default, s1 = default, s2 = default, s3 = default, p0 = default, p1 = default, p2 = default, p3 = default;
            float* sums = partials + c;
            for (int run = 0; run < runs; run++, sums += 2L * channels)
            {
                float* products = sums + channels;
                Add(sums, ref s0, ref s1);
                Add(sums + (2 * width), ref s2, ref s3);
                Add(products, ref p0, ref p1);
                Add(products + (2 * width), ref p2, ref p3);
            }

            for (int lane = 0; lane < width; lane++)
            {
                over.Put(c + lane, s0[lane], p0[lane]);
                over.Put(c + width + lane, s1[lane], p1[lane]);
                over.Put(c + (2 * width) + lane, s2[lane], p2[lane]);
                over.Put(c + (3 * width) + lane, s3[lane], p3[lane]);
            }
        }

        for (; c < channels; c++)
        {
            double sum = 0, product = 0;
            for (int run = 0; run < runs; run++)
            {
                sum += partials[(2L * run * channels) + c];
                product += partials[(((2L * run) + 1) * channels) + c];
            }

            over.Put(c, sum, product);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* numbers, ref Vector<double> lower, ref Vector<double> upper)
    {
        Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(numbers), out Vector<double> first, out Vector<double> second);
        lower += first;
        upper += second;
    }
}
