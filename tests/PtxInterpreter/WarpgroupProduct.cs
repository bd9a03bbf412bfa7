namespace NegSamples.PtxInterpreter;

/// <summary>What a <c>wgmma.mma_async</c> says beside its operands.</summary>
/// <param name="Shape">The sizes.</param>
/// <param name="ASlots">The registers of A, or none where a descriptor gives it.</param>
/// <param name="ASign">1 or -1.</param>
/// <param name="BSign">1 or -1.</param>
/// <param name="AByRows">Whether the rows of A are contiguous instead of the depth.</param>
/// <param name="BByRows">Whether the columns of B are contiguous instead of the depth.</param>
internal sealed record WarpgroupProduct(WarpgroupShape Shape, int[] ASlots, int ASign, int BSign, bool AByRows, bool BByRows)
{
    /// <summary>The 16-byte chunks of rows of one side, in the order in which <see cref="Place"/> counts their elements.</summary>
    public int[] Chunks(MatrixDescriptor matrix, int firstRow, int rows, bool byRows)
    {
        List<int> chunks = [];
        if (byRows)
            for (int depth = 0; depth < Shape.Depth; depth++)
                for (int chunk = 0; chunk < rows / 8; chunk++) chunks.Add(matrix.RowChunk(firstRow / 8 + chunk, depth));
        else
            for (int row = 0; row < rows; row++)
                for (int chunk = 0; chunk < 2; chunk++) chunks.Add(matrix.DepthChunk(firstRow + row, chunk));
        return [.. chunks];
    }

    /// <summary>The row and the place of the depth of an element of a chunk.</summary>
    public (int Row, int Depth) Place(int chunk, int element, int rows, bool byRows)
    {
        if (byRows) return (chunk % (rows / 8) * 8 + element, chunk / (rows / 8));
        return (chunk / 2, chunk % 2 * (Shape.Depth / 2) + element);
    }
}
