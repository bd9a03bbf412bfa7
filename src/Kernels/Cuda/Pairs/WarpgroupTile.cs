using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// bfloat16 operands on the tensor cores of compute capability 9.0: four warps with 128 rows, two products of 64 rows each. A lane's rows and columns are
/// those of <see cref="BFloat16Tile"/>, because the tile of rows lies in shared memory as the products take it: of each warp's 32 rows the upper 16 are
/// in the first panel, the lower 16 in the second.
/// </summary>
/// <remarks>
/// Panels are 64 rows of 128 bytes, whose chunk c of row r is at place c xor (r mod 8). Of the rows, two for each 64 elements of the depth; of a stage, one for
/// each. A stage is read twice: as columns with the depth contiguous, and as values with the depth's elements contiguous and the columns as depth.
/// </remarks>
[PtxVocabulary("pairgroups")]
internal readonly struct WarpgroupTile : IPairTile
{
    /// <summary>The threads of a block, which is one warpgroup.</summary>
    public const int Threads = 128;

    private const int Steps = 4; // of 16 elements: half a stage's depth, or the columns of a tile

    public static int ElementBytes => 2;

    public static int StageStride => PairSweep.SlabDepth * ElementBytes;

    public static int RowPadding => 0;

    public static bool Warpgroups => true;

    public static bool BringsInBulk => false;

    /// <summary>Where 16 bytes of a row of the block's tile go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlaceOfRow(int row, int inRow)
    {
        int panel = (inRow >> 7 << 1) + ((row >> 4) & 1), panelRow = (row >> 5 << 4) | (row & 15);
        return (panel * PanelText.Bytes) + PlaceInPanel(panelRow, inRow);
    }

    /// <summary>Where 16 bytes of a column of a stage go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlaceOfColumn(int column, int inColumn) => ((inColumn >> 7) * PanelText.Bytes) + PlaceInPanel(column, inColumn);

    public static void AddDots(int upper, int lower, int columns) => CudaAsm.Emit(".expand pairgroups AddDots 1 %0 %1;", upper, columns);

    public static int ValuesOffset(int lane) => 0;

    public static void MultiplyValues(int values, int depth)
    {
        if (depth == PairSweep.SlabDepth) CudaAsm.Emit(".expand pairgroups MultiplyValues 128 %0;", values);
        else CudaAsm.Emit(".expand pairgroups MultiplyValues 64 %0;", values);
    }

    /// <summary>
    /// Adds the products of so many panels of columns and twice as many of rows, 64 elements of the depth each, to the dot products, and waits for them: with a
    /// loop or anything else between start and wait the assembler makes each product wait for the last.
    /// </summary>
    public static void AddDots(PtxWriter text, int panels, string rows, string columns) => text.Scope(() =>
    {
        text.Registers(".b64", "%rows, %columns, %a, %b");
        WarpgroupText.Describe(text, PanelDepth.Contiguous, "%rows", rows);
        WarpgroupText.Describe(text, PanelDepth.Contiguous, "%columns", columns);
        text.Line("wgmma.fence.sync.aligned;");
        Repeat(panels, panel => Repeat(Steps, k => Repeat(MatrixText.Halves, h =>
        {
            int step = WarpgroupText.StepOf(PanelDepth.Contiguous, k);
            text.Line($"add.s64 %a, %rows, {step + (((MatrixText.Halves * panel) + h) * PanelText.Bytes / 16)};");
            text.Line($"add.s64 %b, %columns, {step + (panel * PanelText.Bytes / 16)};");
            text.MultiplyGroup(PairSweep.TileColumns, Half(PairText.Dots, h), "%a", "%b", "0, 0");
        })));
        text.Line("wgmma.commit_group.sync.aligned;");
        WarpgroupText.Wait(text, butTheLast: 0);
    });

    /// <summary>The text of <see cref="MultiplyValues(int, int)"/>. The weights of 16 columns are a left operand as they lie, as in <see cref="BFloat16Tile"/>.</summary>
    public static void MultiplyValues(PtxWriter text, int depth, string values) => text.Scope(() =>
    {
        text.Registers(".b64", "%values, %b");
        text.Registers(".b32", 8 * Steps, "%weight");
        WarpgroupText.Describe(text, PanelDepth.Strided, "%values", values);
        Repeat(Steps, k => Repeat(MatrixText.Halves, h => Repeat(4, i =>
        {
            int row = (2 * h) + (i & 1), group = (2 * k) + (i / 2);
            text.Line($"cvt.rn.bf16x2.f32 %weight{Weight(k, h) + i}, {PairText.Dots.At(row, group, 1)}, {PairText.Dots.At(row, group, 0)};");
        })));
        text.Line("wgmma.fence.sync.aligned;");
        Repeat(Steps, k =>
        {
            text.Line($"add.s64 %b, %values, {WarpgroupText.StepOf(PanelDepth.Strided, k)};");
            Repeat(MatrixText.Halves, h => text.MultiplyGroup(depth, Half(PairText.Products(depth), h), Run("%weight", Weight(k, h), 4), "%b", "1"));
        });
        text.Line("wgmma.commit_group.sync.aligned;");
        WarpgroupText.Wait(text, butTheLast: 0);
    });

    private static int Weight(int k, int h) => 4 * ((MatrixText.Halves * k) + h);

    /// <summary>The registers of one half of a lane's rows.</summary>
    private static string Half(RegisterTile tile, int h) => Run(tile.Name, h * tile.Count / 2, tile.Count / 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceInPanel(int row, int inRow) => (row << 7) + ((((inRow >> 4) ^ row) & 7) << 4);
}
