using ILGPU;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>Sums over the splits of a sweep, in their order. A warp owns a row, neighbouring lanes neighbouring elements.</summary>
internal static class PairMerge
{
    private const int RowsPerBlock = 8;

    public static LaunchExtent Threads => (32, RowsPerBlock);

    public static LaunchExtent Grid(int rows) => Tiling.Blocks(rows, RowsPerBlock);

    /// <summary>target [rows, depth] = or += Σ over splits of partial [splits][rows][width].</summary>
    public static void AddSplitsKernel(ArrayView<float> partial, ArrayView<float> target, int rows, int depth, int width, int splits, bool accumulate)
    {
        int row = (ILGPU.Grid.IdxX * RowsPerBlock) + Group.IdxY;
        if (row >= rows) return;
        for (int d = Group.IdxX; d < depth; d += 32)
        {
            float sum = 0;
            for (int split = 0; split < splits; split++) sum += partial[((((long)split * rows) + row) * width) + d];
            long at = ((long)row * depth) + d;
            target[at] = accumulate ? target[at] + sum : sum;
        }
    }

    /// <summary>
    /// dq [rows, depth] = or += Σ over splits of weights [slabs][splits][rows] times partial [splits][rows][width], plus the positive's row times its factor.
    /// </summary>
    /// <param name="partial">The partial products.</param>
    /// <param name="weights">What each split's part counts; empty where all count 1.</param>
    /// <param name="positives">Rows of positives: the row's own, or the keys.</param>
    /// <param name="positiveKeys">Which key is the positive, −1 where it is none of these; empty where the positives are rows of their own. No positive at
    /// all: both empty.</param>
    /// <param name="byPositive">The positive's factor, [rows].</param>
    /// <param name="dq">Receives the gradient.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="depth">Elements of a row.</param>
    /// <param name="width">Elements of a row of the partial products.</param>
    /// <param name="splits">Splits.</param>
    /// <param name="accumulate">Whether to add to what stands there.</param>
    public static void QueryGradientKernel(
        ArrayView<float> partial, ArrayView<float> weights, ArrayView<float> positives, ArrayView<int> positiveKeys, ArrayView<float> byPositive,
        ArrayView<float> dq, int rows, int depth, int width, int splits, bool accumulate)
    {
        int row = (ILGPU.Grid.IdxX * RowsPerBlock) + Group.IdxY;
        if (row >= rows) return;
        int positive = positiveKeys.Length > 0 ? positiveKeys[row] : row;
        bool hasPositive = positives.Length > 0 && positive >= 0;
        float factor = byPositive[row];
        for (int d = Group.IdxX; d < depth; d += 32)
        {
            float sum = 0;
            for (int split = 0; split < splits; split++)
            {
                float part = partial[((((long)split * rows) + row) * width) + d];
                if (weights.Length > 0) part *= weights[(((((long)d / PairSweep.SlabDepth) * splits) + split) * rows) + row];
                sum += part;
            }

            if (hasPositive) sum += factor * positives[((long)positive * depth) + d];
            long at = ((long)row * depth) + d;
            dq[at] = accumulate ? dq[at] + sum : sum;
        }
    }

    /// <summary>target [rows, depth] = factors [rows] times source.</summary>
    public static void ScaleRowsKernel(ArrayView<float> source, ArrayView<float> factors, ArrayView<float> target, int rows, int depth)
    {
        int row = (ILGPU.Grid.IdxX * RowsPerBlock) + Group.IdxY;
        if (row >= rows) return;
        float factor = factors[row];
        for (int d = Group.IdxX; d < depth; d += 32) target[((long)row * depth) + d] = source[((long)row * depth) + d] * factor;
    }
}
