using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The row of the target where a row of the product goes.</summary>
internal interface ITargetRows
{
    long Of(int row);
}

/// <summary>The rows of the product in order, from some row of the target.</summary>
internal readonly struct DenseRows(long first) : ITargetRows
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Of(int row) => first + row;
}

/// <summary>A warp's 64 x 64 sums on their way from shared memory to the target, a run of each row at a time.</summary>
internal static class TileRows
{
    /// <summary>The exclusive or of a row on the numbers of its 16-byte chunks, by which neither fragments nor whole rows meet in a bank.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Turn(int row) => ((row & 3) << 1) | ((row >> 2) & 1);

    /// <summary>Writes, or adds, what lies within the product's rows and columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TElement, TRows>(
        ArrayView<Float4> tile, ProductShape shape, int firstRow, int firstColumn, TRows target, long address, ArrayView<Float4> vectors,
        ArrayView<TElement> elements)
        where TElement : unmanaged, IElement<TElement>
        where TRows : struct, ITargetRows
    {
        if (shape.Vectors == 0) StoreElements(tile, shape, firstRow, firstColumn, target, address, elements);
        else if (Interop.SizeOf<TElement>() == 2) StorePairs(tile, shape, firstRow, firstColumn, target, address, vectors);
        else StoreFloats(tile, shape, firstRow, firstColumn, target, vectors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFloats<TRows>(ArrayView<Float4> tile, ProductShape shape, int firstRow, int firstColumn, TRows target, ArrayView<Float4> vectors)
        where TRows : struct, ITargetRows
    {
        for (int i = Warp.LaneIdx; i < 64 * 16; i += 32)
        {
            int row = i >> 4, chunk = i & 15, column = firstColumn + (chunk << 2);
            if (firstRow + row >= shape.Rows || column >= shape.Columns) continue;
            Float4 sums = tile[(row << 4) + (chunk ^ Turn(row))];
            long at = ((target.Of(firstRow + row) * shape.Columns) + column) >> 2;
            if (shape.Accumulate != 0)
            {
                Float4 old = vectors[at];
                sums.X += old.X;
                sums.Y += old.Y;
                sums.Z += old.Z;
                sums.W += old.W;
            }

            vectors[at] = sums;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePairs<TRows>(
        ArrayView<Float4> tile, ProductShape shape, int firstRow, int firstColumn, TRows target, long address, ArrayView<Float4> vectors)
        where TRows : struct, ITargetRows
    {
        for (int i = Warp.LaneIdx; i < 64 * 8; i += 32)
        {
            int row = i >> 3, eight = i & 7, column = firstColumn + (eight << 3);
            if (firstRow + row >= shape.Rows || column >= shape.Columns) continue;

            // The upper half of a row's lanes take their second chunk first: eight lanes then read eight different groups of banks.
            int swap = eight >> 2, chunk = (row << 4) + (((eight << 1) | swap) ^ Turn(row));
            Float4 one = tile[chunk], other = tile[chunk ^ 1];
            Float4 low = swap == 0 ? one : other, high = swap == 0 ? other : one;
            long at = ((target.Of(firstRow + row) * shape.Columns) + column) >> 3;
            if (shape.Accumulate != 0)
            {
                Float4 old = vectors[at];
                low.X += Low(old.X);
                low.Y += High(old.X);
                low.Z += Low(old.Y);
                low.W += High(old.Y);
                high.X += Low(old.Z);
                high.Y += High(old.Z);
                high.Z += Low(old.W);
                high.W += High(old.W);
            }

            // One store of four words that the text itself converts.
            CudaAsm.Emit("cvt.rn.bf16x2.f32 %%word0, %0, %1;", low.Y, low.X);
            CudaAsm.Emit("cvt.rn.bf16x2.f32 %%word1, %0, %1;", low.W, low.Z);
            CudaAsm.Emit("cvt.rn.bf16x2.f32 %%word2, %0, %1;", high.Y, high.X);
            CudaAsm.Emit("cvt.rn.bf16x2.f32 %%word3, %0, %1;", high.W, high.Z);
            CudaAsm.Emit("st.global.v4.b32 [%0], {%%word0, %%word1, %%word2, %%word3};", address + (at << 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreElements<TElement, TRows>(
        ArrayView<Float4> tile, ProductShape shape, int firstRow, int firstColumn, TRows target, long address, ArrayView<TElement> elements)
        where TElement : unmanaged, IElement<TElement>
        where TRows : struct, ITargetRows
    {
        for (int i = Warp.LaneIdx; i < 64 * 64; i += 32)
        {
            int row = i >> 6, column = i & 63, part = column & 3;
            if (firstRow + row >= shape.Rows || firstColumn + column >= shape.Columns) continue;
            Float4 four = tile[(row << 4) + ((column >> 2) ^ Turn(row))];
            float low = part == 0 ? four.X : four.Y, high = part == 2 ? four.Z : four.W, sum = part < 2 ? low : high;
            long at = (target.Of(firstRow + row) * shape.Columns) + firstColumn + column;
            if (shape.Accumulate != 0) sum += TElement.ToFloat(elements[at]);
            if (Interop.SizeOf<TElement>() == 2)
                CudaAsm.Emit("{ .reg .b16 %%half; cvt.rn.bf16.f32 %%half, %1; st.global.b16 [%0], %%half; }", address + (at << 1), sum);
            else elements[at] = TElement.FromFloat(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Low(float pair) => Interop.IntAsFloat(Interop.FloatAsInt(pair) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float High(float pair) => Interop.IntAsFloat(Interop.FloatAsInt(pair) & 0xFFFF0000u);
}
