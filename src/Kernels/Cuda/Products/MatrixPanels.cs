using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>One side of a product as a matrix in device memory, whose rows start at multiples of 16 bytes.</summary>
internal struct MatrixPanels
{
    public long Address, RowBytes;

    /// <summary>Stored rows, and 16-byte chunks of a stored row; beyond both it is zero.</summary>
    public int StoredRows, Chunks;

    /// <summary>Copies the panels of one step. Eight lanes copy 128 bytes in a row, to one row of the panel.</summary>
    /// <param name="stage">The byte of the first panel.</param>
    /// <param name="panels">How many panels.</param>
    /// <param name="first">The first row (or column) of the product.</param>
    /// <param name="step">The step of the depth.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load<TArithmetic, TLayout>(int stage, int panels, int first, int step)
        where TArithmetic : struct, IArithmetic
        where TLayout : unmanaged, IPanelLayout
    {
        int pass = Group.DimX >> 3, chunk = Group.IdxX & 7;
        for (int row = Group.IdxX >> 3; row < panels * PanelText.Side; row += 4 * pass)
        {
            if (TLayout.DepthContiguous)
            {
                CopyRow(stage, row, first, (step << 3) + chunk);
                CopyRow(stage, row + pass, first, (step << 3) + chunk);
                CopyRow(stage, row + (2 * pass), first, (step << 3) + chunk);
                CopyRow(stage, row + (3 * pass), first, (step << 3) + chunk);
            }
            else
            {
                CopyPlace<TArithmetic>(stage, row, first, step);
                CopyPlace<TArithmetic>(stage, row + pass, first, step);
                CopyPlace<TArithmetic>(stage, row + (2 * pass), first, step);
                CopyPlace<TArithmetic>(stage, row + (3 * pass), first, step);
            }
        }
    }

    /// <summary>Copies a chunk of the depth of one row of the product to row <paramref name="row"/> of the panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void CopyRow(int stage, int row, int first, int chunk)
    {
        int shared = stage + (row << 7) + (((Group.IdxX ^ row) & 7) << 4);
        bool exists = ((StoredRows - 1 - first - row) | (Chunks - 1 - chunk)) >= 0; // Both at once, without a branch.
        AsyncCopy.CopyOrZero(shared, exists ? Address + ((first + row) * RowBytes) + (chunk << 4) : Address, exists);
    }

    /// <summary>Copies a chunk of the product's side at one place of the depth. A float32 place fills two rows of 128 bytes of a panel, a bfloat16 place one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopyPlace<TArithmetic>(int stage, int row, int first, int step)
        where TArithmetic : struct, IArithmetic
    {
        StridedPlace place = StridedPlace.Of<TArithmetic>(row);
        int chunk = (first >> (TArithmetic.BFloat16 ? 3 : 2)) + place.Chunk, depth = (step << (TArithmetic.BFloat16 ? 6 : 5)) + place.Depth;
        bool exists = ((StoredRows - 1 - depth) | (Chunks - 1 - chunk)) >= 0;
        AsyncCopy.CopyOrZero(stage + place.Offset, exists ? Address + (depth * RowBytes) + (chunk << 4) : Address, exists);
    }
}

/// <summary>Where a thread's copy of a strided panel goes.</summary>
internal struct StridedPlace
{
    /// <summary>The place of the depth within the step, the 16-byte chunk of the side within the panels, and the byte of the panels.</summary>
    public int Depth, Chunk, Offset;

    /// <param name="row">The row of 128 bytes, counted through the panels.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StridedPlace Of<TArithmetic>(int row)
        where TArithmetic : struct, IArithmetic
    {
        int panel = row >> 6, within = row & 63, lane = Group.IdxX & 7;
        return TArithmetic.BFloat16
            ? new() { Depth = within, Chunk = (panel << 3) + lane, Offset = (row << 7) + (((lane ^ within) & 7) << 4) }
            : new() { Depth = within >> 1, Chunk = (panel << 4) + ((within & 1) << 3) + lane, Offset = (row << 7) + ((lane ^ (within & 6)) << 4) };
    }
}
