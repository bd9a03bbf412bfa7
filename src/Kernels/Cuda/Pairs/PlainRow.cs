using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>A thread's part of one row's sums: its own four columns of each tile.</summary>
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
        state.Part.Maximum = sweep.Terms == PairTerms.Logistic ? 0 : PlainPairs.Masked;
        return state;
    }

    /// <summary>Takes the dot product with the row's own positive, which stands on the diagonal of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakePositive(float dot) => Part.Positive = dot;

    /// <summary>Takes four columns into the sums; the dot products become exponentials.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref Float4 dots, int firstColumn, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        dots.X = Take(dots.X, firstColumn, sweep, columns, bits);
        dots.Y = Take(dots.Y, firstColumn + 1, sweep, columns, bits);
        dots.Z = Take(dots.Z, firstColumn + 2, sweep, columns, bits);
        dots.W = Take(dots.W, firstColumn + 3, sweep, columns, bits);
        if (sweep.Terms == PairTerms.Logistic)
        {
            Part.TiltedSum += (PlainLogistic.Of(dots.X, sweep, out float x) + PlainLogistic.Of(dots.Y, sweep, out float y))
                + (PlainLogistic.Of(dots.Z, sweep, out float z) + PlainLogistic.Of(dots.W, sweep, out float w));
            AddToSum((x + y) + (z + w));
            return;
        }

        float tileMaximum = Max(Max(dots.X, dots.Y), Max(dots.Z, dots.W));
        if (tileMaximum > Part.Maximum) UpdateMaximum(tileMaximum, sweep);

        // Where all is masked any finite number serves as the offset: the terms are 0, or NaN where a row is.
        float offset = Part.Maximum == PlainPairs.Masked ? 0 : Part.Maximum;
        dots.X -= offset;
        dots.Y -= offset;
        dots.Z -= offset;
        dots.W -= offset;
        if (sweep.TiltedScale > 0)
        {
            float scale = sweep.TiltedScale;
            Part.TiltedSum += (PlainPairs.PowerOfTwo(dots.X * scale) + PlainPairs.PowerOfTwo(dots.Y * scale))
                + (PlainPairs.PowerOfTwo(dots.Z * scale) + PlainPairs.PowerOfTwo(dots.W * scale));
        }

        dots.X = PlainPairs.PowerOfTwo(dots.X * sweep.Scale);
        dots.Y = PlainPairs.PowerOfTwo(dots.Y * sweep.Scale);
        dots.Z = PlainPairs.PowerOfTwo(dots.Z * sweep.Scale);
        dots.W = PlainPairs.PowerOfTwo(dots.W * sweep.Scale);
        AddToSum((dots.X + dots.Y) + (dots.Z + dots.W));
    }

    /// <summary>Takes in what the lane at a distance has of the same row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Merge(int distance, in PairSweep sweep)
    {
        float maximum = Warp.ShuffleXor(Part.Maximum, distance), sum = Warp.ShuffleXor(Part.Sum, distance),
            compensation = Warp.ShuffleXor(Part.Compensation, distance);
        float tilted = Warp.ShuffleXor(Part.TiltedSum, distance);
        Part.Positive += Warp.ShuffleXor(Part.Positive, distance);
        Part.EqualLabelSum += Warp.ShuffleXor(Part.EqualLabelSum, distance);
        Part.EqualLabels += Warp.ShuffleXor(Part.EqualLabels, distance);
        if (maximum > Part.Maximum)
        {
            UpdateMaximum(maximum, sweep);
        }
        else
        {
            float rescale = PlainPairs.PowerOfTwo((maximum - Part.Maximum) * sweep.Scale);
            sum *= rescale;
            compensation *= rescale;
            tilted *= PlainPairs.PowerOfTwo((maximum - Part.Maximum) * sweep.TiltedScale);
        }

        AddToSum(sum);
        Part.Compensation += compensation;
        Part.TiltedSum += tilted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Take(float dot, int column, in PairSweep sweep, in PairSide columns, ArrayView<uint> bits)
    {
        if (column >= sweep.Columns) return PlainPairs.Masked;
        bool equal = sweep.Labels != LabelRule.None && PlainPairs.Index(columns.Label, column, 0) == label;
        if (column == positive) Part.Positive = dot;
        if (equal && (sweep.Labels == LabelRule.Excluded || column != ignored))
        {
            Part.EqualLabels++;
            Part.EqualLabelSum += dot;
        }

        bool masked = column == positive || column == ignored || (equal && sweep.Labels == LabelRule.Excluded);
        if (sweep.Words > 0 && !PlainPairs.Sampled(bits, sweep.Words, row, column)) masked = true;
        return masked ? PlainPairs.Masked : dot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void UpdateMaximum(float maximum, in PairSweep sweep)
    {
        float rescale = PlainPairs.PowerOfTwo((Part.Maximum - maximum) * sweep.Scale);
        Part.Sum *= rescale;
        Part.Compensation *= rescale;
        Part.TiltedSum *= PlainPairs.PowerOfTwo((Part.Maximum - maximum) * sweep.TiltedScale);
        Part.Maximum = maximum;
    }

    /// <summary>Adds to the sum and keeps what the rounding takes (Knuth's two-sum).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddToSum(float term)
    {
        float whole = Part.Sum + term, added = whole - Part.Sum;
        Part.Compensation += (Part.Sum - (whole - added)) + (term - added);
        Part.Sum = whole;
    }

    private static float Max(float a, float b) => b > a ? b : a;
}
