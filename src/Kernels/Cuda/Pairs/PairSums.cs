using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// The sums over each row's columns on tensor cores, and with them, where asked for, the exponentials times the columns: the shape of attention.
/// </summary>
internal static class PairSums
{
    /// <summary>
    /// Maximum and sums of each row of the block's tile over the split's columns. Loads coalesce: neighbouring threads copy neighbouring pieces of a row.
    /// </summary>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="rowPositives">Rows that are each row's positive, or 0 where the positives are columns.</param>
    /// <param name="sweep">The shapes.</param>
    /// <param name="rows">Positive, ignored and label of each row.</param>
    /// <param name="columns">Label of each column.</param>
    /// <param name="parts">Receives [splits][rows].</param>
    [LaunchBounds(128, 3)]
    public static void SumsKernel<TTile>(long x, long y, long rowPositives, PairSweep sweep, PairSide rows, PairSide columns, long parts)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, rowPositives, sweep, rows, columns, parts, 0, depth: 0);

    /// <summary>The same of a loss with one sum and without labels, and <c>Σ e^{α(s − m)/T}·y</c> of a slab of 128 elements of the depth.</summary>
    /// <remarks>Positives that are rows are left to the other kernel: they would hold registers.</remarks>
    /// <param name="x">Rows, a copy of operands.</param>
    /// <param name="y">Columns.</param>
    /// <param name="sweep">The shapes.</param>
    /// <param name="rows">Positive, ignored and label of each row.</param>
    /// <param name="columns">Label of each column.</param>
    /// <param name="parts">Receives [slabs][splits][rows]: each slab's products are relative to its own maxima.</param>
    /// <param name="partial">Receives [splits][rows][width].</param>
    [LaunchBounds(128, 2)]
    public static void SumsAndProductsKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long parts, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, 0, sweep, rows, columns, parts, partial, PairSweep.SlabDepth);

    /// <summary>The same where the depth has no more than 64 elements.</summary>
    [LaunchBounds(128, 2)]
    public static void NarrowSumsAndProductsKernel<TTile>(long x, long y, PairSweep sweep, PairSide rows, PairSide columns, long parts, long partial)
        where TTile : struct, IPairTile =>
        Run<TTile>(x, y, 0, sweep, rows, columns, parts, partial, PairSweep.NarrowDepth);

    /// <summary>The depth is a constant: the elements of which there are products, 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTile>(long x, long y, long rowPositives, PairSweep sweep, PairSide rows, PairSide columns, long parts, long partial, int depth)
        where TTile : struct, IPairTile
    {
        bool products = depth > 0, wide = depth == PairSweep.SlabDepth;
        SharedMemory.GetDynamic<Float4>();
        CudaAsm.Emit(".expand pairs Declare;");
        if (products && wide) CudaAsm.Emit(".expand pairs DeclareProducts 128;");
        else if (products) CudaAsm.Emit(".expand pairs DeclareProducts 64;");
        CudaAsm.Emit(".expand pairs ClearRows;");
        PairStage stage = PairStage.Of<TTile>(sweep);
        int laneRow = stage.FirstRow + (8 * stage.InRow);
        long laneOffset = (long)stage.FirstRow * sizeof(float);
        if (rows.Positive != 0) CudaAsm.Emit(".expand pairs LoadPositiveKey %0 %1 %2;", rows.Positive + ((long)laneRow * sizeof(int)), laneRow, sweep.Rows);
        if (rows.Ignored != 0) CudaAsm.Emit(".expand pairs LoadIgnoredKey %0 %1 %2;", rows.Ignored + ((long)laneRow * sizeof(int)), laneRow, sweep.Rows);

        if (products)
        {
            // In between tiles the products leave no registers for them.
            CudaAsm.Emit(".expand pairs KeepKeys %0;", stage.Own);
            CudaAsm.Emit(".expand pairs KeepMaximum %0;", stage.Own);
            CudaAsm.Emit(".expand pairs KeepSums %0;", stage.Own);
        }

        columns = new() { Label = products ? 0 : columns.Label };
        PairColumns<TTile> tiles = new(stage, sweep, stage.Split * sweep.TilesPerSplit, y, columns, rowPositives, rowsMayBePositives: !products);
        tiles.Start(x);
        int step = 0;
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            step = tiles.MultiplyRows(step, tile);
            int own = step - 1; // The slab's own chunk came last.
            int firstColumn = tiles.FirstColumn(tile), laneColumn = firstColumn + (2 * stage.InRow);
            if (tiles.ArePositives(tile))
            {
                CudaAsm.Emit(".expand pairs TakeDiagonal %0 %1 %2;", stage.FirstRow, laneColumn, stage.InRow);
            }
            else
            {
                int labels = stage.Address<TTile>(own, ColumnStatistic.Label);
                if (!products && sweep.Labels != LabelRule.None)
                    CudaAsm.Emit(".expand pairs LoadRows Label %0 %1 %2;", rows.Label + laneOffset, stage.FirstRow, sweep.Rows);
                if (!products && sweep.Labels == LabelRule.Positives)
                {
                    CudaAsm.Emit(".expand pairs SpreadIgnoredKeys;");
                    CudaAsm.Emit(".expand pairs AddEqualLabels %0 %1 %2;", labels, laneColumn, sweep.Columns);
                }

                if (products)
                {
                    CudaAsm.Emit(".expand pairs TakeKeys %0;", stage.Own);
                    CudaAsm.Emit(".expand pairs TakeMaximum %0;", stage.Own);
                }

                CudaAsm.Emit(".expand pairs MaskByRow %0 %1 %2 %3;", laneColumn, firstColumn, sweep.Columns, stage.InRow);
                if (!products && sweep.Labels == LabelRule.Excluded)
                    CudaAsm.Emit(".expand pairs MaskEqualLabels %0 %1 %2;", labels, laneColumn, sweep.Columns);
                CudaAsm.Emit(".expand pairs RowMaximum %0 %1 %2;", sweep.Scale, sweep.TiltedScale, stage.InRow);
                if (products && wide) CudaAsm.Emit(".expand pairs RescaleProducts 128;");
                else if (products) CudaAsm.Emit(".expand pairs RescaleProducts 64;");
                if (!products && sweep.TiltedScale > 0) CudaAsm.Emit(".expand pairs AddTiltedExponentials %0 %1;", sweep.TiltedScale, stage.InRow);
                if (products) CudaAsm.Emit(".expand pairs TakeSums %0;", stage.Own);
                CudaAsm.Emit(".expand pairs AddExponentials %0 %1;", sweep.Scale, stage.InRow);
                if (products)
                {
                    CudaAsm.Emit(".expand pairs KeepMaximum %0;", stage.Own);
                    CudaAsm.Emit(".expand pairs KeepSums %0;", stage.Own);
                    stage.MultiplyValues<TTile>(own, depth);
                }
            }
        }

        if (products)
        {
            CudaAsm.Emit(".expand pairs TakeSums %0;", stage.Own);
            CudaAsm.Emit(".expand pairs TakeMaximum %0;", stage.Own);
            stage = stage.AfterSweep();
            laneRow = stage.FirstRow + (8 * stage.InRow);
        }

        long part = parts + (((((long)stage.Slab * Grid.DimY) + stage.Split) * sweep.Rows) + laneRow) * 32;
        CudaAsm.Emit(".expand pairs StoreParts %0 %1 %2 %3;", part, laneRow, sweep.Rows, stage.InRow);
        if (products) stage.StoreProducts(partial, sweep, depth);
    }
}
