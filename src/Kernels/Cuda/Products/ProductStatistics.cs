using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// What a convolution's epilogue leaves for the batch norm behind it, [tiles, 2, C]: of every 64 rows of y the columns' sums, and their sums of squared
/// distances from the mean of those rows.
/// </summary>
internal static class ProductStatistics
{
    private const int RowsPerTile = Ops.ColumnStatisticsRows; // as many as a warp's tile has

    /// <summary>
    /// Writes the two rows of a warp's tile, of the numbers as they are stored. Both halves of the warp add every second row of four columns each.
    /// </summary>
    /// <param name="tile">The warp's sums in shared memory.</param>
    /// <param name="shape">The product, whose columns are whole vectors of four.</param>
    /// <param name="firstRow">The first row of the warp's tile.</param>
    /// <param name="firstColumn">The first column of the warp's tile.</param>
    /// <param name="partials">[tiles, 2, C / 4].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<TElement>(ArrayView<Float4> tile, ProductShape shape, int firstRow, int firstColumn, ArrayView<Float4> partials)
        where TElement : unmanaged, IElement<TElement>
    {
        int chunk = Warp.LaneIdx & 15, rows = shape.Rows - firstRow;
        if (rows > RowsPerTile) rows = RowsPerTile;

        // Distances from the first row, which is about as far from the mean as any: their squares then cancel little.
        Float4 shift = Stored<TElement>(tile[chunk]), sum = default, squares = default;
        for (int row = Warp.LaneIdx >> 4; row < rows; row += 2)
        {
            Float4 value = Stored<TElement>(tile[(row << 4) + (chunk ^ TileRows.Turn(row))]);
            float x = value.X - shift.X, y = value.Y - shift.Y, z = value.Z - shift.Z, w = value.W - shift.W;
            sum.X += x;
            sum.Y += y;
            sum.Z += z;
            sum.W += w;
            squares.X += x * x;
            squares.Y += y * y;
            squares.Z += z * z;
            squares.W += w * w;
        }

        sum = new() { X = Both(sum.X), Y = Both(sum.Y), Z = Both(sum.Z), W = Both(sum.W) };
        squares = new() { X = Both(squares.X), Y = Both(squares.Y), Z = Both(squares.Z), W = Both(squares.W) };
        int column = firstColumn + (chunk << 2);
        if (rows <= 0 || Warp.LaneIdx >= 16 || column >= shape.Columns) return;
        long at = (((long)(firstRow >> 6) * 2 * shape.Columns) + column) >> 2;
        partials[at] = new()
        {
            X = (rows * shift.X) + sum.X, Y = (rows * shift.Y) + sum.Y, Z = (rows * shift.Z) + sum.Z, W = (rows * shift.W) + sum.W,
        };
        partials[at + (shape.Columns >> 2)] = new()
        {
            X = AboutMean(squares.X, sum.X, rows), Y = AboutMean(squares.Y, sum.Y, rows), Z = AboutMean(squares.Z, sum.Z, rows),
            W = AboutMean(squares.W, sum.W, rows),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Stored<TElement>(Float4 value)
        where TElement : unmanaged, IElement<TElement> => new()
        {
            X = TElement.ToFloat(TElement.FromFloat(value.X)), Y = TElement.ToFloat(TElement.FromFloat(value.Y)),
            Z = TElement.ToFloat(TElement.FromFloat(value.Z)), W = TElement.ToFloat(TElement.FromFloat(value.W)),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Both(float value) => value + Warp.ShuffleXor(value, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float AboutMean(float squares, float sum, int rows)
    {
        float rest = squares - (sum * sum / rows);
        return rest < 0 ? 0 : rest; // NaN stays NaN.
    }
}
