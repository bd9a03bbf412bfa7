using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The tiles of columns that a block multiplies its rows with: its split's and, before them, those of positives that are rows.</summary>
/// <remarks>
/// Positives go the way of the columns: the same sums have the same bits. With the columns comes what is known of them and has an address; an address that is 0
/// as a constant leaves no code, and so do positives that are ruled out as a constant.
/// </remarks>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct PairColumns<TTile>(
    PairStage stage, PairSweep sweep, int firstTile, long columns, PairSide known, long positives, bool rowsMayBePositives)
    where TTile : struct, IPairTile
{
    private readonly int positiveTiles = rowsMayBePositives && positives != 0 && stage.Split == 0 ? Tiling.Blocks(Group.DimX, PairSweep.TileColumns) : 0;
    private readonly int tilesOfSplit = Tiling.Blocks(sweep.Columns, PairSweep.TileColumns) - firstTile is var left && left < sweep.TilesPerSplit
        ? left : sweep.TilesPerSplit;

    public int Count { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => tilesOfSplit + positiveTiles; }

    /// <summary>Starts the copies of the rows and of the first tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(long rows)
    {
        stage.CopyRows<TTile>(rows, sweep);
        if (TTile.BringsInBulk) stage.ReadyForPanels();
        if (!TTile.BringsInBulk || Count > 0) Copy(step: 0, tile: 0, place: 0); // What the engine brings is waited for, or it would come when the block has ended.
        CudaAsm.Emit("cp.async.commit_group;");
    }

    /// <summary>The dot products with a tile's columns. Copies are one step ahead of the arithmetic: the next chunk, or the next tile, is on its way.</summary>
    /// <returns>The step behind the tile's last.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int MultiplyRows(int step, int tile)
    {
        CudaAsm.Emit(".expand pairs ClearDots;");
        for (int place = 0; place < sweep.Chunks; place++, step++)
        {
            CudaAsm.Emit("cp.async.wait_group 0;");
            if (TTile.Warpgroups && !TTile.BringsInBulk) CudaAsm.Emit(".expand warpgroups Publish;");
            Group.Barrier(); // All threads' copies are here, and all are done with the stage that is overwritten.
            bool last = place + 1 == sweep.Chunks;
            int nextTile = last ? tile + 1 : tile;
            if (nextTile < Count) Copy(step + 1, nextTile, last ? 0 : place + 1);
            CudaAsm.Emit("cp.async.commit_group;");
            if (TTile.BringsInBulk) stage.WaitForPanels(step);
            if (TTile.Warpgroups) stage.AddDotsOfPanels(step, Chunk(place), sweep);
            else stage.AddDots<TTile>(step, Chunk(place), sweep);
        }

        return step;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ArePositives(int tile) => rowsMayBePositives && tile < positiveTiles;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FirstColumn(int tile) => ArePositives(tile)
        ? (Grid.IdxX * Group.DimX) + (tile * PairSweep.TileColumns) : (firstTile + tile - positiveTiles) * PairSweep.TileColumns;

    /// <summary>Starts the copies of one chunk of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Copy(int step, int tile, int place)
    {
        bool arePositives = ArePositives(tile);
        int first = FirstColumn(tile), count = arePositives ? sweep.Rows : sweep.Columns;
        if (TTile.BringsInBulk) stage.BringColumns(step, arePositives, first, Chunk(place), sweep);
        else stage.CopyColumns<TTile>(step, arePositives ? positives : columns, first, count, Chunk(place), sweep);
        if (!arePositives)
        {
            stage.CopyStatistic<TTile>(step, ColumnStatistic.Maximum, known.Maximum, first, count);
            stage.CopyStatistic<TTile>(step, ColumnStatistic.BySum, known.BySum, first, count);
            stage.CopyStatistic<TTile>(step, ColumnStatistic.ByTilted, known.ByTilted, first, count);
            stage.CopyStatistic<TTile>(step, ColumnStatistic.ByEqual, known.ByEqual, first, count);
            stage.CopyStatistic<TTile>(step, ColumnStatistic.Label, known.Label, first, count);
            stage.CopyStatistic<TTile>(step, ColumnStatistic.Positive, known.Positive, first, count);
            stage.CopyStatistic<TTile>(step, ColumnStatistic.Ignored, known.Ignored, first, count);
        }
    }

    /// <summary>The chunk of the depth at a place of a tile's sweep: the slab's own comes last, so that its values are still there when the weights are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Chunk(int place)
    {
        int chunk = stage.Slab + 1 + place;
        return chunk < sweep.Chunks ? chunk : chunk - sweep.Chunks;
    }
}
