using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>What a thread knows of one row, and the weights of the row's pairs.</summary>
internal struct PlainWeights
{
    /// <summary>The sum of the row's own weights.</summary>
    public float Share;

    private int row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainWeights Of(int row, in PairSweep sweep)
    {
        PlainWeights state = default;
        state.row = row < sweep.Rows ? row : 0; // A row beyond the last is another's copy, which nobody stores.
        return state;
    }

    /// <summary>Replaces four dot products by the pairs' weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Weigh(ref Float4 scores, int firstColumn, in PairSweep sweep, in PairSide rows, in PairSide columns, ArrayView<uint> bits)
    {
        // What is known of the row comes again with each tile, so that it holds no registers in between.
        PairNumbers known = default;
        known.Positive = PlainPairs.Index(rows.Positive, row, -1);
        known.Ignored = PlainPairs.Index(rows.Ignored, row, -1);
        known.Label = PlainPairs.Index(rows.Label, row, 0);
        known.Maximum = PlainPairs.Number(rows.Maximum, row);
        known.BySum = PlainPairs.Number(rows.BySum, row);
        known.ByTilted = PlainPairs.Number(rows.ByTilted, row);
        known.ByEqual = PlainPairs.Number(rows.ByEqual, row);
        scores.X = Weight(scores.X, firstColumn, known, sweep, columns, bits);
        scores.Y = Weight(scores.Y, firstColumn + 1, known, sweep, columns, bits);
        scores.Z = Weight(scores.Z, firstColumn + 2, known, sweep, columns, bits);
        scores.W = Weight(scores.W, firstColumn + 3, known, sweep, columns, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Weight(float score, int column, in PairNumbers known, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        if (column >= sweep.Columns) return 0;
        bool ofColumn = sweep.Weights == PairWeights.OfColumn;
        int positiveOf = ofColumn ? PlainPairs.Index(columns.Positive, column, -1) : known.Positive, ignoredOf = ofColumn ? PlainPairs.Index(columns.Ignored, column, -1) : known.Ignored;
        int other = ofColumn ? row : column;
        bool equal = sweep.Labels != LabelRule.None && PlainPairs.Index(columns.Label, column, 0) == known.Label;
        bool masked = other == positiveOf || other == ignoredOf || (equal && sweep.Labels == LabelRule.Excluded);
        if (sweep.Words > 0 && !(ofColumn ? PlainPairs.Sampled(bits, sweep.Words, column, row) : PlainPairs.Sampled(bits, sweep.Words, row, column))) masked = true;
        float weight = 0;
        if (!masked && ofColumn)
        {
            float below = score - PlainPairs.Number(columns.Maximum, column);
            weight = PlainPairs.Number(columns.BySum, column) * PlainPairs.PowerOfTwo(below * sweep.Scale);
            if (sweep.TiltedScale > 0) weight += PlainPairs.Number(columns.ByTilted, column) * PlainPairs.PowerOfTwo(below * sweep.TiltedScale);
        }
        else if (!masked)
        {
            float below = score - known.Maximum;
            weight = known.BySum * PlainPairs.PowerOfTwo(below * sweep.Scale);
            if (sweep.TiltedScale > 0) weight += known.ByTilted * PlainPairs.PowerOfTwo(below * sweep.TiltedScale);
            Share += weight;
            if (sweep.Weights == PairWeights.OfBoth)
                weight += PlainPairs.Number(columns.BySum, column) * PlainPairs.PowerOfTwo((score - PlainPairs.Number(columns.Maximum, column)) * sweep.Scale);
        }

        // A positive by its label is a column like the others, and attracts beside it; only an ignored key does not.
        if (equal && sweep.Labels == LabelRule.Positives && other != ignoredOf) weight += ofColumn ? PlainPairs.Number(columns.ByEqual, column) : known.ByEqual;
        return weight;
    }

    /// <summary>The numbers of <see cref="PairSide"/> of one row.</summary>
    private struct PairNumbers
    {
        public float Maximum, BySum, ByTilted, ByEqual;
        public int Positive, Ignored, Label;
    }
}
