using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>
/// The statistics of columns that a batch norm merges, [tiles, 2, channels] of <see cref="Ops.ColumnStatisticsRows"/> rows each: made here from rows in
/// memory, or by a convolution of its rows when it has just written them. The bits are the same.
/// </summary>
internal unsafe struct ColumnTiles<T> : IChunks
    where T : unmanaged, IActivation<T>
{
    private const int FloatsPerChunk = 16384;

    public T* X;
    public float* Statistics;
    public int Rows, Channels;

    private readonly int TilesPerChunk => Math.Max(1, FloatsPerChunk / (Ops.ColumnStatisticsRows * Channels));

    public readonly int Chunks => Tiling.Blocks(Rows, TilesPerChunk * Ops.ColumnStatisticsRows);

    /// <summary>Floats of the statistics of so many rows.</summary>
    public static long Floats(int rows, int channels) => 2L * Tiling.Blocks(rows, Ops.ColumnStatisticsRows) * channels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int rows = TilesPerChunk * Ops.ColumnStatisticsRows, first = chunk * rows;
        Of(first, Math.Min(rows, Rows - first), 0, Channels);
    }

    /// <summary>Those of some columns of some rows, from the first of a tile on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Of(int first, int rows, int column, int columns)
    {
        for (int end = first + rows; first < end; first += Ops.ColumnStatisticsRows)
        {
            float* sums = Statistics + (2L * (first / Ops.ColumnStatisticsRows) * Channels) + column;
            ColumnMoments.Of(
                X + ((long)first * Channels) + column, Math.Min(Ops.ColumnStatisticsRows, end - first), Channels, columns, sums, sums + Channels);
        }
    }
}
