using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// The kernels of <see cref="PairSums"/> and <see cref="PairGradients"/> whose columns the copy engine brings: of the kernel's first map, and positives that are rows of
/// its second.
/// </summary>
internal static class BulkPairs
{
    /// <inheritdoc cref="PairSums.SumsKernel{TTile}"/>
    [LaunchBounds(128, 3)]
    public static void SumsBulkKernel<TTile>(
        TensorMap columnsMap, TensorMap positivesMap, long x, long rowPositives, PairSweep sweep, PairSide rows, PairSide columns, long parts)
        where TTile : struct, IPairTile =>
        PairSums.Run<TTile>(x, 0, rowPositives, sweep, rows, columns, parts, 0, depth: 0);

    /// <inheritdoc cref="PairSums.SumsAndProductsKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void SumsAndProductsBulkKernel<TTile>(
        TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long parts, long partial)
        where TTile : struct, IPairTile =>
        PairSums.Run<TTile>(x, 0, 0, sweep, rows, columns, parts, partial, PairSweep.SlabDepth);

    /// <inheritdoc cref="PairSums.NarrowSumsAndProductsKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void NarrowSumsAndProductsBulkKernel<TTile>(
        TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long parts, long partial)
        where TTile : struct, IPairTile =>
        PairSums.Run<TTile>(x, 0, 0, sweep, rows, columns, parts, partial, PairSweep.NarrowDepth);

    /// <inheritdoc cref="PairGradients.GradientsByRowKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void GradientsByRowBulkKernel<TTile>(TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        PairGradients.Run<TTile>(x, 0, sweep, rows, columns, partial, PairGradients.QuerySide.Rows, PairSweep.SlabDepth);

    /// <inheritdoc cref="PairGradients.GradientsByColumnKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void GradientsByColumnBulkKernel<TTile>(TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        PairGradients.Run<TTile>(x, 0, sweep, rows, columns, partial, PairGradients.QuerySide.Columns, PairSweep.SlabDepth);

    /// <inheritdoc cref="PairGradients.GradientsByBothKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void GradientsByBothBulkKernel<TTile>(TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        PairGradients.Run<TTile>(x, 0, sweep, rows, columns, partial, PairGradients.QuerySide.Both, PairSweep.SlabDepth);

    /// <inheritdoc cref="PairGradients.NarrowGradientsByRowKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByRowBulkKernel<TTile>(TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        PairGradients.Run<TTile>(x, 0, sweep, rows, columns, partial, PairGradients.QuerySide.Rows, PairSweep.NarrowDepth);

    /// <inheritdoc cref="PairGradients.NarrowGradientsByColumnKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByColumnBulkKernel<TTile>(TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        PairGradients.Run<TTile>(x, 0, sweep, rows, columns, partial, PairGradients.QuerySide.Columns, PairSweep.NarrowDepth);

    /// <inheritdoc cref="PairGradients.NarrowGradientsByBothKernel{TTile}"/>
    [LaunchBounds(128, 2)]
    public static void NarrowGradientsByBothBulkKernel<TTile>(TensorMap columnsMap, long x, PairSweep sweep, PairSide rows, PairSide columns, long partial)
        where TTile : struct, IPairTile =>
        PairGradients.Run<TTile>(x, 0, sweep, rows, columns, partial, PairGradients.QuerySide.Both, PairSweep.NarrowDepth);
}
