using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The weights of all pairs times the columns on tensor cores, the weights made of products that are computed again.</summary>
internal static class PairGradients
{
    /// <summary>
    /// <c>Σ_y w_xy·y</c> of the block's rows over the split's columns, for a slab of 128 elements of the depth; the rows are the anchors of a loss with one sum
    /// and without labels.
    /// </summary>
    /// <remarks>Loads coalesce as in <see cref="PairSums"/>. One kernel for each kind of weights: what another kind needs would hold registers.</remarks>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="sweep">The shapes, and whose sums the weights are relative to.</param>
    /// <param name="rows">What is known of the rows.</param>
    /// <param name="columns">What is known of the columns.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    /// <param name="shares">Receives the sum of each row's own weights, [splits][rows]; 0 for none.</param>
    [LaunchBounds(128, 2)]
    public static void GradientsByRowKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, Anchors.Rows, PairSweep.SlabDepth);

    /// <summary>The same where the columns are the anchors; there are no shares of rows.</summary>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="sweep">The shapes, and whose sums the weights are relative to.</param>
    /// <param name="rows">What is known of the rows.</param>
    /// <param name="columns">What is known of the columns.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    /// <param name="shares">Nothing.</param>
    [LaunchBounds(128, 2)]
    public static void GradientsByColumnKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, Anchors.Columns, PairSweep.SlabDepth);

    /// <summary>The same where rows and columns are the same anchors.</summary>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="sweep">The shapes, and whose sums the weights are relative to.</param>
    /// <param name="rows">What is known of the rows.</param>
    /// <param name="columns">What is known of the columns.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    /// <param name="shares">Receives the sum of each row's own weights, [splits][rows]; 0 for none.</param>
    [LaunchBounds(128, 2)]
    public static void GradientsByBothKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, Anchors.Both, PairSweep.SlabDepth);

    /// <summary>
    /// Of any loss and with labels, where the rows are the anchors, for a slab of 64 elements of the depth: the products leave registers for all of it.
    /// </summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByRowKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, Anchors.Rows, PairSweep.NarrowDepth);

    /// <summary>
    /// Of any loss and with labels, where the columns are the anchors, for a slab of 64 elements of the depth: the products leave registers for all of it.
    /// </summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByColumnKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, Anchors.Columns, PairSweep.NarrowDepth);

    /// <summary>
    /// Of any loss and with labels, where rows and columns are the same anchors, for a slab of 64 elements of the depth: the products leave registers for all
    /// of it.
    /// </summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByBothKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, Anchors.Both, PairSweep.NarrowDepth);

    /// <summary>Anchors and depth, the elements of which there are products, are constants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares, Anchors anchors, int depth)
        where TTile : struct, IPairTile
    {
        bool ofRow = anchors != Anchors.Columns, ofColumn = anchors != Anchors.Rows, wide = depth == PairSweep.SlabDepth;
        SharedMemory.GetDynamic<Float4>();
        CudaAsm.Emit(".expand pairs Declare;");
        if (wide) CudaAsm.Emit(".expand pairs DeclareProducts 128;");
        else CudaAsm.Emit(".expand pairs DeclareProducts 64;");
        CudaAsm.Emit(".expand pairs ClearRows;");
        PairStage stage = PairStage.Of<TTile>(sweep);
        int slab = Grid.IdxZ, split = Grid.IdxY;
        int ownRow = stage.FirstRow + (8 * stage.InRow);
        long ofLane = (long)stage.FirstRow * sizeof(float);
        if (ofRow && rows.Positive != 0) CudaAsm.Emit(".expand pairs LoadPositiveKey %0 %1 %2;", rows.Positive + ((long)ownRow * sizeof(int)), ownRow, sweep.Rows);
        if (ofRow && rows.Ignored != 0) CudaAsm.Emit(".expand pairs LoadIgnoredKey %0 %1 %2;", rows.Ignored + ((long)ownRow * sizeof(int)), ownRow, sweep.Rows);
        if (!ofRow && columns.Positive == 0) stage.SetNone<TTile>(ColumnStatistic.Positive);
        if (!ofRow && columns.Ignored == 0) stage.SetNone<TTile>(ColumnStatistic.Ignored);
        int firstTile = split * sweep.TilesPerSplit, tiles = Tiling.Blocks(sweep.Columns, PairSweep.TileColumns) - firstTile;
        tiles = tiles < sweep.TilesPerSplit ? tiles : sweep.TilesPerSplit;
        stage.CopyRows(x, sweep);
        int steps = tiles * sweep.Chunks;
        for (int step = -1; step < steps; step++)
        {
            // One step ahead of the arithmetic; the barrier says that all are done with the stage that is overwritten.
            CudaAsm.Emit("cp.async.wait_group 0;");
            Group.Barrier();
            if (step + 1 < steps)
            {
                // The slab's own chunk comes last, so that its values are still there when the weights are.
                int nextTile = (step + 1) / sweep.Chunks, nextPlace = step + 1 - (nextTile * sweep.Chunks);
                int firstColumn = (firstTile + nextTile) * PairSweep.TileColumns;
                stage.CopyColumns<TTile>(step + 1, y, firstColumn, sweep.Columns, (slab + 1 + nextPlace) % sweep.Chunks, sweep);
                if (ofColumn) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Maximum, columns.Maximum, firstColumn, sweep.Columns);
                if (ofColumn) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.BySum, columns.BySum, firstColumn, sweep.Columns);
                if (!ofRow && !wide) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.ByTilted, columns.ByTilted, firstColumn, sweep.Columns);
                if (!ofRow && !wide) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.ByEqual, columns.ByEqual, firstColumn, sweep.Columns);
                if (!wide) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Label, columns.Label, firstColumn, sweep.Columns);
                if (!ofRow) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Positive, columns.Positive, firstColumn, sweep.Columns);
                if (!ofRow) stage.CopyStatistic<TTile>(step + 1, ColumnStatistic.Ignored, columns.Ignored, firstColumn, sweep.Columns);
            }

            CudaAsm.Emit("cp.async.commit_group;");
            if (step >= 0)
            {
                int tile = step / sweep.Chunks, place = step - (tile * sweep.Chunks);
                if (place == 0) CudaAsm.Emit(".expand pairs ClearDots;");
                stage.AddDots<TTile>(step, (slab + 1 + place) % sweep.Chunks, sweep);
                if (place == sweep.Chunks - 1)
                {
                    int firstColumn = (firstTile + tile) * PairSweep.TileColumns, laneColumn = firstColumn + (2 * stage.InRow), numbers = stage.Address<TTile>(step, ColumnStatistic.Maximum);

                    // What is known of the rows comes again with each tile, so that it holds no registers in between.
                    if (ofRow && sweep.Weights != PairWeights.OfBothCommon) CudaAsm.Emit(".expand pairs LoadRows Maximum %0 %1 %2;", rows.Maximum + ofLane, stage.FirstRow, sweep.Rows);
                    if (ofRow) CudaAsm.Emit(".expand pairs LoadRows BySum %0 %1 %2;", rows.BySum + ofLane, stage.FirstRow, sweep.Rows);
                    if (!wide && sweep.Labels != LabelRule.None) CudaAsm.Emit(".expand pairs LoadRows Label %0 %1 %2;", rows.Label + ofLane, stage.FirstRow, sweep.Rows);
                    if (!ofRow)
                    {
                        CudaAsm.Emit(".expand pairs MaskByColumn %0 %1 %2;", stage.FirstRow, stage.WarpRow, stage.Address<TTile>(step, ColumnStatistic.Positive));
                        if (!wide && sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(".expand pairs MaskLabelsByColumn %0;", numbers);
                        if (!wide && sweep.TiltedScale > 0) CudaAsm.Emit(".expand pairs WeighTiltedByColumn %0 %1 %2;", sweep.Scale, numbers, sweep.TiltedScale);
                        else CudaAsm.Emit(".expand pairs WeighByColumn %0 %1;", sweep.Scale, numbers);
                        if (!wide && sweep.Labels == LabelRule.Positives) CudaAsm.Emit(".expand pairs WeighLabelsByColumn %0 %1;", numbers, stage.FirstRow);
                    }
                    else
                    {
                        CudaAsm.Emit(".expand pairs MaskByRow %0 %1 %2 %3;", laneColumn, firstColumn, sweep.Columns, stage.InRow);
                        if (ofColumn)
                        {
                            if (sweep.Weights == PairWeights.OfBothCommon) CudaAsm.Emit(".expand pairs WeighByBothCommon %0 %1 %2;", sweep.Scale, numbers, sweep.CommonMaximum);
                            else CudaAsm.Emit(".expand pairs WeighByBoth %0 %1;", sweep.Scale, numbers);
                        }
                        else
                        {
                            if (!wide && sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(".expand pairs MaskEqualLabels %0 %1 %2;", stage.Address<TTile>(step, ColumnStatistic.Label), laneColumn, sweep.Columns);
                            if (!wide && sweep.TiltedScale > 0)
                            {
                                CudaAsm.Emit(".expand pairs LoadRows ByTilted %0 %1 %2;", rows.ByTilted + ofLane, stage.FirstRow, sweep.Rows);
                                CudaAsm.Emit(".expand pairs WeighTiltedByRow %0 %1;", sweep.Scale, sweep.TiltedScale);
                            }
                            else
                            {
                                CudaAsm.Emit(".expand pairs WeighByRow %0;", sweep.Scale);
                            }

                            if (!wide && sweep.Labels == LabelRule.Positives)
                            {
                                CudaAsm.Emit(".expand pairs LoadRows ByEqual %0 %1 %2;", rows.ByEqual + ofLane, stage.FirstRow, sweep.Rows);
                                CudaAsm.Emit(".expand pairs SpreadIgnoredKeys;");
                                CudaAsm.Emit(".expand pairs WeighLabelsByRow %0 %1 %2;", stage.Address<TTile>(step, ColumnStatistic.Label), laneColumn, sweep.Columns);
                            }
                        }
                    }

                    stage.MultiplyValues<TTile>(step, depth);
                }
            }
        }

        if (ofRow && shares != 0 && slab == 0)
            CudaAsm.Emit(".expand pairs StoreWeightSums %0 %1 %2 %3;", shares + ((((long)split * sweep.Rows) + stage.FirstRow) * sizeof(float)), stage.FirstRow, sweep.Rows, stage.InRow);
        stage.StoreProducts(partial, slab, split, sweep, depth);
    }

    /// <summary>Whose rows the loss is of.</summary>
    private enum Anchors
    {
        Rows,
        Columns,
        Both,
    }
}
