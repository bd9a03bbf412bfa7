using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>The weights of all pairs times the columns on tensor cores, the weights made of products that are computed again.</summary>
internal static class PairGradients
{
    /// <summary><c>Σ_y w_xy·y</c> of the block's rows over the split's columns, for a slab of 128 elements of the depth. Loads coalesce as in <see cref="PairSums"/>.</summary>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="sweep">The shapes, and whose sums the weights are relative to.</param>
    /// <param name="rows">What is known of the rows.</param>
    /// <param name="columns">What is known of the columns.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    /// <param name="shares">Receives the sum of each row's own weights, [splits][rows]; 0 for none.</param>
    [LaunchBounds(128, 2)]
    public static void GradientsKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, long shares)
        where TTile : struct, IPairTile
    {
        SharedMemory.GetDynamic<Float4>();
        CudaAsm.Emit(PairText.Registers);
        CudaAsm.Emit(PairText.ProductRegisters);
        CudaAsm.Emit(PairText.ClearRows);
        PairStage stage = PairStage.Of<TTile>(sweep);
        int slab = Grid.IdxZ, split = Grid.IdxY;
        long ofRow = (long)stage.FirstRow * sizeof(float);
        if (rows.Maximum != 0) CudaAsm.Emit(PairText.LoadMaximum, rows.Maximum + ofRow, stage.FirstRow, sweep.Rows);
        if (rows.BySum != 0) CudaAsm.Emit(PairText.LoadBySum, rows.BySum + ofRow, stage.FirstRow, sweep.Rows);
        if (rows.ByTilted != 0) CudaAsm.Emit(PairText.LoadByTilted, rows.ByTilted + ofRow, stage.FirstRow, sweep.Rows);
        if (rows.ByEqual != 0) CudaAsm.Emit(PairText.LoadByEqual, rows.ByEqual + ofRow, stage.FirstRow, sweep.Rows);
        if (rows.Positive != 0) CudaAsm.Emit(PairText.LoadPositiveKey, rows.Positive + ofRow, stage.FirstRow, sweep.Rows);
        if (rows.Ignored != 0) CudaAsm.Emit(PairText.LoadIgnoredKey, rows.Ignored + ofRow, stage.FirstRow, sweep.Rows);
        if (rows.Label != 0) CudaAsm.Emit(PairText.LoadLabel, rows.Label + ofRow, stage.FirstRow, sweep.Rows);
        bool ofColumn = sweep.Weights == PairWeights.OfColumn;
        if (ofColumn && columns.Positive == 0) stage.SetNone<TTile>(5);
        if (ofColumn && columns.Ignored == 0) stage.SetNone<TTile>(6);
        int firstTile = split * sweep.TilesPerSplit, tiles = ((sweep.Columns + PairSweep.TileColumns - 1) / PairSweep.TileColumns) - firstTile;
        tiles = tiles < sweep.TilesPerSplit ? tiles : sweep.TilesPerSplit;
        stage.CopyRows(x, sweep);
        int tile = 0, place = 0, steps = tiles * sweep.Chunks;
        for (int step = -1; step < steps; step++)
        {
            // One step ahead of the arithmetic; the barrier says that all are done with the stage that is overwritten.
            int nextPlace = step < 0 ? 0 : place + 1, nextTile = tile;
            if (nextPlace == sweep.Chunks)
            {
                nextPlace = 0;
                nextTile++;
            }

            CudaAsm.Emit("cp.async.wait_group 0;");
            Group.Barrier();
            if (step + 1 < steps)
            {
                // The slab's own chunk comes last, so that its values are still there when the weights are.
                int firstColumn = (firstTile + nextTile) * PairSweep.TileColumns;
                stage.CopyColumns<TTile>(step + 1, y, firstColumn, sweep.Columns, (slab + 1 + nextPlace) % sweep.Chunks, sweep);
                stage.CopyNumber<TTile>(step + 1, 0, columns.Maximum, firstColumn, sweep.Columns);
                stage.CopyNumber<TTile>(step + 1, 1, columns.BySum, firstColumn, sweep.Columns);
                stage.CopyNumber<TTile>(step + 1, 2, columns.ByTilted, firstColumn, sweep.Columns);
                stage.CopyNumber<TTile>(step + 1, 3, columns.ByEqual, firstColumn, sweep.Columns);
                stage.CopyNumber<TTile>(step + 1, 4, columns.Label, firstColumn, sweep.Columns);
                stage.CopyNumber<TTile>(step + 1, 5, columns.Positive, firstColumn, sweep.Columns);
                stage.CopyNumber<TTile>(step + 1, 6, columns.Ignored, firstColumn, sweep.Columns);
            }

            CudaAsm.Emit("cp.async.commit_group;");
            if (step >= 0)
            {
                if (place == 0) CudaAsm.Emit(PairText.ClearScores);
                stage.Score<TTile>(step, (slab + 1 + place) % sweep.Chunks, sweep);
                if (place == sweep.Chunks - 1)
                {
                    int firstColumn = (firstTile + tile) * PairSweep.TileColumns, laneColumn = firstColumn + (2 * stage.InRow), numbers = stage.Number<TTile>(step, 0);
                    if (ofColumn)
                    {
                        CudaAsm.Emit(PairText.MaskByColumn, stage.FirstRow, stage.WarpRow, stage.Number<TTile>(step, 5));
                        if (sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(PairText.MaskLabelsByColumn, numbers);
                        if (sweep.TiltedScale > 0) CudaAsm.Emit(PairText.WeighTiltedByColumn, sweep.Scale, numbers, sweep.TiltedScale);
                        else CudaAsm.Emit(PairText.WeighByColumn, sweep.Scale, numbers);
                        if (sweep.Labels == LabelRule.Positives) CudaAsm.Emit(PairText.WeighLabelsByColumn, numbers, stage.FirstRow);
                    }
                    else
                    {
                        CudaAsm.Emit(PairText.MaskByRow, laneColumn, firstColumn, sweep.Columns);
                        if (sweep.Labels == LabelRule.Excluded) CudaAsm.Emit(PairText.MaskEqualLabels, stage.Number<TTile>(step, 4), laneColumn, sweep.Columns);
                        if (sweep.Weights == PairWeights.OfBoth) CudaAsm.Emit(PairText.WeighByBoth, sweep.Scale, numbers);
                        else if (sweep.Weights == PairWeights.OfBothCommon) CudaAsm.Emit(PairText.WeighByBothCommon, sweep.Scale, numbers, sweep.CommonMaximum);
                        else if (sweep.TiltedScale > 0) CudaAsm.Emit(PairText.WeighTiltedByRow, sweep.Scale, sweep.TiltedScale);
                        else CudaAsm.Emit(PairText.WeighByRow, sweep.Scale);
                        if (sweep.Labels == LabelRule.Positives) CudaAsm.Emit(PairText.WeighLabelsByRow, stage.Number<TTile>(step, 4), laneColumn, sweep.Columns);
                    }

                    stage.Multiply<TTile>(step, sweep);
                }
            }

            tile = nextTile;
            place = nextPlace;
        }

        if (shares != 0 && slab == 0)
            CudaAsm.Emit(PairText.StoreShares, shares + ((((long)split * sweep.Rows) + stage.FirstRow) * sizeof(float)), stage.FirstRow, sweep.Rows, stage.InRow);
        stage.StoreProducts(partial, slab, split, sweep);
    }
}
