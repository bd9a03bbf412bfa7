using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

/// <summary>The kernels of the contrastive losses that work row by row: a thread owns a row, and neighbours read neighbouring numbers.</summary>
internal static class ContrastiveRows
{
    public const int KeysPerBlock = 64;

    /// <summary>The ignored key, or −1 where it is the row's positive.</summary>
    public static void IgnoredKeysKernel(ArrayView<int> ignored, ArrayView<int> positives, ArrayView<int> result, int rows)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= rows) return;
        int key = ignored[row];
        result[row] = key == positives[row] ? -1 : key;
    }

    /// <summary>The parts of the splits become the row's loss and the factors of its weights, in double.</summary>
    public static void FinishKernel(
        ArrayView<RowPart> parts, RowFinish finish, PairSide anchors, PairSide keys, ArrayView<float> factors, ArrayView<float> loss, ArrayView<float> logSumExp)
    {
        int row = Grid.GlobalIndex.X, rows = finish.Rows;
        if (row >= rows) return;
        float maximum = Maximum(parts, row, finish);
        RowSums sums = Merge(parts, row, maximum, finish, anchors, keys);
        RowResult result = finish.Result(sums);
        loss[row] = (float)result.Loss;
        logSumExp[row] = (float)result.LogSumExp;
        RowFactors factor = finish.Factors(result, sums.Negatives, maximum == PlainPairs.Masked ? 0 : maximum);
        factors[row] = factor.Maximum;
        factors[rows + row] = factor.BySum;
        factors[(2L * rows) + row] = factor.ByTiltedSum;
        factors[(3L * rows) + row] = factor.ByEqualLabel;
        factors[(4L * rows) + row] = factor.ByPositive;
    }

    /// <summary>The sums themselves, for a formula that only the host knows, and the maxima among the factors.</summary>
    public static void SumsKernel(ArrayView<RowPart> parts, RowFinish finish, PairSide anchors, PairSide keys, ArrayView<RowSums> sums, ArrayView<float> factors)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= finish.Rows) return;
        float maximum = Maximum(parts, row, finish);
        sums[row] = Merge(parts, row, maximum, finish, anchors, keys);
        factors[row] = maximum == PlainPairs.Masked ? 0 : maximum;
    }

    /// <summary>What each part's products count in dq: <c>BySum·e^{(m_part − m)/T}</c>, [parts][rows].</summary>
    public static void SplitWeightsKernel(ArrayView<RowPart> parts, ArrayView<float> factors, ArrayView<float> weights, int rows, int partCount, float temperature)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= rows) return;
        float maximum = factors[row], bySum = factors[rows + row];
        for (int part = 0; part < partCount; part++)
        {
            long at = ((long)part * rows) + row;
            weights[at] = (float)(bySum * DeviceMath.Exp(((double)parts[at].Maximum - maximum) / temperature));
        }
    }

    /// <summary>dk of a positive += byPositive·q, query by query: a block owns 64 keys and looks through all queries for theirs, so the order of the sums is fixed.</summary>
    public static void PositiveKeysKernel(
        ArrayView<int> positives, ArrayView<float> queries, ArrayView<float> byPositive, ArrayView<float> dk, int rows, int keys, int depth)
    {
        ArrayView<int> found = SharedMemory.Allocate<int>(256);
        int firstKey = Grid.IdxX * KeysPerBlock;
        for (int first = 0; first < rows; first += 256)
        {
            int query = first + Group.IdxX, key = query < rows ? positives[query] : -1;
            bool mine = key >= firstKey && key < firstKey + KeysPerBlock;
            found[Group.IdxX] = mine ? key : -1;
            if (Group.BarrierOr(mine))
            {
                for (int i = 0; i < 256; i++)
                {
                    int target = found[i];
                    if (target < 0) continue;
                    float factor = byPositive[first + i];
                    for (int d = Group.IdxX; d < depth; d += 256) dk[((long)target * depth) + d] += factor * queries[((long)(first + i) * depth) + d];
                }
            }

            Group.Barrier();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Maximum(ArrayView<RowPart> parts, int row, in RowFinish finish)
    {
        float maximum = PlainPairs.Masked;
        for (int split = 0; split < finish.Splits; split++)
        {
            float ofPart = parts[((long)split * finish.Rows) + row].Maximum;
            if (ofPart > maximum) maximum = ofPart;
        }

        return maximum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static RowSums Merge(ArrayView<RowPart> parts, int row, float maximum, in RowFinish finish, in PairSide anchors, in PairSide keys)
    {
        double sum = 0, tilted = 0, equalSum = 0, positive = 0, temperature = finish.Temperature;
        int equal = 0;
        for (int split = 0; split < finish.Splits; split++)
        {
            RowPart part = parts[((long)split * finish.Rows) + row];
            double below = ((double)part.Maximum - maximum) / temperature;
            sum += ((double)part.Sum + part.Compensation) * DeviceMath.Exp(below * finish.Exponent);
            if (finish.Tilt > 0) tilted += part.TiltedSum * DeviceMath.Exp(below * (1 + finish.Tilt));
            equalSum += part.EqualLabelSum;
            equal += part.EqualLabels;
            positive += part.Positive;
        }

        positive /= temperature;
        bool excluded = finish.Labels == LabelRule.Excluded;
        int negatives = finish.Keys - (excluded ? equal : 0);
        int positiveKey = PlainPairs.Index(anchors.Positive, row, -1), ignoredKey = PlainPairs.Index(anchors.Ignored, row, -1), label = PlainPairs.Index(anchors.Label, row, 0);
        if (positiveKey >= 0 && !(excluded && PlainPairs.Index(keys.Label, positiveKey, 0) == label)) negatives--;
        if (ignoredKey >= 0 && !(excluded && PlainPairs.Index(keys.Label, ignoredKey, 0) == label)) negatives--;
        return new RowSums(
            temperature, positive, maximum == PlainPairs.Masked ? positive : maximum / temperature, sum, tilted, negatives, excluded ? 0 : equalSum / temperature, excluded ? 0 : equal);
    }
}
