using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// A warp's 64 x 64 tile on the float32 units: lane l = 8u + v has rows v + 8i and columns 4u + 16j + e, the sum of (i, j, e) in %acc(16i + 4j + e).
/// Neighbouring lanes have neighbouring rows, so that a scalar of a strided panel is 8 words in a row and a chunk of a contiguous one is in 8 rows.
/// </summary>
[PtxVocabulary("blocks")]
internal static class BlockText
{
    private const int Rows = 8, Columns = 16, Depth = 4;

    /// <summary>Adds the products of one chunk of four places of the depth; the chunk's number is a register.</summary>
    public static void Multiply(PtxWriter text, PanelDepth leftDepth, PanelDepth rightDepth, string left, string right, string chunk) => text.Scope(() =>
    {
        bool contiguous = leftDepth == PanelDepth.Contiguous;
        text.Registers(".b32", "%left, %right, %turn, %row, %at, %bt<4>");
        text.Registers(".f32", "%a<32>, %b<4>");
        text.Line($"add.u32 %left, %panels, {left};");
        text.Line($"add.u32 %right, %panels, {right};");
        text.Line($"shl.b32 %turn, {chunk}, 4;");
        text.Line($"shl.b32 %row, {chunk}, 10;");
        text.Line(contiguous ? "xor.b32 %at, %left, %turn;" : "add.u32 %at, %left, %row;");
        Repeat(Rows, i =>
        {
            int a = Depth * i;
            if (contiguous) text.Line($"ld.shared.v4.f32 {Run("%a", a, Depth)}, [%at+{i * 1024}];");
            else Repeat(Depth, k => text.Line($"ld.shared.f32 %a{a + k}, [%at+{(k * 256) + ((i ^ k) << 5)}];"));
        });
        if (rightDepth == PanelDepth.Contiguous) MultiplyContiguous(text);
        else MultiplyStrided(text);
    });

    /// <summary>Writes the sums as <see cref="FragmentText.Stage"/> does.</summary>
    public static void Stage(PtxWriter text, string area) => text.Scope(() =>
    {
        text.Registers(".b32", "%area, %at");
        text.Line($"add.u32 %area, %panels, {area};");
        Repeat(4, j =>
        {
            text.Line($"xor.b32 %at, %area, {j << 6};");
            Repeat(Rows, i => text.Line($"st.shared.v4.f32 [%at+{i * 2048}], {Run("%acc", (Columns * i) + (4 * j), 4)};"));
        });
    });

    private static void MultiplyContiguous(PtxWriter text)
    {
        text.Line("xor.b32 %bt0, %right, %turn;");
        for (int e = 1; e < 4; e++) text.Line($"xor.b32 %bt{e}, %bt0, {e << 4};");
        Repeat(Columns, column =>
        {
            int j = column / 4, e = column % 4;
            text.Line($"ld.shared.v4.f32 {Run("%b", 0, Depth)}, [%bt{e}+{(e * 128) + (j * 2048)}];");
            Repeat(Depth, k => Repeat(Rows, i => Add(text, i, column, (Depth * i) + k, k)));
        });
    }

    private static void MultiplyStrided(PtxWriter text)
    {
        text.Line("add.u32 %bt0, %right, %row;");
        text.Line("xor.b32 %bt1, %bt0, 32;");
        Repeat(Depth, k => Repeat(4, j =>
        {
            text.Line($"ld.shared.v4.f32 {Run("%b", 0, 4)}, [%bt{k % 2}+{(k * 256) + ((j ^ (k / 2)) << 6)}];");
            Repeat(4, e => Repeat(Rows, i => Add(text, i, (4 * j) + e, (Depth * i) + k, e)));
        }));
    }

    private static void Add(PtxWriter text, int row, int column, int a, int b)
    {
        int c = (Columns * row) + column;
        text.Line($"fma.rn.f32 %acc{c}, %a{a}, %b{b}, %acc{c};");
    }
}
