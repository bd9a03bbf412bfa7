using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>The weights of all pairs times the columns on tensor cores, the weights made of products that are computed again.</summary>
internal static class PairGradients
{
    /// <summary><c>Σ_y w_xy·y</c> of the block's rows over the split's columns, for a slab of 128 elements of the depth; the rows are the anchors of a loss with one sum and without labels.</summary>
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
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, true, false, true);

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
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, false, true, true);

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
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, true, true, true);

    /// <summary>Of any loss and with labels, where the rows are the anchors, for a slab of 64 elements of the depth: the products leave registers for all of it.</summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByRowKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, true, false, false);

    /// <summary>Of any loss and with labels, where the columns are the anchors, for a slab of 64 elements of the depth: the products leave registers for all of it.</summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByColumnKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, false, true, false);

    /// <summary>Of any loss and with labels, where rows and columns are the same anchors, for a slab of 64 elements of the depth: the products leave registers for all of it.</summary>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByBothKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, sweep, rows, columns, partial, shares, true, true, false);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares, bool ofRow, bool ofColumn, bool wide)
        where TTile : struct, IPairTile
    {
        SharedMemory.GetDynamic<Float4>();
        CudaAsm.Emit(PairText.Registers);
        if (wide) CudaAsm.Emit(PairText.ProductRegisters);
        else CudaAsm.Emit(PairText.NarrowProductRegisters);
        CudaAsm.Emit(PairText.ClearRows);
        PairStage stage = PairStage.Of<TTile>(sweep);
        int slab = Grid.IdxZ, split = Grid.IdxY;
        int ownRow = stage.FirstRow + (8 * stage.InRow);
        long ofLane = (long)stage.FirstRow * sizeof(float);
        if (ofRow && rows.Positive != 0) CudaAsm.Emit(PairText.LoadPositiveKey, rows.Positive + ((long)ownRow * sizeof(int)), ownRow, sweep.Rows);
        if (ofRow && rows.Ignored != 0) CudaAsm.Emit(PairText.LoadIgnoredKey, rows.Ignored + ((long)ownRow * sizeof(int)), ownRow, sweep.Rows);
        if (!ofRow && columns.Positive == 0) stage.SetNone<TTile>(5);
        if (!ofRow && columns.Ignored == 0) stage.SetNone<TTile>(6);
        int firstTile = split * sweep.TilesPerSplit, tiles = ((sweep.Columns + PairSweep.TileColumns - 1) / PairSweep.TileColumns) - firstTile;
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
                if (ofColumn) stage.CopyNumber<TTile>(step + 1, 0, columns.Maximum, firstColumn, sweep.Columns);
                if (ofColumn) stage.CopyNumber<TTile>(step + 1, 1, columns.BySum, firstColumn, sweep.Columns);
                if (!ofRow && !wide) stage.CopyNumber<TTile>(step + 1, 2, columns.ByTilted, firstColumn, sweep.Columns);
                if (!ofRow && !wide) stage.CopyNumber<TTile>(step + 1, 3, columns.ByEqual, firstColumn, sweep.Columns);
                if (!wide) stage.CopyNumber<TTile>(step + 1, 4, columns.Label, firstColumn, sweep.Columns);
                if (!ofRow) stage.CopyNumber<TTile>(step + 1, 5, columns.Positive, firstColumn, sweep.Columns);
                if (!ofRow) stage.CopyNumber<TTile>(step + 1, 6, columns.Ignored, firstColumn, sweep.Columns);
            }

            CudaAsm.Emit("cp.async.commit_group;");
            if (step >= 0)
            {
                int tile = step / sweep.Chunks, place = step - (tile * sweep.Chunks);
                if (place == 0) CudaAsm.Emit(PairText.ClearScores);
                stage.Score<TTile>(step, (slab + 1 + place) % sweep.Chunks, sweep);
                if (place == sweep.Chunks - 1)
                {
                    int firstColumn = (firstTile + tile) * PairSweep.TileColumns, laneColumn = firstColumn + (2 * stage.InRow), numbers = stage.Number<TTile>(step, 0);

                    // What is known of the rows comes again with each tile, so that it holds no registers in between.
                    if (ofRow && sweep.Weights != PairWeights.OfBothCommon) CudaAsm.Emit(PairText.LoadMaximum, rows.Maximum + ofLane, stage.FirstRow, sweep.Rows);
                    if (ofRow) CudaAsm.Emit(PairText.LoadBySum, rows.BySum + ofLane, stage.FirstRow, sweep.Rows);
                    if (!wide && sweep.Labels != LabelRule.None) CudaAsm.Emit(PairText.LoadLabel, rows.Label + ofLane, stage.FirstRow, sweep.Rows);
                    if (!ofRow)
                    {
                        CudaAsm.Emit(PairText.MaskByColumn, stage.FirstRow, stage.WarpRow, stage.Number<TTile>(step, 5));
                        if (!wide && sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(PairText.MaskLabelsByColumn, numbers);
                        if (!wide && sweep.TiltedScale > 0) CudaAsm.Emit(PairText.WeighTiltedByColumn, sweep.Scale, numbers, sweep.TiltedScale);
                        else CudaAsm.Emit(PairText.WeighByColumn, sweep.Scale, numbers);
                        if (!wide && sweep.Labels == LabelRule.Positives) CudaAsm.Emit(PairText.WeighLabelsByColumn, numbers, stage.FirstRow);
                    }
                    else
                    {
                        CudaAsm.Emit(PairText.MaskByRow, laneColumn, firstColumn, sweep.Columns, stage.InRow);
                        if (ofColumn)
                        {
                            if (sweep.Weights == PairWeights.OfBothCommon) CudaAsm.Emit(PairText.WeighByBothCommon, sweep.Scale, numbers, sweep.CommonMaximum);
                            else CudaAsm.Emit(PairText.WeighByBoth, sweep.Scale, numbers);
                        }
                        else
                        {
                            if (!wide && sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(PairText.MaskEqualLabels, stage.Number<TTile>(step, 4), laneColumn, sweep.Columns);
                            if (!wide && sweep.TiltedScale > 0)
                            {
                                CudaAsm.Emit(PairText.LoadByTilted, rows.ByTilted + ofLane, stage.FirstRow, sweep.Rows);
                                CudaAsm.Emit(PairText.WeighTiltedByRow, sweep.Scale, sweep.TiltedScale);
                            }
                            else
                            {
                                CudaAsm.Emit(PairText.WeighByRow, sweep.Scale);
                            }

                            if (!wide && sweep.Labels == LabelRule.Positives)
                            {
                                CudaAsm.Emit(PairText.LoadByEqual, rows.ByEqual + ofLane, stage.FirstRow, sweep.Rows);
                                CudaAsm.Emit(PairText.SpreadIgnored);
                                CudaAsm.Emit(PairText.WeighLabelsByRow, stage.Number<TTile>(step, 4), laneColumn, sweep.Columns);
                            }
                        }
                    }

                    stage.Multiply<TTile>(step, wide);
                }
            }
        }

        if (ofRow && shares != 0 && slab == 0)
            CudaAsm.Emit(PairText.StoreShares, shares + ((((long)split * sweep.Rows) + stage.FirstRow) * sizeof(float)), stage.FirstRow, sweep.Rows, stage.InRow);
        stage.StoreProducts(partial, slab, split, sweep, wide);
    }
}
