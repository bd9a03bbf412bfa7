using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Adds up the two sums of runs of rows in their order, in double, a cache line of channels a chunk.</summary>
/// <remarks>Channels side by side in a vector have the bits of one alone.</remarks>
internal unsafe struct AddRuns : IChunks
{
    private const int ChannelsPerChunk = 16;

    /// <summary>[runs, 2, channels]: each run's sums.</summary>
    public float* Partials;

    /// <summary>Receives both sums of every channel, [channels, 2].</summary>
    public double* Into;

    public int Runs, Channels;

    public readonly int Chunks => Tiling.Blocks(Channels, ChannelsPerChunk);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int c = chunk * ChannelsPerChunk, end = Math.Min(c + ChannelsPerChunk, Channels), width = Vector<double>.Count;
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

            Put(c, s0, p0);
            Put(c + width, s1, p1);
            Put(c + (2 * width), s2, p2);
            Put(c + (3 * width), s3, p3);
        }

        for (; c < end; c++)
        {
            double sum = 0, product = 0;
            for (int run = 0; run < Runs; run++)
            {
                sum += Partials[(2L * run * Channels) + c];
                product += Partials[(((2L * run) + 1) * Channels) + c];
            }

            (Into[2 * c], Into[(2 * c) + 1]) = (sum, product);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* numbers, ref Vector<double> lower, ref Vector<double> upper)
    {
        Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(numbers), out Vector<double> first, out Vector<double> second);
        lower += first;
        upper += second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Put(int channel, Vector<double> sum, Vector<double> product)
    {
        for (int lane = 0; lane < Vector<double>.Count; lane++, channel++) (Into[2 * channel], Into[(2 * channel) + 1]) = (sum[lane], product[lane]);
    }
}
