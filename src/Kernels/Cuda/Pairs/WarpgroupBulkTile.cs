namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// <see cref="WarpgroupTile"/> whose columns the copy engine brings: a stage's one or two panels come as boxes of 64 columns, which lie as the products take them. The
/// tile of rows, whose order is not that of memory, and what is known of the columns are copied by threads.
/// </summary>
internal readonly struct WarpgroupBulkTile : IPairTile
{
    public static int ElementBytes => WarpgroupTile.ElementBytes;

    public static int StageStride => WarpgroupTile.StageStride;

    public static int RowPadding => WarpgroupTile.RowPadding;

    public static bool Warpgroups => true;

    public static bool BringsInBulk => true;

    public static void AddDots(int upper, int lower, int columns) => WarpgroupTile.AddDots(upper, lower, columns);

    public static int ValuesOffset(int lane) => WarpgroupTile.ValuesOffset(lane);

    public static void MultiplyValues(int values, int depth) => WarpgroupTile.MultiplyValues(values, depth);
}
