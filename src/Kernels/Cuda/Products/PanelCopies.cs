using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>What a thread copies of a <see cref="MatrixPanels"/> in every step. Eight lanes copy 128 bytes in a row, to one row of a panel.</summary>
/// <remarks>
/// All that stays the same is computed once: a copy in the loop costs an addition to its source, one to its target and one comparison. Blocks have
/// at least 64 threads, so that the rows of a thread are 8, 16 or 32 apart and their chunks are swizzled alike.
/// </remarks>
internal struct PanelCopies<TArithmetic, TLayout>
    where TArithmetic : struct, IArithmetic
    where TLayout : unmanaged, IPanelLayout
{
    private long source, rowBytes;

    private int target, rowsLeft, chunksLeft;

    /// <summary>The byte of its first panel where a thread's first copy of a panel with contiguous depth goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ContiguousTarget() => (Group.IdxX >> 3 << 7) + (((Group.IdxX ^ (Group.IdxX >> 3)) & 7) << 4);

    /// <summary>That of a panel with strided depth. A float32 place of the depth fills two rows of 128 bytes, a bfloat16 place one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StridedTarget()
    {
        int row = Group.IdxX >> 3;
        return (row << 7) + (((Group.IdxX ^ (TArithmetic.BFloat16 ? row : row & 6)) & 7) << 4);
    }

    /// <summary>The place of the depth that the thread copies first, and the 16-byte chunk within a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StridedDepthOf() => TArithmetic.BFloat16 ? Group.IdxX >> 3 : Group.IdxX >> 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StridedChunkOf() => TArithmetic.BFloat16 ? Group.IdxX & 7 : Group.IdxX & 15;

    /// <param name="matrix">What is copied.</param>
    /// <param name="first">The first row (or column) of the product that the block computes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelCopies<TArithmetic, TLayout> Of(MatrixPanels matrix, int first)
    {
        if (TLayout.DepthContiguous)
        {
            int row = first + (Group.IdxX >> 3);
            return new()
            {
                source = matrix.Address + (row * matrix.RowBytes), rowBytes = matrix.RowBytes, target = ContiguousTarget(),
                rowsLeft = matrix.StoredRows - row, chunksLeft = matrix.Chunks,
            };
        }

        int depth = StridedDepthOf(), chunk = (first >> (TArithmetic.BFloat16 ? 3 : 2)) + StridedChunkOf();
        return new()
        {
            source = matrix.Address + (depth * matrix.RowBytes) + ((long)chunk << 4), rowBytes = matrix.RowBytes, target = StridedTarget(),
            rowsLeft = matrix.StoredRows - depth, chunksLeft = matrix.Chunks - chunk,
        };
    }

    /// <summary>Copies the panels of one step.</summary>
    /// <param name="stage">The byte of the first panel.</param>
    /// <param name="panels">How many panels.</param>
    /// <param name="place">Where the step begins: the thread's chunk of a contiguous depth, or the step's number where it is strided.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int panels, int place)
    {
        if (TLayout.DepthContiguous) LoadContiguous(stage, panels, place);
        else LoadStrided(stage, panels, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void LoadContiguous(int stage, int panels, int chunk)
    {
        int pass = Group.DimX >> 3, to = stage + target, left = chunk < chunksLeft ? rowsLeft : 0;
        long from = source + (chunk << 4), next = pass * rowBytes;
        for (int row = 0; row < panels * PanelText.Side; row += 4 * pass)
        {
            // Where there is nothing the address is not read.
            AsyncCopy.CopyOrZero(to, from, row < left);
            AsyncCopy.CopyOrZero(to + (pass << 7), from + next, row + pass < left);
            AsyncCopy.CopyOrZero(to + (pass << 8), from + (2 * next), row + (2 * pass) < left);
            AsyncCopy.CopyOrZero(to + (3 * pass << 7), from + (3 * next), row + (3 * pass) < left);
            to += pass << 9;
            from += 4 * next;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void LoadStrided(int stage, int panels, int step)
    {
        int pass = Group.DimX >> 3, depthPass = TArithmetic.BFloat16 ? pass : pass >> 1, first = step << (TArithmetic.BFloat16 ? 6 : 5);
        long ofStep = source + (first * rowBytes), next = depthPass * rowBytes;
        for (int panel = 0; panel < panels; panel++)
        {
            int to = stage + target + (panel * PanelText.Bytes), left = panel << (TArithmetic.BFloat16 ? 3 : 4);
            left = left < chunksLeft ? rowsLeft - first : 0;
            long from = ofStep + (panel << (TArithmetic.BFloat16 ? 7 : 8));
            for (int row = 0; row < PanelText.Side; row += 2 * pass)
            {
                AsyncCopy.CopyOrZero(to, from, left > 0);
                AsyncCopy.CopyOrZero(to + (pass << 7), from + next, left > depthPass);
                to += pass << 8;
                from += 2 * next;
                left -= 2 * depthPass;
            }
        }
    }
}
