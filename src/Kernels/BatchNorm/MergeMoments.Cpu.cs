using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Merges the moments of tiles of rows in their order, in double (Chan, Golub and LeVeque 1983), a cache line of channels a chunk.</summary>
/// <remarks>Channels side by side in a vector have the bits of one alone.</remarks>
internal unsafe struct MergeMoments : IChunks
{
    /// <summary>[tiles, 2, channels]: each tile's sums and squares about their mean.</summary>
    public float* Tiles;

    /// <summary>Receives mean and squares about it of every channel.</summary>
    public ChannelPairs Into;

    public int Rows, Channels;

    public readonly int Chunks => Tiling.Blocks(Channels, ChannelPairs.PerChunk);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int c = chunk * ChannelPairs.PerChunk, end = Math.Min(c + ChannelPairs.PerChunk, Channels), width = Vector<double>.Count;
        for (; c + (4 * width) <= end; c += 4 * width)
        {
            Vector<double> m0 = default, m1 = default, m2 = default, m3 = default, s0 = default, s1 = default, s2 = default, s3 = default;
            float* tile = Tiles + c;
            for (int row = 0; row < Rows; row += Ops.ColumnStatisticsRows, tile += 2L * Channels)
            {
                Share of = new(row, Math.Min(Ops.ColumnStatisticsRows, Rows - row));
                Merge(tile, Channels, of, ref m0, ref m1, ref s0, ref s1);
                Merge(tile + (2 * width), Channels, of, ref m2, ref m3, ref s2, ref s3);
            }

            Into.Put(c, m0, s0);
            Into.Put(c + width, m1, s1);
            Into.Put(c + (2 * width), m2, s2);
            Into.Put(c + (3 * width), m3, s3);
        }

        for (; c < end; c++)
        {
            double mean = 0, squares = 0;
            float* tile = Tiles + c;
            for (int row = 0; row < Rows; row += Ops.ColumnStatisticsRows, tile += 2L * Channels)
            {
                Share of = new(row, Math.Min(Ops.ColumnStatisticsRows, Rows - row));
                double difference = (*tile * of.PerRow) - mean;
                squares += tile[Channels] + (difference * difference * of.OfSquares);
                mean += difference * of.OfMean;
            }

            Into[c] = (mean, squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Merge(
        float* tile, int channels, Share of, ref Vector<double> mean, ref Vector<double> nextMean, ref Vector<double> squares, ref Vector<double> nextSquares)
    {
        Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(tile), out Vector<double> sum, out Vector<double> nextSum);
        Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(tile + channels), out Vector<double> about, out Vector<double> nextAbout);
        Vector<double> difference = (sum * of.PerRow) - mean, nextDifference = (nextSum * of.PerRow) - nextMean;
        squares += about + (difference * difference * of.OfSquares);
        nextSquares += nextAbout + (nextDifference * nextDifference * of.OfSquares);
        mean += difference * of.OfMean;
        nextMean += nextDifference * of.OfMean;
    }

    /// <summary>What a tile's rows weigh beside those before it: of all channels the same, and so divided once.</summary>
    private readonly struct Share(double before, double own)
    {
        public double PerRow { get; } = 1 / own;

        public double OfMean { get; } = own / (before + own);

        public double OfSquares { get; } = before * own / (before + own);
    }
}
