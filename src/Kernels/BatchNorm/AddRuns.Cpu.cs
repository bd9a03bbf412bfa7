using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Adds up the two sums of runs of rows in their order, in double, a cache line of channels a chunk.</summary>
/// <remarks>Channels side by side in a vector have the bits of one alone.</remarks>
internal unsafe struct AddRuns : IChunks
{
    /// <summary>[runs, 2, channels]: each run's sums.</summary>
    public float* Partials;

    /// <summary>Receives both sums of every channel.</summary>
    public ChannelPairs Into;

    public int Runs, Channels;

    public readonly int Chunks => Tiling.Blocks(Channels, ChannelPairs.PerChunk);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int c = chunk * ChannelPairs.PerChunk, end = Math.Min(c + ChannelPairs.PerChunk, Channels), width = Vector<double>.Count;
        for (; c + (4 * width) <= end; c += 4 * width)
        {
            Vector<double> s0 = default, s1 = default, s2 = default, s3 = default, p0 = default, p1 = default, p2 = default, p3 = default;
            float* sums = Partials + c;
            for (int run = 0; run < Runs; run++, sums += 2L * Channels)
            {
                float* products = sums + Channels;
                Add(sums, ref s0, ref s1);
                Add(sums + (2 * width), ref s2, ref s3);
                Add(products, ref p0, ref p1);
                Add(products + (2 * width), ref p2, ref p3);
            }

            Into.Put(c, s0, p0);
            Into.Put(c + width, s1, p1);
            Into.Put(c + (2 * width), s2, p2);
            Into.Put(c + (3 * width), s3, p3);
        }

        for (; c < end; c++)
        {
            double sum = 0, product = 0;
            for (int run = 0; run < Runs; run++)
            {
                sum += Partials[(2L * run * Channels) + c];
                product += Partials[(((2L * run) + 1) * Channels) + c];
            }

            Into[c] = (sum, product);
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
