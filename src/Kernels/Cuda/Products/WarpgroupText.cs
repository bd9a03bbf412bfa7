using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// A warpgroup's tiles on the tensor cores of compute capability 9.0, which read panels from shared memory by themselves: down x across panels of 64,
/// one product of 64 x 64·across for each panel down. Its sums start in %acc at 32·across times the panel: warp w of four has rows 16w to 16w + 15; lane
/// 4g + t has in register i row g + 8·(i/2 mod 2) and column 8·(i/4) + 2t + i mod 2 (PTX ISA, fragment D of wgmma.m64nNk16).
/// </summary>
[PtxVocabulary("warpgroups")]
internal static class WarpgroupText
{
    private const int Steps = 4, SumsPerPanel = 32;

    // Descriptors count in 16 bytes. Swizzled over 128 bytes (1 in bits 62 and 63), eight rows after eight (64 from bit 32). Where the depth is contiguous
    // panels follow as more rows; where it is strided they are a panel's bytes apart (512 from bit 16), else that field means nothing.
    private const ulong Contiguous = 0x4000_0040_0001_0000, Strided = 0x4000_0040_0200_0000;

    /// <summary>
    /// Starts all products of a step of the depth, which read the panels until <see cref="Wait"/>. The operands are the bytes of the first left and the
    /// first right panel from %panels, the same for all threads of the group.
    /// </summary>
    public static void Multiply(
        PtxWriter text, PanelDepth leftDepth, PanelDepth rightDepth, int down, int across, string left, string right) => text.Scope(() =>
    {
        text.Registers(".b64", "%left, %right, %a, %b");
        text.Registers(".b32", "%from");
        text.Line($"add.u32 %from, %panels, {left};");
        Describe(text, leftDepth, "%left", "%from");
        text.Line($"add.u32 %from, %panels, {right};");
        Describe(text, rightDepth, "%right", "%from");
        text.Line("wgmma.fence.sync.aligned;");
        Repeat(Steps, step => Repeat(down, i =>
        {
            text.Line($"add.s64 %a, %left, {StepOf(leftDepth, step) + (i * PanelText.Bytes / 16)};");
            text.Line($"add.s64 %b, %right, {StepOf(rightDepth, step)};");
            text.MultiplyGroup(
                PanelText.Side * across, Run("%acc", i * across * SumsPerPanel, across * SumsPerPanel), "%a", "%b",
                $"{(leftDepth == PanelDepth.Strided ? 1 : 0)}, {(rightDepth == PanelDepth.Strided ? 1 : 0)}");
        }));
        text.Line("wgmma.commit_group.sync.aligned;");
    });

    /// <summary>
    /// The same of so many panels down and one across, as one product whose rows are the right panel's 64 and whose columns are those of all left ones: it
    /// reads shared memory less than a product for each. The sums are turned: rows of the tile are columns of the fragment.
    /// </summary>
    public static void MultiplyTurned(PtxWriter text, PanelDepth leftDepth, PanelDepth rightDepth, int down, string left, string right) =>
        Multiply(text, rightDepth, leftDepth, down: 1, across: down, right, left);

    /// <summary>
    /// Waits for the products of all steps, or all but the last: the sums of all are in the registers, and the panels may be written over once all warps have
    /// waited.
    /// </summary>
    public static void Wait(PtxWriter text, int butTheLast) => text.Line($"wgmma.wait_group.sync.aligned {butTheLast};");

    /// <summary>Makes what this thread has copied visible to products that start behind the next barrier: they read past the ordinary way to memory.</summary>
    public static void Publish(PtxWriter text) => text.Line("fence.proxy.async.shared::cta;");

    /// <summary>
    /// Writes the sums where <see cref="FragmentText.Stage"/> writes those of its warps. The operand is the byte of the lane's first sum from %panels; the
    /// tiles of a row of panels are so many apart as the block has panels down.
    /// </summary>
    public static void Stage(PtxWriter text, int down, int across, string area, string tilesDown) => text.Scope(() =>
    {
        text.Registers(".b32", "%area, %column, %at");
        text.Line($"add.u32 %area, %panels, {area};");
        text.Line($"mul.lo.u32 %column, {tilesDown}, {PanelText.TileBytes};");
        Repeat(across, j =>
        {
            Repeat(8, n =>
            {
                text.Line($"xor.b32 %at, %area, {n << 5};");
                Repeat(down, i => Repeat(2, half =>
                {
                    int sum = (i * across * SumsPerPanel) + (SumsPerPanel * j) + (4 * n) + (2 * half);
                    text.Line($"st.shared.v2.f32 [%at+{(i * PanelText.TileBytes) + (half * 8 * 256)}], {Run("%acc", sum, 2)};");
                }));
            });
            text.Line("add.u32 %area, %area, %column;");
        });
    });

    /// <summary>
    /// Writes turned sums to the same places. The operand is the byte of the lane's first sum from %panels, <see cref="Fragments.TurnedStageOffset"/>.
    /// </summary>
    public static void StageTurned(PtxWriter text, int down, string area) => text.Scope(() =>
    {
        text.Registers(".b32", "%at<2>");
        text.Line($"add.u32 %at0, %panels, {area};");
        text.Line("xor.b32 %at1, %at0, 32;");
        Repeat(8 * down, n => Repeat(2, half => Repeat(2, row =>
            text.Line($"st.shared.f32 [%at{half ^ row}+{(n * 8 * 256) + (row * 256)}], %acc{(4 * n) + (2 * half) + row};"))));
    });

    /// <summary>The descriptor of the panels from a shared address on.</summary>
    public static void Describe(PtxWriter text, PanelDepth depth, string descriptor, string address)
    {
        text.Registers(".b32", descriptor + "At");
        text.Line($"shr.u32 {descriptor}At, {address}, 4;");
        text.Line($"cvt.u64.u32 {descriptor}, {descriptor}At;");
        text.Line($"add.s64 {descriptor}, {descriptor}, {(depth == PanelDepth.Contiguous ? Contiguous : Strided)};");
    }

    /// <summary>16 places of the depth: 32 bytes of every row, or 16 rows of 128 bytes.</summary>
    public static int StepOf(PanelDepth depth, int step) => step * (depth == PanelDepth.Contiguous ? 2 : 128);
}
