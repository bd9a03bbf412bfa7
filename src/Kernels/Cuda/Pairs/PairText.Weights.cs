using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

// The weights of pairs in the gradients: exponentials times ∂L/∂ of the sum that they are a term of.
internal static partial class PairText
{
    /// <summary>The weights where rows are the queries.</summary>
    public static void WeighByRow(PtxWriter text, string scale, string own) => EachRow(text, own, r => EachColumn(text, (n, c) =>
    {
        text.Line($"sub.rn.f32 %e, {Dots.At(r, n, c)}, %maximum0;");
        text.Line($"mul.rn.f32 %e, %e, {scale};");
        Exponential(text, "%e");
        text.Line($"mul.rn.f32 {Dots.At(r, n, c)}, %e, %bySum0;");
    }));

    /// <summary>The same of a loss with two sums.</summary>
    public static void WeighTiltedByRow(PtxWriter text, string scale, string tiltedScale, string own) => EachRow(text, own, r => EachColumn(
        text, (n, c) => WeighTilted(text, Dots.At(r, n, c), scale, tiltedScale, "%maximum0", "%bySum0", $"%byTilted{r}")));

    /// <summary>Adds ∂L/∂ of a key of the row's label to such keys' weights, but of the ignored; arguments as for <see cref="EachEqualLabel"/>.</summary>
    public static void WeighLabelsByRow(PtxWriter text, string columns, string laneColumn, string count) =>
        EachEqualLabel(text, columns, laneColumn, count, (r, n, c) =>
    {
        text.Line($"setp.ne.and.s32 %hit, %at, %ignoredKey{r}, %hit;");
        text.Line($"@%hit add.rn.f32 {Dots.At(r, n, c)}, {Dots.At(r, n, c)}, %byEqual{r};");
    });

    /// <summary>The weights where columns are the queries.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="scale">Powers of two per unit of a dot product.</param>
    /// <param name="columns">Shared address of the first statistic of the lane's first pair of columns.</param>
    public static void WeighByColumn(PtxWriter text, string scale, string columns) =>
        EachPairByColumn(text, columns, [ColumnStatistic.Maximum, ColumnStatistic.BySum], (r, n, c) =>
    {
        text.Line($"sub.rn.f32 %e, {Dots.At(r, n, c)}, %columnMaximum{c};");
        text.Line($"mul.rn.f32 %e, %e, {scale};");
        Exponential(text, "%e");
        text.Line($"mul.rn.f32 {Dots.At(r, n, c)}, %e, %columnBySum{c};");
    });

    /// <summary>The same of a loss with two sums.</summary>
    public static void WeighTiltedByColumn(PtxWriter text, string scale, string columns, string tiltedScale) => EachPairByColumn(
        text, columns, [ColumnStatistic.Maximum, ColumnStatistic.BySum, ColumnStatistic.ByTilted],
        (r, n, c) => WeighTilted(text, Dots.At(r, n, c), scale, tiltedScale, $"%columnMaximum{c}", $"%columnBySum{c}", $"%columnByTilted{c}"));

    /// <summary>Adds ∂L/∂ of a row of the column's label to such rows' weights, but of the ignored.</summary>
    public static void WeighLabelsByColumn(PtxWriter text, string columns, string laneRow) => Repeat(Dots.Groups, n =>
    {
        foreach (ColumnStatistic statistic in (ColumnStatistic[])[ColumnStatistic.ByEqual, ColumnStatistic.Label, ColumnStatistic.Ignored])
            LoadColumns(text, statistic, columns, n);
        Repeat(2, c =>
        {
            text.Line($"sub.s32 %at, %columnIgnored{c}, {laneRow};");
            Repeat(Rows, r =>
            {
                text.Line($"setp.eq.s32 %hit, %columnLabel{c}, %label{r};");
                text.Line($"setp.ne.and.s32 %hit, %at, {8 * r}, %hit;");
                text.Line($"@%hit add.rn.f32 {Dots.At(r, n, c)}, {Dots.At(r, n, c)}, %columnByEqual{c};");
            });
        });
    });

    /// <summary>The weights where rows and columns are the same, each a query.</summary>
    public static void WeighByBoth(PtxWriter text, string scale, string columns) =>
        EachPairByColumn(text, columns, [ColumnStatistic.Maximum, ColumnStatistic.BySum], (r, n, c) =>
    {
        text.Line($"sub.rn.f32 %other, {Dots.At(r, n, c)}, %columnMaximum{c};");
        text.Line($"sub.rn.f32 %e, {Dots.At(r, n, c)}, %maximum{r};");
        text.Line($"mul.rn.f32 %other, %other, {scale};");
        text.Line($"mul.rn.f32 %e, %e, {scale};");
        Exponential(text, "%other");
        Exponential(text, "%e");
        text.Line($"mul.rn.f32 %e, %e, %bySum{r};");
        text.Line($"fma.rn.f32 {Dots.At(r, n, c)}, %other, %columnBySum{c}, %e;");
    });

    /// <summary>The same relative to one maximum.</summary>
    public static void WeighByBothCommon(PtxWriter text, string scale, string columns, string maximum) =>
        EachPairByColumn(text, columns, [ColumnStatistic.BySum], (r, n, c) =>
    {
        text.Line($"sub.rn.f32 %e, {Dots.At(r, n, c)}, {maximum};");
        text.Line($"mul.rn.f32 %e, %e, {scale};");
        Exponential(text, "%e");
        text.Line($"add.rn.f32 %other, %bySum{r}, %columnBySum{c};");
        text.Line($"mul.rn.f32 {Dots.At(r, n, c)}, %e, %other;");
    });

    private static void WeighTilted(PtxWriter text, string dot, string scale, string tiltedScale, string maximum, string bySum, string byTilted)
    {
        text.Line($"sub.rn.f32 %e, {dot}, {maximum};");
        text.Line($"mul.rn.f32 %other, %e, {tiltedScale};");
        text.Line($"mul.rn.f32 %e, %e, {scale};");
        Exponential(text, "%e");
        Exponential(text, "%other");
        text.Line($"mul.rn.f32 %e, %e, {bySum};");
        text.Line($"fma.rn.f32 {dot}, %other, {byTilted}, %e;");
    }

    /// <summary>Each row of a lane, with its maximum and factor, which its own lane brings back, in %maximum0 and %bySum0.</summary>
    private static void EachRow(PtxWriter text, string own, Action<int> body)
    {
        TakeOwnFactors(text, own);
        Repeat(Rows, r =>
        {
            FactorsFromLane(text, 0, r);
            body(r);
        });
    }

    /// <summary>Each pair of a lane, with these statistics of its column in registers.</summary>
    private static void EachPairByColumn(PtxWriter text, string columns, ColumnStatistic[] statistics, Action<int, int, int> body) => Repeat(Dots.Groups, n =>
    {
        foreach (ColumnStatistic statistic in statistics) LoadColumns(text, statistic, columns, n);
        Repeat(2, c => Repeat(Rows, r => body(r, n, c)));
    });
}
