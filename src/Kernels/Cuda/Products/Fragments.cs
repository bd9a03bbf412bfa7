using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Which bytes of a panel a lane names for the fragments of tensor cores.</summary>
/// <remarks>
/// <c>ldmatrix.x4</c> takes four matrices of 8 rows of 16 bytes, whose addresses lanes 8m to 8m + 7 give. Row r of a panel has its chunk c of 16 bytes
/// at place c xor (r mod 8), so that the 8 rows of a matrix lie in 8 different groups of banks.
/// </remarks>
internal static class Fragments
{
    /// <summary>Matrices in the order (rows 0-7, chunk 0), (8-15, 0), (0-7, 1), (8-15, 1): a contiguous left side, a strided right side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RowsFirst(int lane) => ((lane & 15) << 7) | (((lane >> 4) ^ (lane & 7)) << 4);

    /// <summary>Matrices in the order (rows 0-7, chunk 0), (0-7, 1), (8-15, 0), (8-15, 1): a contiguous right side, a strided left side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ChunksFirst(int lane) => ((((lane >> 4) << 3) | (lane & 7)) << 7) | ((((lane >> 3) & 1) ^ (lane & 7)) << 4);

    /// <summary>Word g of row t of 256 bytes, whose blocks of 32 bytes are at their number xor (row mod 4): a strided side of TF32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Words(int lane) => ((lane & 3) << 8) | ((lane & 3) << 5) | ((lane >> 2) << 2);

    /// <summary>
    /// Where a lane's first sum goes in the first tile where a warpgroup's rows are columns of the tile: column 16·warp + lane / 4 of row 2·(lane mod 4). Eight
    /// columns on, as a row on, is the chunk with the other second bit.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TurnedStageOffset(int warp, int lane)
    {
        int row = (lane & 3) << 1, column = (warp << 4) + (lane >> 2);
        return (row << 8) | (((column >> 2) ^ TileRows.Turn(row)) << 4) | ((column & 3) << 2);
    }

    /// <summary>Where a lane's first sum goes in the warp's area.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StageOffset(int lane)
    {
        int row = lane >> 2, pair = lane & 3;
        return (row << 8) | (((pair >> 1) ^ TileRows.Turn(row)) << 4) | ((pair & 1) << 3);
    }
}
