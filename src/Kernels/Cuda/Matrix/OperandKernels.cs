using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>Brings operands into the form that the matrix kernels read, and partial results out of it.</summary>
internal static class OperandKernels
{
    public const int Threads = 256, Tile = 32;

    /// <summary>Copies rows into rows that are longer by zeros, in another type: a thread per element of the target.</summary>
    public static void PadRowsKernel<TSource, TTarget>(ArrayView<TSource> source, ArrayView<TTarget> target, Divisor targetColumns, int columns)
        where TSource : unmanaged, IElement<TSource>
        where TTarget : unmanaged, IElement<TTarget>
    {
        for (long i = ((long)Grid.IdxX * Threads) + Group.IdxX; i < target.Length; i += (long)Grid.DimX * Threads)
        {
            int row = (int)(i / targetColumns.Value), column = (int)(i - ((long)row * targetColumns.Value));
            target[i] = TTarget.FromFloat(column < columns ? TSource.ToFloat(source[((long)row * columns) + column]) : 0f);
        }
    }

    /// <summary>Transposes each of the matrices [rows, columns] that lie beside each other in the rows of the source, 32 x 32 elements a block.</summary>
    /// <param name="source">[rows, matrices * columns].</param>
    /// <param name="target">[columns, matrices * paddedRows]; rows beyond those of the source are zeros.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="paddedRows">What they are lengthened to.</param>
    /// <param name="columns">Columns of one matrix.</param>
    /// <param name="matrices">Matrices; Grid.Z of them are done by blocks of their own.</param>
    /// <param name="reverse">1 to write the matrices in reverse order: a filter turned by half a turn.</param>
    public static void TransposeKernel<TSource, TTarget>(ArrayView<TSource> source, ArrayView<TTarget> target, int rows, int paddedRows, int columns, int matrices, int reverse)
        where TSource : unmanaged, IElement<TSource>
        where TTarget : unmanaged, IElement<TTarget>
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(Tile * (Tile + 1));
        int x = Group.IdxX % Tile, y = Group.IdxX / Tile, matrix = Grid.IdxZ, column = (Grid.IdxX * Tile) + x;
        for (int i = y; i < Tile; i += Threads / Tile)
        {
            int row = (Grid.IdxY * Tile) + i;
            float value = 0;
            if (row < rows && column < columns) value = TSource.ToFloat(source[((long)row * matrices * columns) + (matrix * columns) + column]);
            tile[(i * (Tile + 1)) + x] = value;
        }

        Group.Barrier();
        int to = reverse != 0 ? matrices - 1 - matrix : matrix, targetColumn = (Grid.IdxY * Tile) + x;
        for (int i = y; i < Tile; i += Threads / Tile)
        {
            int targetRow = (Grid.IdxX * Tile) + i;
            if (targetRow < columns && targetColumn < paddedRows)
                target[((long)targetRow * matrices * paddedRows) + ((long)to * paddedRows) + targetColumn] = TTarget.FromFloat(tile[(x * (Tile + 1)) + i]);
        }
    }

    /// <summary>Adds up partial gradients [runs, taps * paddedChannels, paddedColumns] in the order of the runs, transposed: 32 x 32 elements of one tap a block.</summary>
    /// <param name="partials">The partial gradients.</param>
    /// <param name="dw">[columns, taps * channels].</param>
    /// <param name="runs">How many there are.</param>
    /// <param name="channels">Channels of a tap in dw.</param>
    /// <param name="paddedChannels">Channels of a tap in the partials.</param>
    /// <param name="columns">Rows of dw.</param>
    /// <param name="paddedColumns">Columns of the partials.</param>
    /// <param name="taps">Taps; Grid.Z.</param>
    /// <param name="transpose">1 for dw as above, 0 for dw [taps * channels, columns].</param>
    /// <param name="accumulate">1 to add to dw.</param>
    public static void MergeGradientKernel(
        ArrayView<float> partials, ArrayView<float> dw, int runs, int channels, int paddedChannels, int columns, int paddedColumns, int taps, int transpose, int accumulate)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(Tile * (Tile + 1));
        int x = Group.IdxX % Tile, y = Group.IdxX / Tile, tap = Grid.IdxZ, column = (Grid.IdxX * Tile) + x;
        long runLength = (long)taps * paddedChannels * paddedColumns;
        for (int i = y; i < Tile; i += Threads / Tile)
        {
            int channel = (Grid.IdxY * Tile) + i;
            float sum = 0;
            if (channel < channels && column < columns)
            {
                long at = ((((long)tap * paddedChannels) + channel) * paddedColumns) + column;
                for (int run = 0; run < runs; run++) sum += partials[at + (run * runLength)];
                if (transpose == 0)
                {
                    long place = ((((long)tap * channels) + channel) * columns) + column;
                    dw[place] = accumulate != 0 ? dw[place] + sum : sum;
                }
            }

            tile[(i * (Tile + 1)) + x] = sum;
        }

        if (transpose == 0) return;
        Group.Barrier();
        int targetChannel = (Grid.IdxY * Tile) + x;
        for (int i = y; i < Tile; i += Threads / Tile)
        {
            int targetColumn = (Grid.IdxX * Tile) + i;
            if (targetColumn >= columns || targetChannel >= channels) continue;
            long place = ((((long)targetColumn * taps) + tap) * channels) + targetChannel;
            float sum = tile[(x * (Tile + 1)) + i];
            dw[place] = accumulate != 0 ? dw[place] + sum : sum;
        }
    }
}
