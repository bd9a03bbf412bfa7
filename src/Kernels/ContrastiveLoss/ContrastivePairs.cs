using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Who is compared with whom: a <see cref="ContrastiveBatch"/> in the form that the loops of the CPU want.</summary>
internal readonly unsafe struct ContrastivePairs
{
    public readonly float* Queries, Keys, Positives;
    public readonly int* KeyLabels;
    public readonly int Rows, KeyCount, Depth;
    public readonly bool EqualLabelsArePositives;
    public readonly double Temperature, Exponent, Tilt;
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
        EqualLabelsArePositives = settings.Loss.EqualLabelsArePositives;
        (Temperature, Exponent, Tilt) = (settings.Temperature, settings.Loss.Exponent, settings.Loss.Tilt);
    }

    /// <summary>α·log₂ e over T: what a dot product's exponent is to base 2.</summary>
    public float Scale => (float)(Exponent / (Temperature * Exponential.Ln2));

    /// <summary>(1+β)·log₂ e over T.</summary>
    public float TiltedScale => (float)((1 + Tilt) / (Temperature * Exponential.Ln2));

    public bool HasPositiveKeys => positiveKeys != null;

    public int Label(int row) => queryLabels[row];

    /// <summary>The key that is the row's positive, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PositiveKey(int row) => positiveKeys == null ? -1 : positiveKeys[row];

    /// <summary>The key that counts for nothing in the row, or −1. A positive counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IgnoredKey(int row) => ignoredKeys == null || ignoredKeys[row] == PositiveKey(row) ? -1 : ignoredKeys[row];

    /// <summary>The positive's row, or null.</summary>
    public float* PositiveRow(int row) =>
        Positives != null ? Positives + ((long)row * Depth) : PositiveKey(row) >= 0 ? Keys + ((long)PositiveKey(row) * Depth) : null;

    /// <summary>Masks what is no negative of the row in a tile's row: the positive, the ignored key, keys of the own label, and what lies behind the last key.</summary>
    /// <returns>How many keys of the own label were masked.</returns>
    public int Mask(float* dots, int row, int firstKey, int columns, int whole)
    {
        int positive = PositiveKey(row) - firstKey, ignored = IgnoredKey(row) - firstKey;
        int equal = KeyLabels == null || EqualLabelsArePositives ? 0 : LabelRow.Mask(dots, KeyLabels + firstKey, Label(row), columns);
        if (PositiveKey(row) >= 0 && (uint)positive < (uint)columns) dots[positive] = LogitRow.Masked;
        if (IgnoredKey(row) >= 0 && (uint)ignored < (uint)columns) dots[ignored] = LogitRow.Masked;
        for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
        return equal;
    }

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
