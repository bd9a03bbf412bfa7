using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

// Which pairs count, and what is kept of those that do not.
internal static partial class PairText
{
    /// <summary>The dot product of row and column of one number is the row's positive.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="row">The lane's first row.</param>
    /// <param name="column">Its first column, in rows of the positives.</param>
    /// <param name="lane">The lane's place among the four of its rows.</param>
    public static void TakeDiagonal(PtxWriter text, string row, string column, string lane)
    {
        ClearPositiveDots(text);
        EachColumn(text, (n, c) =>
        {
            text.Line($"add.s32 %at, {column}, {(8 * n) + c};");
            text.Line($"sub.s32 %at, %at, {row};");
            Repeat(Rows, r =>
            {
                text.Line($"setp.eq.s32 %hit, %at, {8 * r};");
                text.Line($"@%hit mov.f32 %positiveDot{r}, {Dots.At(r, n, c)};");
            });
        });
        KeepPositiveDots(text, lane);
    }

    /// <summary>
    /// Masks a row's positive, whose dot product is kept, its ignored key and what lies beyond the last column; most tiles have none of them.
    /// </summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="laneColumn">The lane's first column.</param>
    /// <param name="tileColumn">The tile's.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="lane">The lane's place among the four of its rows.</param>
    public static void MaskByRow(PtxWriter text, string laneColumn, string tileColumn, string columns, string lane) => text.Scope(() =>
    {
        text.Registers(".pred", "%any");
        text.Registers(".b32", "%distance");
        text.Line($"add.s32 %at, {tileColumn}, {PairSweep.TileColumns};");
        text.Line($"setp.gt.s32 %hit, %at, {columns};");
        foreach (string key in (string[])["%lanePositiveKey", "%laneIgnoredKey"])
        {
            text.Line($"sub.s32 %distance, {key}, {tileColumn};");
            text.Line($"setp.lt.or.u32 %hit, %distance, {PairSweep.TileColumns}, %hit;");
        }

        UnlessNone(text, () =>
        {
            ClearPositiveDots(text);
            Repeat(Rows, r =>
            {
                FromLane(text, $"%positiveKey{r}", "%lanePositiveKey", r);
                FromLane(text, $"%ignoredKey{r}", "%laneIgnoredKey", r);
            });
            EachColumn(text, (n, c) =>
            {
                text.Line($"add.s32 %at, {laneColumn}, {(8 * n) + c};");
                text.Line($"setp.ge.s32 %beyond, %at, {columns};");
                Repeat(Rows, r =>
                {
                    text.Line($"setp.eq.s32 %hit, %at, %positiveKey{r};");
                    text.Line($"@%hit mov.f32 %positiveDot{r}, {Dots.At(r, n, c)};");
                    text.Line($"setp.eq.or.s32 %hit, %at, %ignoredKey{r}, %hit;");
                    text.Line("or.pred %hit, %hit, %beyond;");
                    Mask(text, r, n, c);
                });
            });
            KeepPositiveDots(text, lane);
        });
    });

    /// <summary>Masks the pairs whose row is the column's positive or ignored.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="laneRow">The lane's first row.</param>
    /// <param name="warpRow">The warp's.</param>
    /// <param name="columns">Shared address of the positives of the lane's first pair of columns.</param>
    public static void MaskByColumn(PtxWriter text, string laneRow, string warpRow, string columns) => text.Scope(() =>
    {
        ColumnStatistic[] keys = [ColumnStatistic.Positive, ColumnStatistic.Ignored];
        text.Registers(".pred", "%any");
        text.Registers(".b32", "%distance");
        text.Line("setp.ne.s32 %hit, 0, 0;");
        Repeat(Dots.Groups, n =>
        {
            foreach (ColumnStatistic key in keys) LoadColumns(text, key, columns, n, addressed: ColumnStatistic.Positive);
            Repeat(2, c =>
            {
                foreach (ColumnStatistic key in keys)
                {
                    text.Line($"sub.s32 %distance, %column{key}{c}, {warpRow};");
                    text.Line($"setp.lt.or.u32 %hit, %distance, {PairSweep.WarpRows}, %hit;");
                }
            });
        });
        UnlessNone(text, () => Repeat(Dots.Groups, n =>
        {
            foreach (ColumnStatistic key in keys) LoadColumns(text, key, columns, n, addressed: ColumnStatistic.Positive);
            Repeat(2, c =>
            {
                foreach (ColumnStatistic key in keys) text.Line($"sub.s32 %column{key}{c}, %column{key}{c}, {laneRow};");
                Repeat(Rows, r =>
                {
                    text.Line($"setp.eq.s32 %hit, %columnPositive{c}, {8 * r};");
                    text.Line($"setp.eq.or.s32 %hit, %columnIgnored{c}, {8 * r}, %hit;");
                    Mask(text, r, n, c);
                });
            });
        }));
    });

    /// <summary>Masks keys of the row's label and counts them; arguments as for <see cref="EachEqualLabel"/>.</summary>
    public static void MaskEqualLabels(PtxWriter text, string columns, string laneColumn, string count) =>
        EachEqualLabel(text, columns, laneColumn, count, (r, n, c) =>
    {
        Mask(text, r, n, c);
        text.Line($"@%hit add.s32 %equalCount{r}, %equalCount{r}, 1;");
    });

    /// <summary>Adds up the dot products of keys of the row's label, but of the ignored; arguments as for <see cref="EachEqualLabel"/>.</summary>
    public static void AddEqualLabels(PtxWriter text, string columns, string laneColumn, string count) =>
        EachEqualLabel(text, columns, laneColumn, count, (r, n, c) =>
    {
        text.Line($"setp.ne.and.s32 %hit, %at, %ignoredKey{r}, %hit;");
        text.Line($"@%hit add.rn.f32 %equalSum{r}, %equalSum{r}, {Dots.At(r, n, c)};");
        text.Line($"@%hit add.s32 %equalCount{r}, %equalCount{r}, 1;");
    });

    /// <summary>Masks the rows of the column's label.</summary>
    public static void MaskLabelsByColumn(PtxWriter text, string columns) => Repeat(Dots.Groups, n =>
    {
        LoadColumns(text, ColumnStatistic.Label, columns, n);
        Repeat(2, c => Repeat(Rows, r =>
        {
            text.Line($"setp.eq.s32 %hit, %columnLabel{c}, %label{r};");
            Mask(text, r, n, c);
        }));
    });

    /// <summary>Sets %hit for each pair of equal labels, %at being its column.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="columns">Shared address of the labels of the lane's first pair of columns.</param>
    /// <param name="laneColumn">The lane's first column.</param>
    /// <param name="count">The number of columns.</param>
    /// <param name="body">Writes what to do with row, group and column of the lane.</param>
    private static void EachEqualLabel(PtxWriter text, string columns, string laneColumn, string count, Action<int, int, int> body) => Repeat(Dots.Groups, n =>
    {
        LoadColumns(text, ColumnStatistic.Label, columns, n, addressed: ColumnStatistic.Label);
        Repeat(2, c =>
        {
            text.Line($"add.s32 %at, {laneColumn}, {(8 * n) + c};");
            text.Line($"setp.lt.s32 %beyond, %at, {count};");
            Repeat(Rows, r =>
            {
                text.Line($"setp.eq.and.s32 %hit, %columnLabel{c}, %label{r}, %beyond;");
                body(r, n, c);
            });
        });
    });

    private static void Mask(PtxWriter text, int r, int n, int c) => text.Line($"@%hit mov.f32 {Dots.At(r, n, c)}, {Masked};");

    /// <summary>A body that the warp leaves out where no lane has set %hit.</summary>
    private static void UnlessNone(PtxWriter text, Action body)
    {
        text.Line("vote.sync.any.pred %any, %hit, 0xffffffff;");
        text.Line("@!%any bra NONE;");
        body();
        text.Line("NONE:");
        text.Line("mov.b32 %at, 0;"); // A label needs an instruction behind it.
    }

    private static void ClearPositiveDots(PtxWriter text) => Repeat(Rows, r => text.Line($"mov.f32 %positiveDot{r}, {Zero};"));

    /// <summary>Adds what one lane of a row has found to what the lane of the row keeps.</summary>
    private static void KeepPositiveDots(PtxWriter text, string lane) => Repeat(Rows, r =>
    {
        RowSum(text, $"%positiveDot{r}");
        text.Line($"setp.eq.s32 %hit, {lane}, {r};");
        text.Line($"@%hit add.rn.f32 %lanePositiveDot, %lanePositiveDot, %positiveDot{r};");
    });
}
