using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

/// <summary>The kernels of a loss whose keys lie in parts; a thread owns a row.</summary>
internal static class ContrastiveStates
{
    /// <summary>Indices among all keys become those among a part's, −1 for what is not there.</summary>
    public static void PartIndicesKernel(ArrayView<int> indices, ArrayView<int> ofPart, int rows, int first, int keys)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= rows) return;
        int key = indices[row] - first;
        ofPart[row] = key >= 0 && key < keys ? key : -1;
    }

    /// <summary>The bits of a part's keys, word by word.</summary>
    public static void PartBitsKernel(ArrayView<uint> bits, ArrayView<uint> ofPart, int rows, int words, int wordsOfPart, int first, int keys)
    {
        int index = Grid.GlobalIndex.X;
        if (index >= rows * wordsOfPart) return;
        int row = index / wordsOfPart, word = index - (row * wordsOfPart), from = (first / 32) + word, shift = first % 32, left = keys - (word * 32);
        uint kept = bits[((long)row * words) + from] >> shift;
        if (shift > 0 && from + 1 < words) kept |= bits[((long)row * words) + from + 1] << (32 - shift);
        ofPart[index] = left >= 32 ? kept : kept & ((1u << left) - 1);
    }

    /// <summary>The splits' parts become the part's state. The references and ones are left as factors, of which sums of products are made.</summary>
    public static void StateKernel(
        ArrayView<RowPart> parts, RowFinish finish, PairSide queries, PairSide keys, ArrayView<uint> bits, int words, ArrayView<RowState> states,
        ArrayView<float> factors)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= finish.Rows) return;
        RowState state = ContrastiveRows.Merge(parts, row, finish, queries, keys);
        if (words > 0)
        {
            state.Negatives = 0;
            for (int word = 0; word < words; word++)
            {
                for (uint rest = bits[((long)row * words) + word]; rest != 0; rest &= rest - 1) state.Negatives++;
            }
        }

        states[row] = state;
        factors[row] = state.Reference == PlainPairs.Masked ? 0 : state.Reference;
        factors[finish.Rows + row] = 1;
    }

    /// <summary>The states of all parts become the row's loss and the factors of its weights, which of a row lie together.</summary>
    public static void FinishKernel(ArrayView<RowState> states, RowFinish finish, ArrayView<float> factors, ArrayView<float> loss, ArrayView<float> logSumExp)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= finish.Rows) return;
        RowState all = default;
        all.Reference = PlainPairs.Masked;
        for (int part = 0; part < finish.Splits; part++)
        {
            float reference = states[((long)part * finish.Rows) + row].Reference;
            if (reference > all.Reference) all.Reference = reference;
        }

        for (int part = 0; part < finish.Splits; part++)
            all.Add<DeviceMath>(states[((long)part * finish.Rows) + row], finish.Temperature, finish.Exponent, finish.Tilt);
        RowResult result = finish.Result(all.Sums(finish.Temperature, PlainPairs.Masked, finish.Bias));
        loss[row] = (float)result.Loss;
        logSumExp[row] = (float)result.LogSumExp;
        RowFactors factor = finish.Factors(result, all.Negatives, all.Reference == PlainPairs.Masked ? 0 : all.Reference);
        long at = (long)row * ContrastiveState.FactorWidth;
        factors[at] = factor.Offset;
        factors[at + 1] = factor.BySum;
        factors[at + 2] = factor.ByTiltedSum;
        factors[at + 3] = factor.ByEqualLabel;
        factors[at + 4] = factor.ByPositive;
    }

    /// <summary>The factors as the sweeps read them, [5][rows].</summary>
    public static void FactorsKernel(ArrayView<float> ofRows, ArrayView<float> factors, int rows)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= rows) return;
        for (int i = 0; i < ContrastiveState.FactorWidth; i++) factors[((long)i * rows) + row] = ofRows[((long)row * ContrastiveState.FactorWidth) + i];
    }

    /// <summary>What a part's products count in dq, once for each slab: <c>BySum·e^{(m_part − m)/T}</c>, [slabs][rows].</summary>
    public static void ProductWeightsKernel(
        ArrayView<RowState> states, ArrayView<float> factors, ArrayView<float> weights, int rows, int slabs, float temperature)
    {
        int row = Grid.GlobalIndex.X;
        if (row >= rows) return;
        float weight = (float)(factors[rows + row] * DeviceMath.Exp(((double)states[row].Reference - factors[row]) / temperature));
        for (int slab = 0; slab < slabs; slab++) weights[((long)slab * rows) + row] = weight;
    }
}
