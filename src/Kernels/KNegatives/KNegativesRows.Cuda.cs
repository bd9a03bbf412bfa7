using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

/// <summary>The kernels of the K-negatives loss that work row by row. A thread owns an anchor, or a warp a row; neighbours read neighbouring numbers.</summary>
internal static class KNegativesRows
{
    /// <summary>Per anchor the key that is its positive, and the key that it is itself, or −1.</summary>
    public static void ExcludedKernel(ArrayView<int> positive, ArrayView<int> self, int anchors, int firstKey)
    {
        int anchor = Grid.GlobalIndex.X;
        if (anchor >= anchors) return;
        int half = anchors / 2;
        positive[anchor] = firstKey > 0 ? anchor : anchor < half ? anchor + half : anchor - half;
        self[anchor] = firstKey > 0 ? -1 : anchor;
    }

    /// <summary>The parts of the splits become the loss and the two parts of the logarithm, in double.</summary>
    public static void FinishKernel(
        ArrayView<RowPart> parts, ArrayView<float> loss, ArrayView<float> maxima, ArrayView<float> logarithms, int anchors, int splits, float temperature)
    {
        int anchor = Grid.GlobalIndex.X;
        if (anchor >= anchors) return;
        float maximum = PlainPairs.Masked, positive = 0;
        for (int split = 0; split < splits; split++)
        {
            RowPart part = parts[((long)split * anchors) + anchor];
            if (part.Maximum > maximum) maximum = part.Maximum;
            positive += part.Positive;
        }

        double sum = 0;
        for (int split = 0; split < splits; split++)
        {
            RowPart part = parts[((long)split * anchors) + anchor];
            sum += ((double)part.Sum + part.Compensation) * DeviceMath.Exp(((double)part.Maximum - maximum) / temperature);
        }

        KNegativesRow row = KNegativesRow.Of<DeviceMath>(sum, maximum, positive, temperature);
        loss[anchor] = row.Loss;
        maxima[anchor] = row.Maximum;
        logarithms[anchor] = row.Logarithm;
    }

    /// <summary>factor = <c>e^{−l}</c>, or <c>e^{(1 − m)/T − l}</c> where all weights are relative to one maximum; l the logarithm's second part.</summary>
    public static void FactorsKernel(ArrayView<float> logSumExp, ArrayView<float> factors, int anchors, float temperature, bool common)
    {
        int anchor = Grid.GlobalIndex.X;
        if (anchor >= anchors) return;
        double above = common ? (1 - (double)logSumExp[anchor]) / temperature : 0;
        factors[anchor] = (float)DeviceMath.Exp(above - logSumExp[anchors + anchor]);
    }

    /// <summary>The end of the backward pass: the positives' part and the scale, <c>dz_r = (dz_r − (n_r + n_p)·z_p)·scale</c>.</summary>
    /// <remarks>n is the probability that an anchor gives to all its negatives, its own 1 − P of the positive, with all digits where the positive has nearly everything.</remarks>
    public static void PositiveRowsKernel(ArrayView<float> z, ArrayView<float> probabilities, ArrayView<float> dz, int rows, int depth, int anchors, float scale)
    {
        int row = (Grid.IdxX * 8) + Group.IdxY;
        if (row >= rows) return;
        int positive = row < rows / 2 ? row + (rows / 2) : row - (rows / 2);
        float weight = 0;
        if (row < anchors) weight += probabilities[row];
        if (positive < anchors) weight += probabilities[positive];
        for (int d = Group.IdxX; d < depth; d += 32)
        {
            long at = ((long)row * depth) + d;
            dz[at] = (dz[at] - (weight * z[((long)positive * depth) + d])) * scale;
        }
    }

    /// <summary>Draws the negatives of some anchors as bits, [anchors][words]: one thread an anchor, by the algorithm of <see cref="NegativeSample"/>.</summary>
    public static void DrawKernel(
        ArrayView<uint> bits, int firstAnchor, int count, int anchors, int firstKey, int keys, int available, int sampled, ulong seed, uint step)
    {
        int local = Grid.GlobalIndex.X;
        if (local >= count) return;
        int anchor = firstAnchor + local, words = (keys + 31) / 32, half = anchors / 2;
        int positive = firstKey > 0 ? anchor : anchor < half ? anchor + half : anchor - half, self = firstKey > 0 ? int.MaxValue : anchor;
        int first = self < positive ? self : positive, second = self < positive ? positive : self;
        long start = (long)local * words;
        bool leaveOut = sampled > available / 2;
        int draws = leaveOut ? available - sampled : sampled;
        for (int word = 0; word < words; word++) bits[start + word] = 0;
        uint x0 = 0, x1 = 0, x2 = 0, x3 = 0;
        for (int t = 0; t < draws; t++)
        {
            if ((t & 3) == 0)
                (x0, x1, x2, x3) = Philox.Block((uint)t / 4, (uint)anchor, step, (uint)RandomPurpose.Negatives << 24, (uint)seed, (uint)(seed >> 32));
            uint draw = (t & 3) == 0 ? x0 : (t & 3) == 1 ? x1 : (t & 3) == 2 ? x2 : x3;
            int last = available - draws + t;
            int key = KNegativesPairs.KeyAt((int)(((ulong)draw * ((uint)last + 1)) >> 32), first, second);
            if (((bits[start + (key / 32)] >> (key % 32)) & 1) != 0) key = KNegativesPairs.KeyAt(last, first, second);
            bits[start + (key / 32)] |= 1u << (key % 32);
        }

        if (!leaveOut) return;
        for (int word = 0; word < words; word++) bits[start + word] = ~bits[start + word];
        if (keys % 32 != 0) bits[start + words - 1] &= (1u << (keys % 32)) - 1;
        bits[start + (first / 32)] &= ~(1u << (first % 32));
        if (second < keys) bits[start + (second / 32)] &= ~(1u << (second % 32));
    }
}
