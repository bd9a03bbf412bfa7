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
    public static void Run<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long partial, QuerySide queries, int depth)
        where TTile : struct, IPairTile
    {
        bool byRow = queries != QuerySide.Columns, byColumn = queries != QuerySide.Rows, wide = depth == PairSweep.SlabDepth;
        SharedMemory.GetDynamic<Float4>();
        CudaAsm.Emit(".expand pairs Declare;");
        if (wide) CudaAsm.Emit(".expand pairs DeclareProducts 128;");
        else CudaAsm.Emit(".expand pairs DeclareProducts 64;");
        CudaAsm.Emit(".expand pairs ClearRows;");
        PairStage stage = PairStage.Of<TTile>(sweep);
        int laneRow = stage.FirstRow + (8 * stage.InRow);
        long laneOffset = (long)stage.FirstRow * sizeof(float);
        if (byRow && rows.Positive != 0)
            CudaAsm.Emit(".expand pairs LoadPositiveKey %0 %1 %2;", rows.Positive + ((long)laneRow * sizeof(int)), laneRow, sweep.Rows);
        if (byRow && rows.Ignored != 0)
            CudaAsm.Emit(".expand pairs LoadIgnoredKey %0 %1 %2;", rows.Ignored + ((long)laneRow * sizeof(int)), laneRow, sweep.Rows);
        if (byRow)
        {
            long laneFactor = (long)laneRow * sizeof(float);
            CudaAsm.Emit(".expand pairs KeepKeys %0;", stage.Own);
            CudaAsm.Emit(
                ".expand pairs KeepFactors %0 %1 %2 %3 %4;", stage.Own, sweep.Weights == PairWeights.OfBothCommon ? 0 : rows.Maximum + laneFactor,
                rows.BySum + laneFactor, laneRow, sweep.Rows);
        }

        if (!byRow && columns.Positive == 0) stage.SetNone<TTile>(ColumnStatistic.Positive);
        if (!byRow && columns.Ignored == 0) stage.SetNone<TTile>(ColumnStatistic.Ignored);

        // What the weights do not ask for, which is a constant, is not copied.
        if (!byColumn) columns.Maximum = columns.BySum = 0;
        if (byRow || wide) columns.ByTilted = columns.ByEqual = 0;
        if (wide) columns.Label = 0;
        if (byRow) columns.Positive = columns.Ignored = 0;
        PairColumns<TTile> tiles = new(stage, sweep, stage.Split * sweep.TilesPerSplit, y, columns, positives: 0, rowsMayBePositives: false);
        tiles.Start(x);
        int step = 0;
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            step = tiles.MultiplyRows(step, tile);
            int own = step - 1; // The slab's own chunk came last.
            int firstColumn = tiles.FirstColumn(tile), laneColumn = firstColumn + (2 * stage.InRow);
            int known = stage.Address<TTile>(own, ColumnStatistic.Maximum);

            // What is known of the rows comes again with each tile, so that it holds no registers in between.
            if (byRow) CudaAsm.Emit(".expand pairs TakeKeys %0;", stage.Own);
            if (byRow && byColumn) CudaAsm.Emit(".expand pairs TakeFactors %0;", stage.Own);
            if (!wide && sweep.Labels != LabelRule.None)
                CudaAsm.Emit(".expand pairs LoadRows Label %0 %1 %2;", rows.Label + laneOffset, stage.FirstRow, sweep.Rows);
            if (!byRow)
            {
                CudaAsm.Emit(
                    ".expand pairs MaskByColumn %0 %1 %2;", stage.FirstRow, stage.WarpRow, stage.Address<TTile>(own, ColumnStatistic.Positive));
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
                            ".expand pairs MaskEqualLabels %0 %1 %2;", stage.Address<TTile>(own, ColumnStatistic.Label), laneColumn, sweep.Columns);
                    if (!wide && sweep.TiltedScale > 0)
                    {
                        CudaAsm.Emit(".expand pairs LoadRows ByTilted %0 %1 %2;", rows.ByTilted + laneOffset, stage.FirstRow, sweep.Rows);
                        CudaAsm.Emit(".expand pairs WeighTiltedByRow %0 %1 %2;", sweep.Scale, sweep.TiltedScale, stage.Own);
                    }
                    else
                    {
                        CudaAsm.Emit(".expand pairs WeighByRow %0 %1;", sweep.Scale, stage.Own);
                    }

                    if (!wide && sweep.Labels == LabelRule.Positives)
                    {
                        CudaAsm.Emit(".expand pairs LoadRows ByEqual %0 %1 %2;", rows.ByEqual + laneOffset, stage.FirstRow, sweep.Rows);
                        CudaAsm.Emit(".expand pairs SpreadIgnoredKeys;");
                        CudaAsm.Emit(
                            ".expand pairs WeighLabelsByRow %0 %1 %2;", stage.Address<TTile>(own, ColumnStatistic.Label), laneColumn, sweep.Columns);
                    }
                }
            }

            stage.MultiplyValues<TTile>(own, depth);
        }

        if (byRow && wide) stage = stage.AfterSweep();
        stage.StoreProducts(partial, sweep, depth);
    }

    /// <summary>Whose rows the loss is of.</summary>
    public enum QuerySide
    {
        Rows,
        Columns,
        Both,
    }
}
