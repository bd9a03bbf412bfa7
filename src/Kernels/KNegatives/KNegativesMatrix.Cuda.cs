using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

/// <summary>The kernels of the materialised K-negatives loss.</summary>
internal static class KNegativesMatrix
{
    private const int Depth = 16;

    /// <summary>c = or += a·b in tiles of 64 x 64: 256 threads have 4 x 4 elements each, 16 apart, so that neighbouring threads store neighbours.</summary>
    public static void ProductKernel(
        ArrayView<float> a, int aRow, int aDepth, ArrayView<float> b, int bDepth, int bColumn, ArrayView<float> c, int rows, int columns, int depth, bool accumulate)
    {
        ArrayView<float> left = SharedMemory.Allocate<float>(Depth * 65), right = SharedMemory.Allocate<float>(Depth * 65);
        int tx = Group.IdxX % 16, ty = Group.IdxX / 16, firstRow = Grid.IdxX * 64, firstColumn = Grid.IdxY * 64;
        PlainTile sums = default;
        for (int first = 0; first < depth; first += Depth)
        {
            for (int at = Group.IdxX; at < 64 * Depth; at += 256)
            {
                // Neighbouring threads follow the stride of 1.
                int k = aDepth == 1 ? at % Depth : at / 64, row = aDepth == 1 ? at / Depth : at % 64;
                left[(k * 65) + row] = firstRow + row < rows && first + k < depth ? a[((long)(firstRow + row) * aRow) + ((long)(first + k) * aDepth)] : 0f;
                k = bDepth == 1 ? at % Depth : at / 64;
                int column = bDepth == 1 ? at / Depth : at % 64;
                right[(k * 65) + column] = firstColumn + column < columns && first + k < depth ? b[((long)(first + k) * bDepth) + ((long)(firstColumn + column) * bColumn)] : 0f;
            }

            Group.Barrier();
            for (int k = 0; k < Depth; k++)
            {
                int i = (k * 65) + ty, j = (k * 65) + tx;
                sums.Add(new Float4(left[i], left[i + 16], left[i + 32], left[i + 48]), new Float4(right[j], right[j + 16], right[j + 32], right[j + 48]));
            }

            Group.Barrier();
        }

        Store(c, firstRow + ty, firstColumn + tx, sums.Row0, rows, columns, accumulate);
        Store(c, firstRow + ty + 16, firstColumn + tx, sums.Row1, rows, columns, accumulate);
        Store(c, firstRow + ty + 32, firstColumn + tx, sums.Row2, rows, columns, accumulate);
        Store(c, firstRow + ty + 48, firstColumn + tx, sums.Row3, rows, columns, accumulate);
    }

    /// <summary>A block reads an anchor's row of dot products and writes its loss and the two parts of its logarithm.</summary>
    public static void SoftmaxForwardKernel(
        ArrayView<float> dots, ArrayView<uint> bits, ArrayView<int> positives, ArrayView<int> selves, int keys, int words, float scale, float temperature, ArrayView<float> loss,
        ArrayView<float> logSumExp, int anchors)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(256);
        int anchor = Grid.IdxX, positive = positives[anchor], self = selves[anchor];
        long start = (long)anchor * keys;
        float maximum = PlainPairs.Masked;
        for (int key = Group.IdxX; key < keys; key += 256)
        {
            float dot = dots[start + key];
            if (Counts(bits, words, anchor, key, positive, self) && dot > maximum) maximum = dot;
        }

        maximum = Greatest(shared, maximum);
        float reference = maximum == PlainPairs.Masked ? 0 : maximum, sum = 0;
        for (int key = Group.IdxX; key < keys; key += 256)
            if (Counts(bits, words, anchor, key, positive, self)) sum += PlainPairs.PowerOfTwo((dots[start + key] - reference) * scale);
        sum = Total(shared, sum);
        if (Group.IdxX != 0) return;
        KNegativesRow row = KNegativesRow.Of<DeviceMath>(sum, maximum, dots[start + positive], temperature);
        loss[anchor] = row.Loss;
        logSumExp[anchor] = row.Maximum;
        logSumExp[anchors + anchor] = row.Logarithm;
    }

    /// <summary>A block replaces an anchor's dot products by the probabilities of its negatives, 0 for all other keys, and writes their sum.</summary>
    public static void SoftmaxBackwardKernel(
        ArrayView<float> dots, ArrayView<uint> bits, ArrayView<int> positives, ArrayView<int> selves, int keys, int words, float scale, ArrayView<float> logSumExp,
        ArrayView<float> factors, ArrayView<float> probabilities)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(256);
        int anchor = Grid.IdxX, positive = positives[anchor], self = selves[anchor];
        long start = (long)anchor * keys;
        float maximum = logSumExp[anchor], factor = factors[anchor], sum = 0;
        for (int key = Group.IdxX; key < keys; key += 256)
        {
            float probability = 0;
            if (Counts(bits, words, anchor, key, positive, self)) probability = factor * PlainPairs.PowerOfTwo((dots[start + key] - maximum) * scale);
            dots[start + key] = probability;
            sum += probability;
        }

        sum = Total(shared, sum);
        if (Group.IdxX == 0) probabilities[anchor] = sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Counts(ArrayView<uint> bits, int words, int anchor, int key, int positive, int self) =>
        words > 0 ? PlainPairs.Sampled(bits, words, anchor, key) : key != positive && key != self;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(ArrayView<float> shared, float value)
    {
        shared[Group.IdxX] = value;
        Group.Barrier();
        for (int half = 128; half > 0; half /= 2)
        {
            if (Group.IdxX < half) shared[Group.IdxX] += shared[Group.IdxX + half];
            Group.Barrier();
        }

        return shared[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Greatest(ArrayView<float> shared, float value)
    {
        shared[Group.IdxX] = value;
        Group.Barrier();
        for (int half = 128; half > 0; half /= 2)
        {
            if (Group.IdxX < half && shared[Group.IdxX + half] > shared[Group.IdxX]) shared[Group.IdxX] = shared[Group.IdxX + half];
            Group.Barrier();
        }

        float greatest = shared[0];
        Group.Barrier();
        return greatest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ArrayView<float> c, int row, int column, Float4 values, int rows, int columns, bool accumulate)
    {
        if (row >= rows) return;
        Store(c, row, column, values.X, columns, accumulate);
        Store(c, row, column + 16, values.Y, columns, accumulate);
        Store(c, row, column + 32, values.Z, columns, accumulate);
        Store(c, row, column + 48, values.W, columns, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ArrayView<float> c, int row, int column, float value, int columns, bool accumulate)
    {
        if (column >= columns) return;
        long at = ((long)row * columns) + column;
        c[at] = accumulate ? c[at] + value : value;
    }
}
