using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

// The running maxima and sums of the rows, and the products that go with them.
internal static partial class PairText
{
    /// <summary>Updates the rows' running maxima by this tile's, and finds what earlier sums are to be rescaled by.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="scale">Powers of two per unit of a dot product.</param>
    /// <param name="tiltedScale">The same of the second sum.</param>
    /// <param name="lane">The lane's place among the four of its rows.</param>
    public static void RowMaximum(PtxWriter text, string scale, string tiltedScale, string lane)
    {
        text.Line("setp.ne.s32 %updated, 0, 0;");
        Repeat(Rows, r =>
        {
            text.Line($"mov.f32 %tileMaximum, {Dots.At(r, 0, 0)};");
            EachColumn(text, (n, c) => text.Line($"max.f32 %tileMaximum, %tileMaximum, {Dots.At(r, n, c)};"));
            Reduce(text, "max.f32", "%tileMaximum");
            FromLane(text, "%other", "%laneMaximum", r);
            text.Line("max.f32 %tileMaximum, %tileMaximum, %other;");
            text.Line("setp.gt.or.f32 %updated, %tileMaximum, %other, %updated;");
            text.Line("sub.rn.f32 %e, %other, %tileMaximum;");
            text.Line($"mul.rn.f32 %partial, %e, {tiltedScale};");
            text.Line($"mul.rn.f32 %e, %e, {scale};");
            text.Line("ex2.approx.ftz.f32 %rescale, %e;");
            Exponential(text, "%partial");
            text.Line($"setp.eq.s32 %hit, {lane}, {r};");
            text.Line("@%hit mov.f32 %laneMaximum, %tileMaximum;");
            text.Line("@%hit mov.f32 %laneRescale, %rescale;");
            text.Line("@%hit mov.f32 %laneTiltedRescale, %partial;");
        });
    }

    /// <summary>Rescales the products so far where the maximum of a row was updated.</summary>
    public static void RescaleProducts(PtxWriter text, int depth) => text.Scope(() =>
    {
        RegisterTile products = Products(depth);
        text.Registers(".pred", "%any");
        text.Line("vote.sync.any.pred %any, %updated, 0xffffffff;");
        text.Line("@!%any bra KEPT;");
        Repeat(Rows, r =>
        {
            FromLane(text, "%rescale", "%laneRescale", r);
            Repeat(products.Groups, n => Repeat(2, c => text.Line($"mul.rn.f32 {products.At(r, n, c)}, {products.At(r, n, c)}, %rescale;")));
        });
        text.Line("KEPT:");
        text.Line("mov.b32 %at, 0;"); // A label needs an instruction behind it.
    });

    /// <summary>Adds the exponentials of the second sum.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="tiltedScale">Powers of two per unit of a dot product.</param>
    /// <param name="lane">The lane's place among the four of its rows.</param>
    public static void AddTiltedExponentials(PtxWriter text, string tiltedScale, string lane)
    {
        ExponentialSums(text, tiltedScale, lane, keep: false);
        text.Line("fma.rn.f32 %laneTiltedSum, %laneTiltedSum, %laneTiltedRescale, %lanePartial;");
    }

    /// <summary>
    /// Turns the dot products into exponentials and adds them up, with a compensation for what the sum over the tiles rounds off (Knuth's two-sum).
    /// </summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="scale">Powers of two per unit of a dot product.</param>
    /// <param name="lane">The lane's place among the four of its rows.</param>
    public static void AddExponentials(PtxWriter text, string scale, string lane)
    {
        ExponentialSums(text, scale, lane, keep: true);
        text.Line("mul.rn.f32 %laneSum, %laneSum, %laneRescale;");
        text.Line("mul.rn.f32 %laneCompensation, %laneCompensation, %laneRescale;");
        text.Line("add.rn.f32 %sum, %laneSum, %lanePartial;");
        text.Line("sub.rn.f32 %e, %sum, %laneSum;");
        text.Line("sub.rn.f32 %other, %sum, %e;");
        text.Line("sub.rn.f32 %other, %laneSum, %other;");
        text.Line("sub.rn.f32 %e, %lanePartial, %e;");
        text.Line("add.rn.f32 %other, %other, %e;");
        text.Line("add.rn.f32 %laneCompensation, %laneCompensation, %other;");
        text.Line("mov.f32 %laneSum, %sum;");
    }

    /// <summary>Stores the <see cref="RowPart"/> of the lane's one row.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="address">Where it goes.</param>
    /// <param name="row">The row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="lane">The lane's place among the four of its rows.</param>
    public static void StoreParts(PtxWriter text, string address, string row, string rows, string lane)
    {
        // Registers that nothing else holds by now: the lane's count and sum of equal labels.
        const string Count = "%columnLabel0", CountAsFloat = "%partial", Sum = "%tileMaximum", Unused = "%e";
        text.Line($"mov.b32 {Count}, 0;");
        text.Line($"mov.f32 {Sum}, {Zero};");
        Repeat(Rows, r =>
        {
            RowSum(text, $"%equalSum{r}");
            Reduce(text, "add.s32", $"%equalCount{r}", other: "%at");
            text.Line($"setp.eq.s32 %hit, {lane}, {r};");
            text.Line($"@%hit mov.f32 {Sum}, %equalSum{r};");
            text.Line($"@%hit mov.b32 {Count}, %equalCount{r};");
        });
        text.Line($"mov.b32 {CountAsFloat}, {Count};");
        text.Line($"mov.f32 {Unused}, {Zero};");
        text.Line($"setp.lt.s32 %hit, {row}, {rows};");
        text.Line($"@%hit st.global.v4.f32 [{address}], {{%laneMaximum, %laneSum, %laneCompensation, %laneTiltedSum}};");
        text.Line($"@%hit st.global.v4.f32 [{address}+16], {{%lanePositiveDot, {Sum}, {CountAsFloat}, {Unused}}};");
    }

    /// <summary>The sum of a tile's exponentials of the lane's row, in %lanePartial, relative to the running maximum.</summary>
    private static void ExponentialSums(PtxWriter text, string scale, string lane, bool keep) => Repeat(Rows, r =>
    {
        // Where all is masked so far, any finite number serves as the offset.
        FromLane(text, "%offset", "%laneMaximum", r);
        text.Line($"setp.eq.f32 %hit, %offset, {Masked};");
        text.Line($"selp.f32 %offset, {Zero}, %offset, %hit;");
        text.Line($"mov.f32 %partial, {Zero};");
        EachColumn(text, (n, c) =>
        {
            text.Line($"sub.rn.f32 %e, {Dots.At(r, n, c)}, %offset;");
            text.Line($"mul.rn.f32 %e, %e, {scale};");
            Exponential(text, "%e");
            text.Line("add.rn.f32 %partial, %partial, %e;");
            if (keep) text.Line($"mov.f32 {Dots.At(r, n, c)}, %e;");
        });
        RowSum(text, "%partial");
        text.Line($"setp.eq.s32 %hit, {lane}, {r};");
        text.Line("@%hit mov.f32 %lanePartial, %partial;");
    });
}
