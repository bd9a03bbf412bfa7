using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>
/// The statistics of columns that a batch norm merges, [tiles, 2, channels] of <see cref="Ops.ColumnStatisticsRows"/> rows each: made here from rows in
/// memory, or by a convolution of its rows when it has just written them. The bits are the same.
/// </summary>
internal unsafe struct ColumnTiles<T> : IChunks
    where T : unmanaged, IActivation<T>
{
    public T* X;
    public float* Statistics;
    public int Rows, Channels;

    private readonly int TilesPerChunk => Math.Max(1, ChannelRows.ElementsPerRun / (Ops.ColumnStatisticsRows * Channels));

    public readonly int Chunks => Tiling.Blocks(Rows, TilesPerChunk * Ops.ColumnStatisticsRows);

    /// <summary>Floats of the statistics of so many rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

/// <summary>The statistics of the columns of a whole tensor, read from memory.</summary>
internal static unsafe class ColumnTiles
{
    /// <summary>Makes them.</summary>
    /// <param name="workers">Who.</param>
    /// <param name="x">[..., C].</param>
    /// <param name="statistics">Receives them.</param>
    public static void Of(WorkerPool workers, Tensor x, float* statistics)
    {
        if (x.Type == ElementType.BFloat16) Of<BFloat16Activation>(workers, x, statistics);
        else Of<Float32Activation>(workers, x, statistics);
    }

    private static void Of<T>(WorkerPool workers, Tensor x, float* statistics)
        where T : unmanaged, IActivation<T>
    {
        ColumnTiles<T> tiles = new() { X = T.Of(x), Statistics = statistics, Rows = x.Rows, Channels = x.Columns };
        workers.Run(tiles.Chunks, tiles);
    }
}
