using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The weights of all pairs times the columns on tensor cores, the weights made of products that are computed again.</summary>
internal static class PairGradients
{
    /// <summary>
    /// <c>Σ_y w_xy·y</c> of the block's rows over the split's columns, for a slab of 128 elements of the depth; the rows are the queries of a loss with one sum
    /// and without labels.
    /// </summary>
    /// <remarks>Loads coalesce as in <see cref="PairSums"/>. One kernel for each kind of weights: what another kind needs would hold registers.</remarks>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="sweep">The shapes, and which weights.</param>
    /// <param name="rows">What is known of the rows.</param>
    /// <param name="columns">What is known of the columns.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    [LaunchBounds(128, 2)]
    public static void GradientsByRowKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, QuerySide.Rows, PairSweep.SlabDepth);

    /// <summary>The same where the columns are the queries.</summary>
    [LaunchBounds(128, 2)]
    public static void GradientsByColumnKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, QuerySide.Columns, PairSweep.SlabDepth);

    /// <summary>The same where rows and columns are the same, each a query.</summary>
    [LaunchBounds(128, 2)]
    public static void GradientsByBothKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, QuerySide.Both, PairSweep.SlabDepth);

    /// <summary>
    /// Of any loss and with labels, where the rows are the queries, for a slab of 64 elements of the depth: the products leave registers for all of it.
    /// </summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByRowKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, QuerySide.Rows, PairSweep.NarrowDepth);

    /// <summary>The same where the columns are the queries.</summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByColumnKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, QuerySide.Columns, PairSweep.NarrowDepth);

    /// <summary>The same where rows and columns are the same, each a query.</summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByBothKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, QuerySide.Both, PairSweep.NarrowDepth);

    /// <summary>The queries' side and the depth, the elements of which there are products, are constants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, QuerySide queries, int depth)
        where TTile : struct, IPairTile
    {
        bool byRow = queries != QuerySide.Columns, byColumn = queries != QuerySide.Rows, wide = depth == PairSweep.SlabDepth;
        SharedMemory.GetDynamic<Float4>();
        CudaAsm.Emit(".expand pairs Declare;");
        if (wide) CudaAsm.Emit(".expand pairs DeclareProducts 128;");
        else CudaAsm.Emit(".expand pairs DeclareProducts 64;");
        CudaAsm.Emit(".expand pairs ClearRows;");
        PairStage stage = PairStage.Of<TTile>(sweep);
        int slab = Grid.IdxZ, split = Grid.IdxY;
        int laneRow = stage.FirstRow + (8 * stage.InRow);
        long laneOffset = (long)stage.FirstRow * sizeof(float);
        if (byRow && rows.Positive != 0)
            CudaAsm.Emit(".expand pairs LoadPositiveKey %0 %1 %2;", rows.Positive + ((long)laneRow * sizeof(int)), laneRow, sweep.Rows);
        if (byRow && rows.Ignored != 0)
            CudaAsm.Emit(".expand pairs LoadIgnoredKey %0 %1 %2;", rows.Ignored + ((long)laneRow * sizeof(int)), laneRow, sweep.Rows);
        if (byRow && byColumn)
        {
            long laneFactor = (long)laneRow * sizeof(float);
            CudaAsm.Emit(".expand pairs KeepKeys %0;", stage.BehindOwn);
            CudaAsm.Emit(
                ".expand pairs KeepFactors %0 %1 %2 %3 %4;", stage.BehindOwn, sweep.Weights == PairWeights.OfBothCommon ? 0 : rows.Maximum + laneFactor,
                rows.BySum + laneFactor, laneRow, sweep.Rows);
        }

        if (!byRow && columns.Positive == 0) stage.SetNone<TTile>(ColumnStatistic.Positive);
        if (!byRow && columns.Ignored == 0) stage.SetNone<TTile>(ColumnStatistic.Ignored);
        int firstTile = split * sweep.TilesPerSplit, tiles = Tiling.Blocks(sweep.Columns, PairSweep.TileColumns) - firstTile;
        tiles = tiles < sweep.TilesPerSplit ? tiles : sweep.TilesPerSplit;
        stage.CopyRows<TTile>(x, sweep);
        int steps = tiles * sweep.Chunks;
        for (int step = -1; step < steps; step++)
        {
            // One step ahead of the arithmetic; the barrier says that all are done with the stage that is overwritten.
            PairStage.WaitForCopies<TTile>();
            Group.Barrier();
            if (step + 1 < steps)
            {
                // The slab's own chunk comes last, so that its values are still there when the weights are.
                int nextTile = (step + 1) / sweep.Chunks, nextPlace = step + 1 - (nextTile * sweep.Chunks);
                int firstColumn = (firstTile + nextTile) * PairSweep.TileColumns;
                stage.CopyColumns<TTile>(step + 1, y, firstColumn, sweep.Columns, (slab + 1 + nextPlace) % sweep.Chunks, sweep);
                if (byColumn) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Maximum, columns.Maximum, firstColumn, sweep.Columns);
                if (byColumn) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.BySum, columns.BySum, firstColumn, sweep.Columns);
                if (!byRow && !wide) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.ByTilted, columns.ByTilted, firstColumn, sweep.Columns);
                if (!byRow && !wide) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.ByEqual, columns.ByEqual, firstColumn, sweep.Columns);
                if (!wide) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Label, columns.Label, firstColumn, sweep.Columns);
                if (!byRow) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Positive, columns.Positive, firstColumn, sweep.Columns);
                if (!byRow) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Ignored, columns.Ignored, firstColumn, sweep.Columns);
            }

            CudaAsm.Emit("cp.async.commit_group;");
            if (step >= 0)
            {
                int tile = step / sweep.Chunks, place = step - (tile * sweep.Chunks);
                if (place == 0) CudaAsm.Emit(".expand pairs ClearDots;");
                if (TTile.Warpgroups) stage.AddDotsOfPanels(step, (slab + 1 + place) % sweep.Chunks, sweep);
                else stage.AddDots<TTile>(step, (slab + 1 + place) % sweep.Chunks, sweep);
                if (place == sweep.Chunks - 1)
                {
                    int firstColumn = (firstTile + tile) * PairSweep.TileColumns, laneColumn = firstColumn + (2 * stage.InRow);
                    int known = stage.Address<TTile>(step, ColumnStatistic.Maximum);

                    // What is known of the rows comes again with each tile, so that it holds no registers in between.
                    if (byRow && byColumn)
                    {
                        CudaAsm.Emit(".expand pairs TakeKeys %0;", stage.BehindOwn);
                        CudaAsm.Emit(".expand pairs TakeFactors %0 %1;", stage.BehindFirst, PairStage.BehindStride<TTile>(sweep));
                    }
                    else if (byRow)
                    {
                        CudaAsm.Emit(".expand pairs LoadRows Maximum %0 %1 %2;", rows.Maximum + laneOffset, stage.FirstRow, sweep.Rows);
                        CudaAsm.Emit(".expand pairs LoadRows BySum %0 %1 %2;", rows.BySum + laneOffset, stage.FirstRow, sweep.Rows);
                    }

                    if (!wide && sweep.Labels != LabelRule.None)
                        CudaAsm.Emit(".expand pairs LoadRows Label %0 %1 %2;", rows.Label + laneOffset, stage.FirstRow, sweep.Rows);
                    if (!byRow)
                    {
                        CudaAsm.Emit(
                            ".expand pairs MaskByColumn %0 %1 %2;", stage.FirstRow, stage.WarpRow, stage.Address<TTile>(step, ColumnStatistic.Positive));
                        if (!wide && sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(".expand pairs MaskLabelsByColumn %0;", known);
                        if (!wide && sweep.TiltedScale > 0)
                            CudaAsm.Emit(".expand pairs WeighTiltedByColumn %0 %1 %2;", sweep.Scale, known, sweep.TiltedScale);
                        else CudaAsm.Emit(".expand pairs WeighByColumn %0 %1;", sweep.Scale, known);
                        if (!wide && sweep.Labels == LabelRule.Positives) CudaAsm.Emit(".expand pairs WeighLabelsByColumn %0 %1;", known, stage.FirstRow);
                    }
                    else
                    {
                        CudaAsm.Emit(".expand pairs MaskByRow %0 %1 %2 %3;", laneColumn, firstColumn, sweep.Columns, stage.InRow);
                        if (byColumn)
                        {
                            if (sweep.Weights == PairWeights.OfBothCommon)
                                CudaAsm.Emit(".expand pairs WeighByBothCommon %0 %1 %2;", sweep.Scale, known, sweep.CommonMaximum);
                            else CudaAsm.Emit(".expand pairs WeighByBoth %0 %1;", sweep.Scale, known);
                        }
                        else
                        {
                            if (!wide && sweep.Labels == LabelRule.Excluded)
                                CudaAsm.Emit(
                                    ".expand pairs MaskEqualLabels %0 %1 %2;", stage.Address<TTile>(step, ColumnStatistic.Label), laneColumn, sweep.Columns);
                            if (!wide && sweep.TiltedScale > 0)
                            {
                                CudaAsm.Emit(".expand pairs LoadRows ByTilted %0 %1 %2;", rows.ByTilted + laneOffset, stage.FirstRow, sweep.Rows);
                                CudaAsm.Emit(".expand pairs WeighTiltedByRow %0 %1;", sweep.Scale, sweep.TiltedScale);
                            }
                            else
                            {
                                CudaAsm.Emit(".expand pairs WeighByRow %0;", sweep.Scale);
                            }

                            if (!wide && sweep.Labels == LabelRule.Positives)
                            {
                                CudaAsm.Emit(".expand pairs LoadRows ByEqual %0 %1 %2;", rows.ByEqual + laneOffset, stage.FirstRow, sweep.Rows);
                                CudaAsm.Emit(".expand pairs SpreadIgnoredKeys;");
                                CudaAsm.Emit(
                                    ".expand pairs WeighLabelsByRow %0 %1 %2;", stage.Address<TTile>(step, ColumnStatistic.Label), laneColumn, sweep.Columns);
                            }
                        }
                    }

                    stage.MultiplyValues<TTile>(step, depth);
                }
            }
        }

        stage.StoreProducts(partial, slab, split, sweep, depth);
    }

    /// <summary>Whose rows the loss is of.</summary>
    private enum QuerySide
    {
        Rows,
        Columns,
        Both,
    }
}
