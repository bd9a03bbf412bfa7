using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The inline PTX of the sweeps that does not depend on the operands' format.</summary>
/// <remarks>
/// A lane has four rows (<see cref="RegisterTile"/>). Of what is known of them in between tiles, each of the four lanes of a row holds one row's: the registers
/// whose names start with <c>lane</c>. All four of them in each lane would take 16 registers for every 4.
/// </remarks>
[PtxVocabulary("pairs")]
internal static partial class PairText
{
    /// <summary>The dot products of the warp's 32 rows and the tile's columns; later their exponentials, or the pairs' weights.</summary>
    public static readonly RegisterTile Dots = new("%dot", PairSweep.TileColumns);

    /// <summary>The dot product of a pair that counts for nothing: the least float.</summary>
    private const string Masked = "0fFF7FFFFF";

    private const int Rows = RegisterTile.Rows;

    // Bytes from a lane's row to its next in an array of a number per row, and from a lane's pair of columns to its next in shared memory.
    private const int RowBytes = 8 * sizeof(float), GroupBytes = 8 * sizeof(float);

    /// <summary>The exponentials, or weights, times the columns' values: the warp's 32 rows and so many elements of the depth.</summary>
    public static RegisterTile Products(int depth) => new("%product", depth);

    /// <summary>Declares what all sweeps compute with.</summary>
    public static void Declare(PtxWriter text)
    {
        text.Registers(".f32", Dots.Count, Dots.Name);
        text.Registers(".b32", 8, "%left");
        text.Registers(".b32", 4, "%right");
        text.Registers(".f32", Rows, "%maximum");
        text.Registers(".f32", "%offset", "%rescale");
        text.Registers(".f32", Rows, "%positiveDot");
        text.Registers(
            ".f32", "%laneMaximum", "%laneRescale", "%laneTiltedRescale", "%lanePartial", "%laneSum", "%laneCompensation", "%laneTiltedSum",
            "%lanePositiveDot");
        text.Registers(".f32", Rows, "%equalSum");
        text.Registers(".b32", Rows, "%equalCount", "%positiveKey", "%ignoredKey");
        text.Registers(".b32", "%lanePositiveKey", "%laneIgnoredKey");
        text.Registers(".b32", Rows, "%label");
        text.Registers(".f32", Rows, "%bySum", "%byTilted", "%byEqual");
        text.Registers(".f32", 2, "%columnMaximum", "%columnBySum", "%columnByTilted", "%columnByEqual");
        text.Registers(".b32", 2, "%columnLabel", "%columnPositive", "%columnIgnored");
        text.Registers(".f32", "%tileMaximum", "%other", "%e", "%partial", "%sum");
        text.Registers(".b32", "%at");
        text.Registers(".pred", "%hit", "%updated", "%beyond");
    }

    /// <summary>Declares the products and sets them to 0.</summary>
    public static void DeclareProducts(PtxWriter text, int depth)
    {
        text.Registers(".f32", Products(depth).Count, Products(depth).Name);
        Clear(text, Products(depth));
    }

    public static void ClearDots(PtxWriter text) => Clear(text, Dots);

    /// <summary>What a sweep starts from: no positive, no maximum, sums of 0.</summary>
    public static void ClearRows(PtxWriter text)
    {
        text.Line("mov.b32 %lanePositiveKey, -1;");
        text.Line("mov.b32 %laneIgnoredKey, -1;");
        text.Line($"mov.f32 %laneMaximum, {Masked};");
        foreach (string sum in (string[])["%laneSum", "%laneCompensation", "%laneTiltedSum", "%lanePositiveDot"]) text.Line($"mov.f32 {sum}, {Zero};");
        Repeat(Rows, r =>
        {
            text.Line($"mov.f32 %equalSum{r}, {Zero};");
            text.Line($"mov.b32 %equalCount{r}, 0;");
        });
    }

    /// <summary>Loads the positive key of the lane's one row.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="address">Where that key is.</param>
    /// <param name="row">The row.</param>
    /// <param name="rows">The number of rows.</param>
    public static void LoadPositiveKey(PtxWriter text, string address, string row, string rows) => LoadKey(text, "%lanePositiveKey", address, row, rows);

    /// <summary>The same of the ignored key.</summary>
    public static void LoadIgnoredKey(PtxWriter text, string address, string row, string rows) => LoadKey(text, "%laneIgnoredKey", address, row, rows);

    /// <summary>The lane of the warp, by a register of its own: another value to the assembler than the thread's number modulo 32.</summary>
    public static void ReadLane(PtxWriter text, string target) => text.Line($"mov.u32 {target}, %laneid;");

    /// <summary>Puts the lane's positive and ignored key into shared memory.</summary>
    public static void KeepKeys(PtxWriter text, string own) => text.Line($"st.shared.v2.b32 [{own}], {{%lanePositiveKey, %laneIgnoredKey}};");

    /// <summary>Brings them back.</summary>
    public static void TakeKeys(PtxWriter text, string own) => text.Line($"ld.shared.v2.b32 {{%lanePositiveKey, %laneIgnoredKey}}, [{own}];");

    /// <summary>Puts the lane's positive dot product and its greatest one into shared memory.</summary>
    public static void KeepMaximum(PtxWriter text, string own) => text.Line($"st.shared.v2.f32 [{own}+{PairStage.SecondOwn}], {{%lanePositiveDot, %laneMaximum}};");

    /// <summary>Brings them back.</summary>
    public static void TakeMaximum(PtxWriter text, string own) => text.Line($"ld.shared.v2.f32 {{%lanePositiveDot, %laneMaximum}}, [{own}+{PairStage.SecondOwn}];");

    /// <summary>Puts the lane's sum and its compensation into shared memory.</summary>
    public static void KeepSums(PtxWriter text, string own) => text.Line($"st.shared.v2.f32 [{own}+{PairStage.ThirdOwn}], {{%laneSum, %laneCompensation}};");

    /// <summary>Brings them back.</summary>
    public static void TakeSums(PtxWriter text, string own) => text.Line($"ld.shared.v2.f32 {{%laneSum, %laneCompensation}}, [{own}+{PairStage.ThirdOwn}];");

    /// <summary>Puts maximum and factor of the lane's own row into shared memory; a maximum that the sweep does not use has no address.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="own">Where they go.</param>
    /// <param name="maximum">Where the maximum is, or 0.</param>
    /// <param name="bySum">Where the factor is.</param>
    /// <param name="row">The row.</param>
    /// <param name="rows">The number of rows; beyond the last both are 0.</param>
    public static void KeepFactors(PtxWriter text, string own, string maximum, string bySum, string row, string rows)
    {
        text.Line($"mov.f32 %laneMaximum, {Zero};");
        text.Line($"mov.f32 %laneSum, {Zero};");
        text.Line($"setp.lt.s32 %hit, {row}, {rows};");
        text.Line($"setp.ne.and.s64 %updated, {maximum}, 0, %hit;");
        text.Line($"@%updated ld.global.f32 %laneMaximum, [{maximum}];");
        text.Line($"@%hit ld.global.f32 %laneSum, [{bySum}];");
        text.Line($"st.shared.v2.f32 [{own}+{PairStage.SecondOwn}], {{%laneMaximum, %laneSum}};");
    }

    /// <summary>Brings maxima and factors of all four rows to each lane.</summary>
    public static void TakeFactors(PtxWriter text, string own)
    {
        TakeOwnFactors(text, own);
        Repeat(Rows, r => FactorsFromLane(text, r, r));
    }

    /// <summary>Brings all four rows' ignored keys to each lane.</summary>
    public static void SpreadIgnoredKeys(PtxWriter text) => Repeat(Rows, r => FromLane(text, $"%ignoredKey{r}", "%laneIgnoredKey", r));

    /// <summary>Loads what is known of each of the lane's rows; beyond the last row it is 0.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="statistic">What.</param>
    /// <param name="address">Where that of the lane's first row is.</param>
    /// <param name="row">That row.</param>
    /// <param name="rows">The number of rows.</param>
    public static void LoadRows(PtxWriter text, ColumnStatistic statistic, string address, string row, string rows) => Repeat(Rows, r =>
    {
        (string register, string type, string zero) = statistic switch
        {
            ColumnStatistic.ByTilted => ("%byTilted", "f32", Zero),
            ColumnStatistic.ByEqual => ("%byEqual", "f32", Zero),
            ColumnStatistic.Label => ("%label", "b32", "0"),
            _ => throw new ArgumentOutOfRangeException(nameof(statistic)),
        };
        text.Line($"add.s32 %at, {row}, {8 * r};");
        text.Line($"setp.lt.s32 %hit, %at, {rows};");
        text.Line($"mov.{type} {register}{r}, {zero};");
        text.Line($"@%hit ld.global.{type} {register}{r}, [{address}+{RowBytes * r}];");
    });

    /// <summary>Stores the products of the lane's row r.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="depth">Elements of the depth that the products have.</param>
    /// <param name="r">The row.</param>
    /// <param name="address">Where the lane's first pair of the row's products goes.</param>
    public static void StoreProducts(PtxWriter text, int depth, int r, string address) => Repeat(
        Products(depth).Groups, n => text.Line($"st.global.v2.f32 [{address}+{GroupBytes * n}], {Products(depth).Pair(r, n)};"));

    private static void Clear(PtxWriter text, RegisterTile tile) => Repeat(tile.Count, i => text.Line($"mov.f32 {tile.Name}{i}, {Zero};"));

    private static void LoadKey(PtxWriter text, string key, string address, string row, string rows)
    {
        text.Line($"setp.lt.s32 %hit, {row}, {rows};");
        text.Line($"@%hit ld.global.b32 {key}, [{address}];");
    }

    /// <summary>Brings what the lane of row r holds to all four lanes of the rows.</summary>
    private static void FromLane(PtxWriter text, string target, string source, int r) =>
        text.Line($"shfl.sync.idx.b32 {target}, {source}, {r}, 0x1c1f, 0xffffffff;");

    private static void TakeOwnFactors(PtxWriter text, string own) => text.Line($"ld.shared.v2.f32 {{%laneMaximum, %laneSum}}, [{own}+{PairStage.SecondOwn}];");

    private static void FactorsFromLane(PtxWriter text, int target, int r)
    {
        FromLane(text, $"%maximum{target}", "%laneMaximum", r);
        FromLane(text, $"%bySum{target}", "%laneSum", r);
    }

    /// <summary>Leaves in all four lanes of a row what an instruction makes of their numbers.</summary>
    private static void Reduce(PtxWriter text, string instruction, string number, string other = "%other")
    {
        foreach (int distance in (int[])[1, 2])
        {
            text.Line($"shfl.sync.bfly.b32 {other}, {number}, {distance}, 31, 0xffffffff;");
            text.Line($"{instruction} {number}, {number}, {other};");
        }
    }

    private static void RowSum(PtxWriter text, string number) => Reduce(text, "add.rn.f32", number);

    /// <summary>Each pair of a lane: group by group, column by column, row by row.</summary>
    private static void EachColumn(PtxWriter text, Action<int, int> body) => Repeat(Dots.Groups, n => Repeat(2, c => body(n, c)));

    /// <summary>Loads a statistic of the lane's two columns of a group.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="statistic">Which.</param>
    /// <param name="columns">Shared address of a statistic of the lane's first pair of columns.</param>
    /// <param name="n">The group.</param>
    /// <param name="addressed">Which statistic that address is of.</param>
    private static void LoadColumns(PtxWriter text, ColumnStatistic statistic, string columns, int n, ColumnStatistic addressed = ColumnStatistic.Maximum)
    {
        string type = statistic >= ColumnStatistic.Label ? "b32" : "f32";
        int offset = ((statistic - addressed) * PairStage.StatisticBytes) + (GroupBytes * n);
        text.Line($"ld.shared.v2.{type} {Run($"%column{statistic}", 0, 2)}, [{columns}+{offset}];");
    }

    private static void Exponential(PtxWriter text, string number) => text.Line($"ex2.approx.ftz.f32 {number}, {number};");
}
