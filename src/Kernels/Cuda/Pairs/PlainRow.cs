using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>A thread's share of one row's sums: its own four columns of each tile.</summary>
internal struct PlainRow
{
    public RowPart Part;
    private int row, positive, ignored, label;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainRow Of(int row, in PairSweep sweep, in PairSide side)
    {
        PlainRow state = default;
        bool inside = row < sweep.Rows;
        state.row = inside ? row : 0;
        state.positive = inside ? PlainPairs.Index(side.Positive, row, -1) : -1;
        state.ignored = inside ? PlainPairs.Index(side.Ignored, row, -1) : -1;
        state.label = inside ? PlainPairs.Index(side.Label, row, 0) : 0;
        state.Part.Maximum = PlainPairs.Masked;
        return state;
    }

    /// <summary>Takes the dot product with the row's own positive, which stands on the diagonal of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakePositive(float score) => Part.Positive = score;

    /// <summary>Takes four columns into the sums; the dot products become exponentials.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref Float4 scores, int firstColumn, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        scores.X = Take(scores.X, firstColumn, sweep, columns, bits);
        scores.Y = Take(scores.Y, firstColumn + 1, sweep, columns, bits);
        scores.Z = Take(scores.Z, firstColumn + 2, sweep, columns, bits);
        scores.W = Take(scores.W, firstColumn + 3, sweep, columns, bits);
        float most = Greater(Greater(scores.X, scores.Y), Greater(scores.Z, scores.W));
        if (most > Part.Maximum) RaiseTo(most, sweep);

        // Where all is masked any finite number serves as the maximum: the terms are 0, or NaN where a row is.
        float reference = Part.Maximum == PlainPairs.Masked ? 0 : Part.Maximum;
        scores.X -= reference;
        scores.Y -= reference;
        scores.Z -= reference;
        scores.W -= reference;
        if (sweep.TiltedScale > 0)
        {
            float tilt = sweep.TiltedScale;
            Part.TiltedSum += (PlainPairs.PowerOfTwo(scores.X * tilt) + PlainPairs.PowerOfTwo(scores.Y * tilt))
                + (PlainPairs.PowerOfTwo(scores.Z * tilt) + PlainPairs.PowerOfTwo(scores.W * tilt));
        }

        scores.X = PlainPairs.PowerOfTwo(scores.X * sweep.Scale);
        scores.Y = PlainPairs.PowerOfTwo(scores.Y * sweep.Scale);
        scores.Z = PlainPairs.PowerOfTwo(scores.Z * sweep.Scale);
        scores.W = PlainPairs.PowerOfTwo(scores.W * sweep.Scale);
        AddToSum((scores.X + scores.Y) + (scores.Z + scores.W));
    }

    /// <summary>Takes in what the lane at a distance has of the same row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Merge(int distance, in PairSweep sweep)
    {
        float maximum = Warp.ShuffleXor(Part.Maximum, distance), sum = Warp.ShuffleXor(Part.Sum, distance), rest = Warp.ShuffleXor(Part.Rest, distance);
        float tilted = Warp.ShuffleXor(Part.TiltedSum, distance);
        Part.Positive += Warp.ShuffleXor(Part.Positive, distance);
        Part.EqualLabelSum += Warp.ShuffleXor(Part.EqualLabelSum, distance);
        Part.EqualLabels += Warp.ShuffleXor(Part.EqualLabels, distance);
        if (maximum > Part.Maximum)
        {
            RaiseTo(maximum, sweep);
        }
        else
        {
            float factor = PlainPairs.PowerOfTwo((maximum - Part.Maximum) * sweep.Scale);
            sum *= factor;
            rest *= factor;
            tilted *= PlainPairs.PowerOfTwo((maximum - Part.Maximum) * sweep.TiltedScale);
        }

        AddToSum(sum);
        Part.Rest += rest;
        Part.TiltedSum += tilted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Take(float score, int column, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        if (column >= sweep.Columns) return PlainPairs.Masked;
        bool equal = sweep.Labels != LabelRule.None && PlainPairs.Index(columns.Label, column, 0) == label;
        if (column == positive) Part.Positive = score;
        if (equal && (sweep.Labels == LabelRule.Excluded || column != ignored))
        {
            Part.EqualLabels++;
            Part.EqualLabelSum += score;
        }

        bool masked = column == positive || column == ignored || (equal && sweep.Labels == LabelRule.Excluded);
        if (sweep.Words > 0 && !PlainPairs.Sampled(bits, sweep.Words, row, column)) masked = true;
        return masked ? PlainPairs.Masked : score;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RaiseTo(float maximum, in PairSweep sweep)
    {
        float factor = PlainPairs.PowerOfTwo((Part.Maximum - maximum) * sweep.Scale);
        Part.Sum *= factor;
        Part.Rest *= factor;
        Part.TiltedSum *= PlainPairs.PowerOfTwo((Part.Maximum - maximum) * sweep.TiltedScale);
        Part.Maximum = maximum;
    }

    /// <summary>Adds to the sum and keeps what the rounding takes (Knuth's two-sum).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddToSum(float term)
    {
        float whole = Part.Sum + term, added = whole - Part.Sum;
        Part.Rest += (Part.Sum - (whole - added)) + (term - added);
        Part.Sum = whole;
    }

    private static float Greater(float a, float b) => b > a ? b : a;
}
