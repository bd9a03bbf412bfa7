using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Who is compared with whom: a <see cref="ContrastiveBatch"/> in the form that the loops of the CPU want.</summary>
internal readonly unsafe struct ContrastivePairs
{
    public readonly float* Queries, Keys, Positives;
    public readonly int* KeyLabels;
    public readonly int Rows, KeyCount, Depth, FirstKey, AllKeys;
    public readonly bool EqualLabelsArePositives, IsOfPairs;
    public readonly double Temperature, Exponent, Concentration, Bias;
    public readonly NegativeSample Sample;
    private readonly int* positiveKeys, ignoredKeys, queryLabels;

    public ContrastivePairs(in ContrastiveBatch batch, in ContrastiveSettings settings)
    {
        Queries = batch.Queries.FloatPointer;
        Keys = batch.Keys.FloatPointer;
        Positives = batch.Positives.IsNone ? null : batch.Positives.FloatPointer;
        positiveKeys = batch.PositiveKeys.IsNone ? null : batch.PositiveKeys.IntPointer;
        ignoredKeys = batch.IgnoredKeys.IsNone ? null : batch.IgnoredKeys.IntPointer;
        queryLabels = batch.QueryLabels.IsNone ? null : batch.QueryLabels.IntPointer;
        KeyLabels = batch.KeyLabels.IsNone ? null : batch.KeyLabels.IntPointer;
        (Rows, KeyCount, Depth) = (batch.Queries[0], batch.Keys[0], batch.Queries[1]);
        (FirstKey, AllKeys) = (batch.Part.First, batch.AllKeys);
        EqualLabelsArePositives = settings.Loss.EqualLabelsArePositives;
        IsOfPairs = settings.Loss.IsOfPairs;
        (Temperature, Exponent, Concentration, Bias) = (settings.Temperature, settings.Loss.Exponent, settings.Loss.Tilt, settings.Bias);
        Sample = batch.Sample;
    }

    /// <summary>α·log₂ e over T: what a dot product's exponent is to base 2.</summary>
    public float Scale => (float)(Exponent / (Temperature * Exponential.Ln2));

    /// <summary>(1+β)·log₂ e over T.</summary>
    public float TiltedScale => (float)((1 + Concentration) / (Temperature * Exponential.Ln2));

    /// <summary>What makes a logit of a pair's dot product.</summary>
    public PairLogit Logit => new() { Scale = (float)(1 / Temperature), Bias = (float)Bias, Factor = 1 };

    public bool HasPositiveKeys => positiveKeys != null;

    public int Label(int row) => queryLabels[row];

    /// <summary>The key that is the row's positive, or −1 where it is none of these keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PositiveKey(int row) => Here(PositiveOfAll(row));

    /// <summary>The key that counts for nothing in the row, or −1 where it is none of these keys. A positive counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IgnoredKey(int row) => Here(IgnoredOfAll(row));

    /// <summary>The positive's row, or null.</summary>
    public float* PositiveRow(int row) =>
        Positives != null ? Positives + ((long)row * Depth) : PositiveKey(row) >= 0 ? Keys + ((long)PositiveKey(row) * Depth) : null;

    /// <summary>Whether some keys are no negatives of some rows.</summary>
    public bool Masks => positiveKeys != null || ignoredKeys != null || KeyLabels != null || Sample.Draws;

    /// <summary>Whether some of these pairs are masked: always where there are labels or a sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool AnyMasked(int firstRow, int rows, int firstKey, int keys)
    {
        if (KeyLabels != null || Sample.Draws) return true;
        if (!Masks) return false;
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            int positive = PositiveKey(i), ignored = IgnoredKey(i);
            if ((positive >= firstKey && positive < firstKey + keys) || (ignored >= firstKey && ignored < firstKey + keys)) return true;
        }

        return false;
    }

    /// <summary>The labels of some rows; those of a panel that the batch does not fill are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyLabels(int firstRow, int rows, int* labels)
    {
        for (int i = 0; i < ContrastiveBlock.PanelRows; i++) labels[i] = i < rows ? queryLabels[firstRow + i] : 0;
    }

    /// <summary>
    /// Masks what is no negative of its row in a panel of dot products: the positives, the ignored keys, and keys of the own label where these are no
    /// positives.
    /// </summary>
    /// <param name="dots">[keys][stride], of a row in each column.</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="firstRow">The first column's row.</param>
    /// <param name="rows">Rows of the panel.</param>
    /// <param name="firstKey">The first of the panel's keys.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="equalLabels">32 numbers, which grow by how many keys of the own label were masked.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Mask(float* dots, long stride, int firstRow, int rows, int firstKey, int keys, int* equalLabels)
    {
        if (KeyLabels != null && !EqualLabelsArePositives)
        {
            int* labels = stackalloc int[ContrastiveBlock.PanelRows];
            CopyLabels(firstRow, rows, labels);
            LabelPanel.Mask(dots, stride, keys, KeyLabels + firstKey, labels, equalLabels);
        }

        for (int i = 0; i < rows; i++)
        {
            int positive = PositiveKey(firstRow + i), ignored = IgnoredKey(firstRow + i);
            if (positive >= firstKey && positive < firstKey + keys) dots[((positive - firstKey) * stride) + i] = LogitRow.Masked;
            if (ignored >= firstKey && ignored < firstKey + keys) dots[((ignored - firstKey) * stride) + i] = LogitRow.Masked;
        }
    }

    /// <summary>
    /// Draws the row's negatives: sets the bits of the keys that its sums count, which with a sample are the drawn ones and positives by their label.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="bits">Receives one bit for each of all keys.</param>
    /// <returns>How many keys the sums count.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int DrawNegatives(int row, uint* bits)
    {
        int positive = PositiveOfAll(row), ignored = IgnoredOfAll(row);
        if (KeyLabels == null)
        {
            int one = positive < 0 ? int.MaxValue : positive, other = ignored < 0 ? int.MaxValue : ignored;
            return NegativeDraw.Draw(Sample, row, AllKeys, Math.Min(one, other), Math.Max(one, other), bits);
        }

        // The places of keys of other labels are drawn, then handed to these keys: from the last to the first, so that no place is overwritten before it is
        // read.
        int label = Label(row), places = 0;
        for (int key = 0; key < KeyCount; key++) places += IsOther(key, label, positive, ignored) ? 1 : 0;
        new Span<uint>(bits, NegativeDraw.Words(KeyCount)).Clear();
        int count = NegativeDraw.Draw(Sample, row, places, int.MaxValue, int.MaxValue, bits), place = places - 1;
        for (int key = KeyCount - 1; key >= 0; key--)
        {
            bool equal = EqualLabelsArePositives && KeyLabels[key] == label && key != ignored;
            bool counts = IsOther(key, label, positive, ignored) ? NegativeDraw.Get(bits, place--) : equal;
            count += equal ? 1 : 0;
            NegativeDraw.Set(bits, key, counts ? 1u : 0);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PositiveOfAll(int row) => positiveKeys == null ? -1 : positiveKeys[row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IgnoredOfAll(int row) => ignoredKeys == null || ignoredKeys[row] == PositiveOfAll(row) ? -1 : ignoredKeys[row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Here(int key) => (uint)(key - FirstKey) < (uint)KeyCount ? key - FirstKey : -1;

    private bool IsOther(int key, int label, int positive, int ignored) => KeyLabels[key] != label && key != positive && key != ignored;

    /// <summary>The negatives of a row, of whose keys so many have its label and are for that no negatives.</summary>
    public int Negatives(int row, int equal)
    {
        int positive = PositiveKey(row), ignored = IgnoredKey(row), count = KeyCount - equal;
        bool labelled = KeyLabels != null && !EqualLabelsArePositives;
        if (positive >= 0 && !(labelled && KeyLabels[positive] == Label(row))) count--;
        if (ignored >= 0 && !(labelled && KeyLabels[ignored] == Label(row))) count--;
        return count;
    }
}
