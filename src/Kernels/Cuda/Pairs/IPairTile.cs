namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The warp's tensor-core work of one format: 32 rows times 64 columns, and their weights times the columns' values.</summary>
/// <remarks>All registers are those of <see cref="PairText"/>.</remarks>
internal interface IPairTile
{
    /// <summary>Bytes of an element.</summary>
    static abstract int ElementBytes { get; }

    /// <summary>Bytes from one row to the next of a stage: 128 elements and 16 bytes, which spreads eight rows over all banks.</summary>
    static abstract int StageStride { get; }

    /// <summary>Bytes between the rows of the block's tile, which spread eight rows over all banks.</summary>
    static abstract int RowPadding { get; }

    /// <summary>Whether the block is a warpgroup with panels in shared memory, whose products start and are waited for: <see cref="WarpgroupTile"/>.</summary>
    static abstract bool Warpgroups { get; }

    /// <summary>Whether the copy engine brings a tile's columns, of the kernel's first and second <see cref="Products.TensorMap"/>: <see cref="WarpgroupBulkTile"/>.</summary>
    static abstract bool BringsInBulk { get; }

    /// <summary>Adds the products over 64 elements of depth to the dot products.</summary>
    /// <param name="upper">Shared address of the lane's piece of the upper 16 rows.</param>
    /// <param name="lower">Of the lower 16 rows.</param>
    /// <param name="columns">Of the columns.</param>
    static abstract void AddDots(int upper, int lower, int columns);

    /// <summary>Where the lane reads values within a stage.</summary>
    static abstract int ValuesOffset(int lane);

    /// <summary>Adds the weights that stand for the dot products, rounded to the format, times the columns' values to the products.</summary>
    /// <param name="values">Shared address of the lane's first value.</param>
    /// <param name="depth">Elements of the depth: 64 or 128, a constant.</param>
    static abstract void MultiplyValues(int values, int depth);
}
