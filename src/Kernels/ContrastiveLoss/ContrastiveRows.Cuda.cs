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
        ArrayView<RowPart> parts, RowFinish finish, PairSide queries, PairSide keys, ArrayView<float> factors, ArrayView<float> loss,
        ArrayView<float> logSumExp)
    {
        int row = Grid.GlobalIndex.X, rows = finish.Rows;
        if (row >= rows) return;
        RowState state = Merge(parts, row, finish, queries, keys);
        RowResult result = finish.Result(state.Sums(finish.Temperature, PlainPairs.Masked, finish.Bias));
        loss[row] = (float)result.Loss;
        logSumExp[row] = (float)result.LogSumExp;
        RowFactors factor = finish.Factors(result, state.Negatives, state.Reference == PlainPairs.Masked ? 0 : state.Reference);
        factors[row] = factor.Offset;
        factors[rows + row] = factor.BySum;
        factors[(2L * rows) + row] = factor.ByTiltedSum;
        factors[(3L * rows) + row] = factor.ByEqualLabel;
        factors[(4L * rows) + row] = factor.ByPositive;
    }

    /// <summary>The sums themselves, for a formula that only the host knows, and the maxima among the factors.</summary>
    public static void SumsKernel(ArrayView<RowPart> parts, RowFinish finish, PairSide queries, PairSide keys, ArrayView<RowSums> sums,
        ArrayView<float> factors)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= finish.Rows) return;
        RowState state = Merge(parts, row, finish, queries, keys);
        sums[row] = state.Sums(finish.Temperature, PlainPairs.Masked, finish.Bias);
        factors[row] = state.Reference == PlainPairs.Masked ? 0 : state.Reference;
    }

    /// <summary>What each part's products count in dq: <c>BySum·e^{(m_part − m)/T}</c>, [parts][rows].</summary>
    public static void SplitWeightsKernel(
        ArrayView<RowPart> parts, ArrayView<float> factors, ArrayView<float> weights, int rows, int partCount, float temperature)
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

    /// <summary>
    /// dk of a positive += byPositive·q, query by query: a block owns 64 keys and looks through all queries for theirs, so the order of the sums is fixed.
    /// </summary>
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

    /// <summary>What both ends of a symmetric pair need, [2][rows]: the factor by the sum, relative to the greatest dot product of unit rows where one
    /// exponential serves both, and the sum of the factors by which a row and its positive attract each other.</summary>
    public static void SymmetricFactorsKernel(
        ArrayView<int> positives, ArrayView<float> factors, ArrayView<float> symmetric, int rows, float temperature, bool common)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= rows) return;
        double above = common ? (1 - (double)factors[row]) / temperature : 0;
        symmetric[row] = (float)(factors[rows + row] * DeviceMath.Exp(above));
        symmetric[rows + row] = factors[(4L * rows) + row] + factors[(4L * rows) + positives[row]];
    }

    /// <summary>Draws the negatives of some queries as bits, [queries][words]: one thread a query, by the algorithm of <see cref="NegativeSample"/>.</summary>
    public static void DrawKernel(ArrayView<uint> bits, PairSide queries, PairSide others, int labelRule, int firstQuery, int count, int keys, int wanted,
        ulong seed, uint step, ArrayView<StepBlock> numbers)
    {
        int query = Grid.GlobalIndex.X;
        if (query >= count) return;
        if (numbers.Length > 0) step += numbers[0].FirstDraw;
        LabelRule labels = (LabelRule)labelRule;
        int positive = PlainPairs.Index(queries.Positive, query, -1), ignored = PlainPairs.Index(queries.Ignored, query, -1), words = (keys + 31) / 32;
        long start = (long)query * words;
        for (int word = 0; word < words; word++) bits[start + word] = 0;
        if (labels == LabelRule.None)
        {
            int one = positive < 0 ? int.MaxValue : positive, other = ignored < 0 ? int.MaxValue : ignored;
            DrawPlaces(bits, start, firstQuery + query, keys, one < other ? one : other, one < other ? other : one, wanted, seed, step);
            return;
        }

        // As on the host: the places of keys of other labels are drawn, then handed to these keys from the last to the first.
        int label = PlainPairs.Index(queries.Label, query, 0), places = 0;
        for (int key = 0; key < keys; key++)
        {
            if (PlainPairs.Index(others.Label, key, 0) != label && key != positive && key != ignored) places++;
        }

        DrawPlaces(bits, start, firstQuery + query, places, int.MaxValue, int.MaxValue, wanted, seed, step);
        int place = places - 1;
        for (int key = keys - 1; key >= 0; key--)
        {
            bool equal = PlainPairs.Index(others.Label, key, 0) == label, counts = equal && labels == LabelRule.Positives && key != ignored;
            if (!equal && key != positive && key != ignored)
            {
                counts = ((bits[start + (place / 32)] >> (place % 32)) & 1) != 0;
                place--;
            }

            uint bit = 1u << (key % 32);
            bits[start + (key / 32)] = counts ? bits[start + (key / 32)] | bit : bits[start + (key / 32)] & ~bit;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DrawPlaces(ArrayView<uint> bits, long start, int query, int keys, int first, int second, int wanted, ulong seed, uint step)
    {
        int words = (keys + 31) / 32, available = keys - (first < keys ? 1 : 0) - (second < keys ? 1 : 0);
        if (wanted > available) wanted = available;
        bool leaveOut = wanted > available / 2;
        int draws = leaveOut ? available - wanted : wanted;
        uint x0 = 0, x1 = 0, x2 = 0, x3 = 0;
        for (int t = 0; t < draws; t++)
        {
            if ((t & 3) == 0)
                (x0, x1, x2, x3) = Philox.Block((uint)t / 4, (uint)query, step, (uint)RandomPurpose.Negatives << 24, (uint)seed, (uint)(seed >> 32));
            uint draw = (t & 3) == 0 ? x0 : (t & 3) == 1 ? x1 : (t & 3) == 2 ? x2 : x3;
            int last = available - draws + t;
            int key = NegativeDraw.KeyAt((int)(((ulong)draw * ((uint)last + 1)) >> 32), first, second);
            if (((bits[start + (key / 32)] >> (key % 32)) & 1) != 0) key = NegativeDraw.KeyAt(last, first, second);
            bits[start + (key / 32)] |= 1u << (key % 32);
        }

        if (!leaveOut) return;
        for (int word = 0; word < words; word++) bits[start + word] = ~bits[start + word];
        if (keys % 32 != 0) bits[start + words - 1] &= (1u << (keys % 32)) - 1;
        if (first < keys) bits[start + (first / 32)] &= ~(1u << (first % 32));
        if (second < keys) bits[start + (second / 32)] &= ~(1u << (second % 32));
    }

    /// <summary>What all splits together leave of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowState Merge(ArrayView<RowPart> parts, int row, in RowFinish finish, in PairSide queries, in PairSide keys)
    {
        float maximum = PlainPairs.Masked;
        for (int split = 0; split < finish.Splits; split++)
        {
            float ofPart = parts[((long)split * finish.Rows) + row].Maximum;
            if (ofPart > maximum) maximum = ofPart;
        }

        double sum = 0, tilted = 0, equalSum = 0, positive = 0, temperature = finish.Temperature;
        int equal = 0;
        for (int split = 0; split < finish.Splits; split++)
        {
            RowPart part = parts[((long)split * finish.Rows) + row];
            double below = ((double)part.Maximum - maximum) / temperature;
            sum += ((double)part.Sum + part.Compensation) * DeviceMath.Exp(below * finish.Exponent);
            if (finish.Tilt > 0 || finish.Formula == RowFormula.Sigmoid) tilted += part.TiltedSum * DeviceMath.Exp(below * (1 + finish.Tilt));
            equalSum += part.EqualLabelSum;
            equal += part.EqualLabels;
            positive += part.Positive;
        }

        bool excluded = finish.Labels == LabelRule.Excluded;
        int negatives = finish.Keys - (excluded ? equal : 0);
        int positiveKey = PlainPairs.Index(queries.Positive, row, -1), ignoredKey = PlainPairs.Index(queries.Ignored, row, -1),
            label = PlainPairs.Index(queries.Label, row, 0);
        if (positiveKey >= 0 && !(excluded && PlainPairs.Index(keys.Label, positiveKey, 0) == label)) negatives--;
        if (ignoredKey >= 0 && !(excluded && PlainPairs.Index(keys.Label, ignoredKey, 0) == label)) negatives--;
        if (finish.Drawn > 0)
        {
            int kept = finish.Labels == LabelRule.Positives ? equal : 0, drawable = negatives - kept;
            negatives = kept + (drawable < finish.Drawn ? drawable : finish.Drawn);
        }

        RowState state = default;
        (state.Reference, state.Positive, state.Sum, state.TiltedSum, state.Negatives) = (maximum, (float)positive, sum, tilted, negatives);
        if (!excluded) (state.EqualLabelSum, state.EqualLabels) = (equalSum, equal);
        return state;
    }
}
