using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>What a thread knows of one row, and the weights of the row's pairs.</summary>
internal struct PlainWeights
{
    /// <summary>The sum of the row's own weights.</summary>
    public float Share;

    private int row, positive, ignored, label;
    private float maximum, bySum, byTilted, byEqual;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainWeights Of(int row, in PairSweep sweep, in PairSide side)
    {
        PlainWeights state = default;
        if (row >= sweep.Rows)
        {
            state.positive = -1;
            state.ignored = -1;
            return state;
        }

        state.row = row;
        state.positive = PlainPairs.Index(side.Positive, row, -1);
        state.ignored = PlainPairs.Index(side.Ignored, row, -1);
        state.label = PlainPairs.Index(side.Label, row, 0);
        state.maximum = PlainPairs.Number(side.Maximum, row);
        state.bySum = PlainPairs.Number(side.BySum, row);
        state.byTilted = PlainPairs.Number(side.ByTilted, row);
        state.byEqual = PlainPairs.Number(side.ByEqual, row);
        return state;
    }

    /// <summary>Replaces four dot products by the pairs' weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Weigh(ref Float4 scores, int firstColumn, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        scores.X = Weight(scores.X, firstColumn, sweep, columns, bits);
        scores.Y = Weight(scores.Y, firstColumn + 1, sweep, columns, bits);
        scores.Z = Weight(scores.Z, firstColumn + 2, sweep, columns, bits);
        scores.W = Weight(scores.W, firstColumn + 3, sweep, columns, bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Weight(float score, int column, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        if (column >= sweep.Columns) return 0;
        bool ofColumn = sweep.Weights == PairWeights.OfColumn;
        int positiveOf = ofColumn ? PlainPairs.Index(columns.Positive, column, -1) : positive, ignoredOf = ofColumn ? PlainPairs.Index(columns.Ignored, column, -1) : ignored;
        int other = ofColumn ? row : column;
        bool equal = sweep.Labels != LabelRule.None && PlainPairs.Index(columns.Label, column, 0) == label;
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
            float below = score - maximum;
            weight = bySum * PlainPairs.PowerOfTwo(below * sweep.Scale);
            if (sweep.TiltedScale > 0) weight += byTilted * PlainPairs.PowerOfTwo(below * sweep.TiltedScale);
            Share += weight;
            if (sweep.Weights == PairWeights.OfBoth)
                weight += PlainPairs.Number(columns.BySum, column) * PlainPairs.PowerOfTwo((score - PlainPairs.Number(columns.Maximum, column)) * sweep.Scale);
        }

        // A positive by its label is a column like the others, and attracts beside it; only an ignored key does not.
        if (equal && sweep.Labels == LabelRule.Positives && other != ignoredOf) weight += ofColumn ? PlainPairs.Number(columns.ByEqual, column) : byEqual;
        return weight;
    }
}
