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
        int[] chunks = new int[byRows ? Shape.Depth * rows / 8 : 2 * rows];
        for (int chunk = 0; chunk < chunks.Length; chunk++)
        {
            (int row, int depth) = Place(chunk, rows, byRows);
            chunks[chunk] = byRows ? matrix.RowChunk((firstRow + row) / 8, depth) : matrix.DepthChunk(firstRow + row, chunk % 2);
        }

        return chunks;
    }

    /// <summary>The row and the place of the depth of a chunk's first element.</summary>
    public (int Row, int Depth) Place(int chunk, int rows, bool byRows) =>
        byRows ? (chunk % (rows / 8) * 8, chunk / (rows / 8)) : (chunk / 2, chunk % 2 * (Shape.Depth / 2));
}
