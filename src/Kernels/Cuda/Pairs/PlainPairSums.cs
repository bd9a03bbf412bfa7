using ILGPU;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The sums over each row's columns in float32.</summary>
internal static class PlainPairSums
{
    /// <summary>Maximum and sums of each of the block's 64 rows over the split's columns; loads coalesce as in <see cref="PlainPairs.Load"/>.</summary>
    /// <param name="x">Rows.</param>
    /// <param name="y">Columns.</param>
    /// <param name="rowPositives">Rows that are each row's positive; empty where the positives are columns.</param>
    /// <param name="bits">The sample of each row; empty for all columns.</param>
    /// <param name="sweep">The shapes.</param>
    /// <param name="rows">Positive, ignored and label of each row.</param>
    /// <param name="columns">Label of each column.</param>
    /// <param name="parts">Receives [splits][rows].</param>
    [LaunchBounds(PlainPairs.Threads, 2)]
    public static void PlainSumsKernel(
        ArrayView<float> x, ArrayView<float> y, ArrayView<float> rowPositives, ArrayView<uint> bits, PairSweep sweep, PairSide rows, PairSide columns,
        ArrayView<RowPart> parts)
    {
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(2 * PlainPairs.TileRows * PlainPairs.ChunkDepth / 4);
        ArrayView<Float4> rowChunk = shared.SubView(0, PlainPairs.TileRows * PlainPairs.ChunkDepth / 4);
        ArrayView<Float4> columnChunk = shared.SubView(PlainPairs.TileRows * PlainPairs.ChunkDepth / 4, PlainPairs.TileRows * PlainPairs.ChunkDepth / 4);
        int tx = Group.IdxX % 16, tileRow = Grid.IdxX * PlainPairs.TileRows, row = tileRow + (Group.IdxX / 16 * 4);
        PlainRow row0 = PlainRow.Of(row, sweep, rows), row1 = PlainRow.Of(row + 1, sweep, rows);
        PlainRow row2 = PlainRow.Of(row + 2, sweep, rows), row3 = PlainRow.Of(row + 3, sweep, rows);
        if (rowPositives.Length > 0 && Grid.IdxY == 0)
        {
            PlainTile dots = PlainPairs.Dots(x, tileRow, sweep.Rows, rowPositives, tileRow, sweep.Rows, sweep.Depth, rowChunk, columnChunk);
            if (tx == Group.IdxX / 16)
            {
                row0.TakePositive(dots.Row0.X);
                row1.TakePositive(dots.Row1.Y);
                row2.TakePositive(dots.Row2.Z);
                row3.TakePositive(dots.Row3.W);
            }
        }

        int first = Grid.IdxY * sweep.TilesPerSplit * PairSweep.TileColumns, end = first + (sweep.TilesPerSplit * PairSweep.TileColumns);
        if (end > sweep.Columns) end = sweep.Columns;
        for (int tile = first; tile < end; tile += PairSweep.TileColumns)
        {
            PlainTile dots = PlainPairs.Dots(x, tileRow, sweep.Rows, y, tile, sweep.Columns, sweep.Depth, rowChunk, columnChunk);
            int column = tile + (4 * tx);
            row0.Add(ref dots.Row0, column, sweep, columns, bits);
            row1.Add(ref dots.Row1, column, sweep, columns, bits);
            row2.Add(ref dots.Row2, column, sweep, columns, bits);
            row3.Add(ref dots.Row3, column, sweep, columns, bits);
        }

        for (int distance = 8; distance > 0; distance /= 2)
        {
            row0.Merge(distance, sweep);
            row1.Merge(distance, sweep);
            row2.Merge(distance, sweep);
            row3.Merge(distance, sweep);
        }

        if (tx != 0) return;
        long at = ((long)Grid.IdxY * sweep.Rows) + row;
        if (row < sweep.Rows) parts[at] = row0.Part;
        if (row + 1 < sweep.Rows) parts[at + 1] = row1.Part;
        if (row + 2 < sweep.Rows) parts[at + 2] = row2.Part;
        if (row + 3 < sweep.Rows) parts[at + 3] = row3.Part;
    }
}
