using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// A lane's view of a block's shared memory: the tile of rows, then two stages, each 64 columns of up to 128 elements and what is known of the columns.
/// </summary>
/// <remarks>While the warps compute with one stage, the next is on its way into the other.</remarks>
internal struct PairStage
{
    /// <summary>Bytes of one <see cref="ColumnStatistic"/> of a tile of columns.</summary>
    public const int StatisticBytes = PairSweep.TileColumns * sizeof(float);

    private const int Statistics = (int)ColumnStatistic.Ignored + 1;

    /// <summary>In the room of positive and ignored row of a column: sweeps have none of them where the rows are queries.</summary>
    public const int SecondOwn = ((int)ColumnStatistic.Positive - (int)ColumnStatistic.ByTilted) * StatisticBytes;

    /// <summary>In the room of maximum and factor of a column: a sweep that takes sums has neither.</summary>
    public const int ThirdOwn = ((int)ColumnStatistic.Maximum - (int)ColumnStatistic.ByTilted) * StatisticBytes;

    // Panels start at multiples of 1024. What that leaves behind the statistics holds a stage's barrier, where there are some.
    private const int PanelStatisticBytes = 2048, PanelPiecesLog2 = 3;

    private int stages, stageBytes, upper, lower, columns, values;

    /// <summary>
    /// Where the lane keeps what is known of its own one of its four rows, for which there are no registers in between tiles: three times 8 bytes, the second
    /// <see cref="SecondOwn"/> and the third <see cref="ThirdOwn"/> bytes behind the first.
    /// </summary>
    /// <remarks>
    /// They stand in the room of the columns' statistics that such a sweep does not use, half of the threads' in each stage and 8 bytes behind 8 bytes, so that
    /// banks do not conflict.
    /// </remarks>
    public int Own;

    /// <summary>The lane's first row: of the tile's and of all.</summary>
    public int FirstRow;

    /// <summary>The warp's first row.</summary>
    public int WarpRow;

    /// <summary>The lane's place among the four of a row.</summary>
    public int InRow;

    /// <summary>The block's slab of the depth, and its split of the columns.</summary>
    public int Slab, Split;

    /// <summary>Bytes of shared memory for so many rows.</summary>
    public static int Bytes(int rows, int rowBytes, int stageStride) =>
        (rows * (rowBytes + 16)) + (2 * ((PairSweep.TileColumns * stageStride) + (Statistics * StatisticBytes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairStage Of<TTile>(in PairSweep sweep)
        where TTile : struct, IPairTile
    {
        CudaAsm.Emit("mov.u32 %0, __dyn_shared_alloca;", out int shared);
        int warp = Group.IdxX / 32, lane = Group.IdxX % 32, rowStride = sweep.RowBytes + TTile.RowPadding;
        PairStage stage = default;
        stage.WarpRow = (Grid.IdxX * Group.DimX) + (warp * PairSweep.WarpRows);
        stage.FirstRow = stage.WarpRow + (lane / 4);
        stage.InRow = lane % 4;
        stage.upper = shared + (((warp * PairSweep.WarpRows) + (lane % 16)) * rowStride) + (lane / 16 * 16);
        if (TTile.Warpgroups) stage.upper = shared;
        stage.lower = stage.upper + (16 * rowStride);
        stage.stages = shared + (Group.DimX * rowStride);
        stage.stageBytes = (PairSweep.TileColumns * TTile.StageStride) + (Statistics * StatisticBytes);
        if (TTile.Warpgroups) stage.stageBytes = (PairSweep.TileColumns * TTile.StageStride) + PanelStatisticBytes;
        stage.columns = (((lane / 16 * 8) + (lane % 8)) * TTile.StageStride) + (lane / 8 % 2 * 16);
        if (TTile.Warpgroups) stage.columns = 0;
        stage.Own = stage.stages + (Group.IdxX / 64 * stage.stageBytes) + (PairSweep.TileColumns * TTile.StageStride)
            + ((int)ColumnStatistic.ByTilted * StatisticBytes) + (Group.IdxX % 64 * 8);
        stage.values = TTile.ValuesOffset(lane);
        (stage.Slab, stage.Split) = (Grid.IdxZ, Grid.IdxY);
        return stage;
    }

    /// <summary>Starts the copies of the tile of rows; rows beyond the last become zeros. A block has as many rows as threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void CopyRows<TTile>(long x, in PairSweep sweep)
        where TTile : struct, IPairTile
    {
        int pieces = sweep.RowBytes / 16, first = Grid.IdxX * Group.DimX, start = stages - (Group.DimX * (sweep.RowBytes + TTile.RowPadding));
        for (int piece = Group.IdxX; piece < Group.DimX * pieces; piece += Group.DimX)
        {
            int row = piece / pieces, inRow = (piece - (row * pieces)) * 16;
            bool inside = first + row < sweep.Rows;
            long source = x + ((long)(inside ? first + row : 0) * sweep.RowBytes) + inRow;
            if (TTile.Warpgroups)
                CudaAsm.Emit("cp.async.cg.shared.global [%0], [%1], 16, %2;", start + WarpgroupTile.PlaceOfRow(row, inRow), source, inside ? 16 : 0);
            else
                CudaAsm.Emit("cp.async.cg.shared.global [%0], [%1], 16, %2;", start + (row * (sweep.RowBytes + 16)) + inRow, source, inside ? 16 : 0);
        }
    }

    /// <summary>Makes the barriers at which the copy engine's panels arrive, and lets it see them and the rows, whose copies have been started.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void ReadyForPanels()
    {
        CudaAsm.Emit(".expand bulk CountFromZero;");
        if (Group.IdxX < 2) BulkCopy.MakeBarrier(BarrierOf(Group.IdxX), 1);
        CudaAsm.Emit("cp.async.commit_group;");
        CudaAsm.Emit("cp.async.wait_group 0;");
        CudaAsm.Emit(".expand warpgroups Publish;");
        Group.Barrier();
    }

    /// <summary>Starts the copies of a tile's columns, one chunk of their depth; columns beyond the last become zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void CopyColumns<TTile>(int step, long source, int firstColumn, int columnCount, int chunk, in PairSweep sweep)
        where TTile : struct, IPairTile
    {
        int start = stages + ((step & 1) * stageBytes), pieces = 1 << sweep.PiecesLog2;
        for (int piece = Group.IdxX; piece < PairSweep.TileColumns << sweep.PiecesLog2; piece += Group.DimX)
        {
            int column = piece >> sweep.PiecesLog2, inColumn = (piece & (pieces - 1)) * 16;
            bool inside = firstColumn + column < columnCount;
            long at = source + ((long)(inside ? firstColumn + column : 0) * sweep.RowBytes) + (chunk * pieces * 16) + inColumn;
            if (TTile.Warpgroups)
                CudaAsm.Emit("cp.async.cg.shared.global [%0], [%1], 16, %2;", start + WarpgroupTile.PlaceOfColumn(column, inColumn), at, inside ? 16 : 0);
            else
                CudaAsm.Emit("cp.async.cg.shared.global [%0], [%1], 16, %2;", start + (column * TTile.StageStride) + inColumn, at, inside ? 16 : 0);
        }
    }

    /// <summary>The same of panels that the copy engine brings, a lane for each, out of the kernel's first map or, of positives that are rows, its second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void BringColumns(int step, bool arePositives, int firstColumn, int chunk, in PairSweep sweep)
    {
        int panels = 1 << (sweep.PiecesLog2 - PanelPiecesLog2), thread = Group.IdxX, barrier = BarrierOf(step);
        int panel = stages + ((step & 1) * stageBytes) + (thread * PanelText.Bytes), element = ((chunk * panels) + thread) * PanelText.Side;
        int brings = thread < panels ? 1 : 0;
        BulkCopy.Announce(barrier, panels * PanelText.Bytes, thread);
        if (arePositives) BulkCopy.FromSecond(panel, element, firstColumn, barrier, brings);
        else BulkCopy.FromFirst(panel, element, firstColumn, barrier, brings);
    }

    /// <summary>Waits for the panels of a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void WaitForPanels(int step) => BulkCopy.Wait(BarrierOf(step), (step >> 1) & 1);

    /// <summary>Starts the copy of one statistic of a tile's columns; beyond the last column it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void CopyStatistic<TTile>(int step, ColumnStatistic statistic, long source, int firstColumn, int columnCount)
        where TTile : struct, IPairTile
    {
        if (source == 0) return;
        int start = stages + ((step & 1) * stageBytes) + (PairSweep.TileColumns * TTile.StageStride) + ((int)statistic * StatisticBytes);
        for (int column = Group.IdxX; column < PairSweep.TileColumns; column += Group.DimX)
        {
            bool inside = firstColumn + column < columnCount;
            CudaAsm.Emit(
                "cp.async.ca.shared.global [%0], [%1], 4, %2;", start + (column * sizeof(float)),
                source + ((long)(inside ? firstColumn + column : 0) * sizeof(float)), inside ? 4 : 0);
        }
    }

    /// <summary>Sets a statistic of the columns of both stages to −1 for good.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetNone<TTile>(ColumnStatistic statistic)
        where TTile : struct, IPairTile
    {
        int start = stages + (PairSweep.TileColumns * TTile.StageStride) + ((int)statistic * StatisticBytes);
        for (int column = Group.IdxX; column < PairSweep.TileColumns; column += Group.DimX)
        {
            CudaAsm.Emit("st.shared.b32 [%0], -1;", start + (column * sizeof(float)));
            CudaAsm.Emit("st.shared.b32 [%0], -1;", start + stageBytes + (column * sizeof(float)));
        }
    }

    /// <summary>Adds the products of one chunk of the depth to the dot products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddDots<TTile>(int step, int chunk, in PairSweep sweep)
        where TTile : struct, IPairTile
    {
        int chunkBytes = 16 << sweep.PiecesLog2, right = stages + ((step & 1) * stageBytes) + columns;
        for (int at = 0; at < chunkBytes; at += 64 * TTile.ElementBytes)
            TTile.AddDots(upper + at + (chunk * chunkBytes), lower + at + (chunk * chunkBytes), right + at); // Added up here, they hold no registers.
    }

    /// <summary>The same of panels: of each 128 bytes of the depth there are two of rows and one of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddDotsOfPanels(int step, int chunk, in PairSweep sweep)
    {
        int chunkBytes = 16 << sweep.PiecesLog2, rows = upper + (chunk * chunkBytes * 128), right = stages + ((step & 1) * stageBytes);
        if (chunkBytes == 256) CudaAsm.Emit(".expand pairgroups AddDots 2 %0 %1;", rows, right);
        else CudaAsm.Emit(".expand pairgroups AddDots 1 %0 %1;", rows, right);
    }

    /// <summary>Adds the weights times the stage's values to the products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyValues<TTile>(int step, int depth)
        where TTile : struct, IPairTile =>
        TTile.MultiplyValues(stages + ((step & 1) * stageBytes) + values, depth);

    /// <summary>The same stage with rows that are computed again: in between tiles a sweep has no registers for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly PairStage AfterSweep()
    {
        CudaAsm.Emit(".expand pairs ReadLane %0;", out int lane);
        PairStage stage = this;
        stage.FirstRow = (Grid.IdxX * Group.DimX) + (Group.IdxX & ~31) + (lane >> 2);
        stage.InRow = lane & 3;
        return stage;
    }

    /// <summary>Shared address of a statistic of the lane's first pair of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Address<TTile>(int step, ColumnStatistic statistic)
        where TTile : struct, IPairTile =>
        stages + ((step & 1) * stageBytes) + (PairSweep.TileColumns * TTile.StageStride) + ((int)statistic * StatisticBytes) + (InRow * 8);

    /// <summary>Stores the lane's products: so many elements of each of its four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreProducts(long partial, in PairSweep sweep, int depth)
    {
        long rowBytes = (long)sweep.Width * sizeof(float);
        long first = partial + ((((long)Split * sweep.Rows) + FirstRow) * rowBytes) + (Slab * depth * sizeof(float)) + (InRow * 8);
        bool wide = depth == PairSweep.SlabDepth;
        if (FirstRow < sweep.Rows)
        {
            if (wide) CudaAsm.Emit(".expand pairs StoreProducts 128 0 %0;", first);
            else CudaAsm.Emit(".expand pairs StoreProducts 64 0 %0;", first);
        }

        if (FirstRow + 8 < sweep.Rows)
        {
            if (wide) CudaAsm.Emit(".expand pairs StoreProducts 128 1 %0;", first + (8 * rowBytes));
            else CudaAsm.Emit(".expand pairs StoreProducts 64 1 %0;", first + (8 * rowBytes));
        }

        if (FirstRow + 16 < sweep.Rows)
        {
            if (wide) CudaAsm.Emit(".expand pairs StoreProducts 128 2 %0;", first + (16 * rowBytes));
            else CudaAsm.Emit(".expand pairs StoreProducts 64 2 %0;", first + (16 * rowBytes));
        }

        if (FirstRow + 24 < sweep.Rows)
        {
            if (wide) CudaAsm.Emit(".expand pairs StoreProducts 128 3 %0;", first + (24 * rowBytes));
            else CudaAsm.Emit(".expand pairs StoreProducts 64 3 %0;", first + (24 * rowBytes));
        }
    }

    /// <summary>Where the barrier of a step's stage is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int BarrierOf(int step) =>
        stages + ((step & 1) * stageBytes) + (PairSweep.TileColumns * WarpgroupTile.StageStride) + (Statistics * StatisticBytes);
}
