using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>What is known of four neighbouring rows or columns: the numbers of <see cref="PairSide"/>, one load for four where they lie so.</summary>
internal struct PlainNumbers
{
    /// <summary>What a kernel declares before it asks.</summary>
    public const string Registers = ".reg .b32 %%four<4>;";

    public Float4 Maximum, BySum, ByTilted, ByEqual;
    public Int4 Label, Positive, Ignored;

    /// <summary>Of those beyond the last everything is 0, and no key is theirs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainNumbers Of(in PairSide side, int first, int count, in PairSweep sweep)
    {
        PlainNumbers numbers = default;
        numbers.Maximum = Floats(side.Maximum, first, count);
        numbers.BySum = Floats(side.BySum, first, count);
        if (sweep.TiltedScale > 0) numbers.ByTilted = Floats(side.ByTilted, first, count);
        if (sweep.Labels != LabelRule.None)
        {
            numbers.ByEqual = Floats(side.ByEqual, first, count);
            numbers.Label = Ints(side.Label, first, count, 0);
        }

        numbers.Positive = Ints(side.Positive, first, count, -1);
        numbers.Ignored = Ints(side.Ignored, first, count, -1);
        return numbers;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int4 Ints(long numbers, int first, int count, int none)
    {
        Int4 four = new() { X = none, Y = none, Z = none, W = none };
        if (numbers == 0) return four;
        long at = numbers + ((long)first * sizeof(int));
        if (first + 4 <= count && (at & 15) == 0)
        {
            CudaAsm.Emit("ld.global.v4.b32 {%%four0, %%four1, %%four2, %%four3}, [%0];", at);
            CudaAsm.Emit("mov.b32 %0, %%four0;", out int x);
            CudaAsm.Emit("mov.b32 %0, %%four1;", out int y);
            CudaAsm.Emit("mov.b32 %0, %%four2;", out int z);
            CudaAsm.Emit("mov.b32 %0, %%four3;", out int w);
            return new() { X = x, Y = y, Z = z, W = w };
        }

        if (first < count) four.X = PlainPairs.Index(numbers, first, none);
        if (first + 1 < count) four.Y = PlainPairs.Index(numbers, first + 1, none);
        if (first + 2 < count) four.Z = PlainPairs.Index(numbers, first + 2, none);
        if (first + 3 < count) four.W = PlainPairs.Index(numbers, first + 3, none);
        return four;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Floats(long numbers, int first, int count)
    {
        Int4 bits = Ints(numbers, first, count, 0);
        return new Float4(
            Interop.IntAsFloat((uint)bits.X), Interop.IntAsFloat((uint)bits.Y), Interop.IntAsFloat((uint)bits.Z), Interop.IntAsFloat((uint)bits.W));
    }
}

/// <summary>Four integers.</summary>
internal struct Int4
{
    public int X, Y, Z, W;
}

/// <summary>The weights of one row's pairs.</summary>
internal static class PlainWeights
{
    /// <summary>Replaces four dot products of a row by the pairs' weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Weigh(
        ref Float4 dots, int row, float maximum, float bySum, float byTilted, float byEqual, int label, int positive, int ignored, int column,
        in PlainNumbers columns, in PairSweep sweep, ArrayView<uint> bits)
    {
        if (sweep.Weights == PairWeights.OfColumn)
        {
            dots.X = Weight(
                dots.X, row, columns.Maximum.X, columns.BySum.X, columns.ByTilted.X, columns.ByEqual.X, label == columns.Label.X, columns.Positive.X,
                columns.Ignored.X, Counts(bits, sweep, column, row), column, sweep);
            dots.Y = Weight(
                dots.Y, row, columns.Maximum.Y, columns.BySum.Y, columns.ByTilted.Y, columns.ByEqual.Y, label == columns.Label.Y, columns.Positive.Y,
                columns.Ignored.Y, Counts(bits, sweep, column + 1, row), column + 1, sweep);
            dots.Z = Weight(
                dots.Z, row, columns.Maximum.Z, columns.BySum.Z, columns.ByTilted.Z, columns.ByEqual.Z, label == columns.Label.Z, columns.Positive.Z,
                columns.Ignored.Z, Counts(bits, sweep, column + 2, row), column + 2, sweep);
            dots.W = Weight(
                dots.W, row, columns.Maximum.W, columns.BySum.W, columns.ByTilted.W, columns.ByEqual.W, label == columns.Label.W, columns.Positive.W,
                columns.Ignored.W, Counts(bits, sweep, column + 3, row), column + 3, sweep);
            return;
        }

        Float4 ofPairs = dots;
        dots.X = Weight(
            ofPairs.X, column, maximum, bySum, byTilted, byEqual, label == columns.Label.X, positive, ignored, Counts(bits, sweep, row, column), column, sweep);
        dots.Y = Weight(
            ofPairs.Y, column + 1, maximum, bySum, byTilted, byEqual, label == columns.Label.Y, positive, ignored, Counts(bits, sweep, row, column + 1),
            column + 1, sweep);
        dots.Z = Weight(
            ofPairs.Z, column + 2, maximum, bySum, byTilted, byEqual, label == columns.Label.Z, positive, ignored, Counts(bits, sweep, row, column + 2),
            column + 2, sweep);
        dots.W = Weight(
            ofPairs.W, column + 3, maximum, bySum, byTilted, byEqual, label == columns.Label.W, positive, ignored, Counts(bits, sweep, row, column + 3),
            column + 3, sweep);
        if (sweep.Weights != PairWeights.OfBoth) return;
        dots.X += Weight(ofPairs.X, column, columns.Maximum.X, columns.BySum.X, 0, 0, false, positive, ignored, true, column, sweep);
        dots.Y += Weight(ofPairs.Y, column + 1, columns.Maximum.Y, columns.BySum.Y, 0, 0, false, positive, ignored, true, column + 1, sweep);
        dots.Z += Weight(ofPairs.Z, column + 2, columns.Maximum.Z, columns.BySum.Z, 0, 0, false, positive, ignored, true, column + 2, sweep);
        dots.W += Weight(ofPairs.W, column + 3, columns.Maximum.W, columns.BySum.W, 0, 0, false, positive, ignored, true, column + 3, sweep);
    }

    /// <summary>The weight of a pair by its query's numbers; other is the pair's key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Weight(
        float dot, int other, float maximum, float bySum, float byTilted, float byEqual, bool equal, int positive, int ignored, bool counts, int column,
        in PairSweep sweep)
    {
        if (column >= sweep.Columns) return 0;
        float weight = 0;
        if (counts && other != positive && other != ignored && !(equal && sweep.Labels == LabelRule.Excluded))
        {
            weight = bySum * (sweep.Terms == PairTerms.Logistic ? PlainLogistic.Of(dot, sweep, out _) : PlainPairs.PowerOfTwo((dot - maximum) * sweep.Scale));
            if (sweep.TiltedScale > 0) weight += byTilted * PlainPairs.PowerOfTwo((dot - maximum) * sweep.TiltedScale);
        }

        // A positive by its label is a column like the others, and attracts beside it; only an ignored key does not.
        if (equal && sweep.Labels == LabelRule.Positives && other != ignored) weight += byEqual;
        return weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Counts(ArrayView<uint> bits, in PairSweep sweep, int query, int key)
    {
        if (sweep.Words == 0) return true;
        bool ofColumn = sweep.Weights == PairWeights.OfColumn;
        if (query >= (ofColumn ? sweep.Columns : sweep.Rows) || key >= (ofColumn ? sweep.Rows : sweep.Columns)) return false;
        return PlainPairs.Sampled(bits, sweep.Words, query, key);
    }
}
