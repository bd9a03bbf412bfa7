using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The weights of all pairs times the columns in float32, the weights made of products that are computed again.</summary>
internal static class PlainPairGradients
{
    private const int ValueColumns = 32;

    /// <summary><c>Σ_y w_xy·y</c> of the block's 64 rows over the split's columns, for a slab of 128 elements of the depth; loads coalesce.</summary>
    /// <param name="x">Rows.</param>
    /// <param name="y">Columns.</param>
    /// <param name="bits">The sample of each query; empty for all pairs.</param>
    /// <param name="sweep">The shapes, and whose sums the weights are relative to.</param>
    /// <param name="rows">What is known of the rows.</param>
    /// <param name="columns">What is known of the columns.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    [LaunchBounds(PlainPairs.Threads, 1)]
    public static void PlainGradientsKernel(
        ArrayView<float> x, ArrayView<float> y, ArrayView<uint> bits, PairSweep sweep, PairSide rows, PairSide columns, ArrayView<float> partial)
    {
        CudaAsm.Emit(PlainNumbers.Registers);

        // Two chunks of operands, and later the values in their place; then the weights.
        const int Chunk = PlainPairs.TileRows * PlainPairs.ChunkDepth / 4;
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>((2 * Chunk) + (PlainPairs.TileRows * PairSweep.TileColumns / 4));
        ArrayView<Float4> rowChunk = shared.SubView(0, Chunk), columnChunk = shared.SubView(Chunk, Chunk);
        ArrayView<Float4> weights = shared.SubView(2 * Chunk, PlainPairs.TileRows * PairSweep.TileColumns / 4);
        int tx = Group.IdxX % 16, ty = Group.IdxX / 16, tileRow = Grid.IdxX * PlainPairs.TileRows, row = tileRow + (4 * ty);
        int slab = Grid.IdxZ * PairSweep.SlabDepth;
        PlainTile low = default, high = default;
        int first = Grid.IdxY * sweep.TilesPerSplit * PairSweep.TileColumns, end = first + (sweep.TilesPerSplit * PairSweep.TileColumns);
        if (end > sweep.Columns) end = sweep.Columns;
        for (int tile = first; tile < end; tile += PairSweep.TileColumns)
        {
            PlainTile dots = PlainPairs.Dots(x, tileRow, sweep.Rows, y, tile, sweep.Columns, sweep.Depth, rowChunk, columnChunk);
            int column = tile + (4 * tx);

            // What is known of rows and columns comes again with each tile, so that it holds no registers in between.
            PlainNumbers ofRows = PlainNumbers.Of(rows, row, sweep.Rows, sweep), ofColumns = PlainNumbers.Of(columns, column, sweep.Columns, sweep);
            PlainWeights.Weigh(
                ref dots.Row0, row, ofRows.Maximum.X, ofRows.BySum.X, ofRows.ByTilted.X, ofRows.ByEqual.X, ofRows.Label.X, ofRows.Positive.X,
                ofRows.Ignored.X, column, ofColumns, sweep, bits);
            PlainWeights.Weigh(
                ref dots.Row1, row + 1, ofRows.Maximum.Y, ofRows.BySum.Y, ofRows.ByTilted.Y, ofRows.ByEqual.Y, ofRows.Label.Y, ofRows.Positive.Y,
                ofRows.Ignored.Y, column, ofColumns, sweep, bits);
            PlainWeights.Weigh(
                ref dots.Row2, row + 2, ofRows.Maximum.Z, ofRows.BySum.Z, ofRows.ByTilted.Z, ofRows.ByEqual.Z, ofRows.Label.Z, ofRows.Positive.Z,
                ofRows.Ignored.Z, column, ofColumns, sweep, bits);
            PlainWeights.Weigh(
                ref dots.Row3, row + 3, ofRows.Maximum.W, ofRows.BySum.W, ofRows.ByTilted.W, ofRows.ByEqual.W, ofRows.Label.W, ofRows.Positive.W,
                ofRows.Ignored.W, column, ofColumns, sweep, bits);

            // By columns, four rows a piece, with the pieces exchanged so that neither stores nor loads meet in a bank.
            int place = (4 * tx * 16) + (ty ^ tx);
            weights[place] = new Float4(dots.Row0.X, dots.Row1.X, dots.Row2.X, dots.Row3.X);
            weights[place + 16] = new Float4(dots.Row0.Y, dots.Row1.Y, dots.Row2.Y, dots.Row3.Y);
            weights[place + 32] = new Float4(dots.Row0.Z, dots.Row1.Z, dots.Row2.Z, dots.Row3.Z);
            weights[place + 48] = new Float4(dots.Row0.W, dots.Row1.W, dots.Row2.W, dots.Row3.W);
            for (int part = 0; part < PairSweep.TileColumns; part += ValueColumns)
            {
                LoadValues(y, tile + part, sweep.Columns, sweep.Depth, slab, shared);
                Group.Barrier();
                for (int k = 0; k < ValueColumns; k++)
                {
                    Float4 four = weights[((part + k) * 16) + (ty ^ ((part + k) / 4))];
                    low.Add(four, shared[(k * 32) + tx]);
                    high.Add(four, shared[(k * 32) + 16 + tx]);
                }

                Group.Barrier();
            }
        }

        Store(partial, row, low.Row0, high.Row0, sweep);
        Store(partial, row + 1, low.Row1, high.Row1, sweep);
        Store(partial, row + 2, low.Row2, high.Row2, sweep);
        Store(partial, row + 3, low.Row3, high.Row3, sweep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadValues(ArrayView<float> y, int firstColumn, int columns, int depth, int slab, ArrayView<Float4> values)
    {
        if (depth % 4 == 0)
        {
            ArrayView<Float4> wide = y.Cast<Float4>();
            for (int at = Group.IdxX; at < ValueColumns * 32; at += PlainPairs.Threads)
            {
                int column = at / 32, element = slab + (at % 32 * 4);
                Float4 value = default;
                if (firstColumn + column < columns && element < depth) value = wide[((long)(firstColumn + column) * (depth / 4)) + (element / 4)];
                values[at] = value;
            }
        }
        else
        {
            ArrayView<float> words = values.Cast<float>();
            for (int at = Group.IdxX; at < ValueColumns * PairSweep.SlabDepth; at += PlainPairs.Threads)
            {
                int column = at / PairSweep.SlabDepth, element = slab + (at % PairSweep.SlabDepth);
                words[at] = firstColumn + column < columns && element < depth ? y[((long)(firstColumn + column) * depth) + element] : 0f;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ArrayView<float> partial, int row, Float4 low, Float4 high, in PairSweep sweep)
    {
        if (row >= sweep.Rows) return;
        ArrayView<Float4> wide = partial.Cast<Float4>();
        long at = ((((long)Grid.IdxY * sweep.Rows) + row) * (sweep.Width / 4)) + (Grid.IdxZ * (PairSweep.SlabDepth / 4)) + (Group.IdxX % 16);
        wide[at] = low;
        wide[at + 16] = high;
    }
}
