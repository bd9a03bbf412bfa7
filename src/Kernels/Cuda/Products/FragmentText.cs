using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// A warp's 64 x 64 tile on tensor cores: 4 x 8 fragments of 16 x 8, sums of fragment (i, j) in %acc from 4·(8i + j). Lane l = 4g + t holds of each
/// rows g and g + 8 and columns 2t and 2t + 1 (PTX ISA, matrix fragments of mma.m16n8k16 and m16n8k8).
/// </summary>
[PtxVocabulary("fragments")]
internal static class FragmentText
{
    private const int Down = 4, Across = 8, Steps = 4;

    /// <summary>
    /// Adds all products of two panels. The operands are the bytes of the panels from %panels, plus the lane's offset for the layout (<see cref="Fragments"/>).
    /// </summary>
    public static void Multiply(PtxWriter text, MatrixShape shape, PanelDepth leftDepth, PanelDepth rightDepth, string left, string right) => text.Scope(() =>
    {
        text.Registers(".b32", "%left, %right");
        text.Line($"add.u32 %left, %panels, {left};");
        text.Line($"add.u32 %right, %panels, {right};");
        Repeat(Steps, step => text.Scope(() =>
        {
            text.Registers(".b32", "%at<8>, %a<16>, %b<16>");
            Load(text, shape, leftDepth, "%left", "%a", step);
            Load(text, shape, rightDepth, "%right", "%b", step);
            if (shape == MatrixShape.TensorFloat32)
            {
                Repeat(16, i =>
                {
                    text.Line($"cvt.rna.tf32.f32 %a{i}, %a{i};");
                    text.Line($"cvt.rna.tf32.f32 %b{i}, %b{i};");
                });
            }

            Repeat(Down, i => Repeat(Across, j => text.MultiplyAdd(shape, Sums(i, j, 0, 4), Run("%a", 4 * i, 4), Run("%b", 2 * j, 2))));
        }));
    });

    /// <summary>
    /// Writes the sums as float32 rows of 256 bytes; the 16-byte chunk of a row stands at its number xor <see cref="TileRows.Turn"/>. The operand is
    /// the byte of the warp's area from %panels, plus <see cref="Fragments.StageOffset"/>.
    /// </summary>
    public static void Stage(PtxWriter text, string area) => text.Scope(() =>
    {
        text.Registers(".b32", "%area, %at");
        text.Line($"add.u32 %area, %panels, {area};");
        Repeat(Across, j =>
        {
            text.Line($"xor.b32 %at, %area, {j << 5};");
            Repeat(Down, i => Repeat(2, half =>
                text.Line($"st.shared.v2.f32 [%at+{((16 * i) + (8 * half)) * 256}], {Sums(i, j, 2 * half, 2)};")));
        });
    });

    private static string Sums(int i, int j, int first, int count) => Run("%acc", (4 * ((Across * i) + j)) + first, count);

    /// <summary>
    /// Sixteen registers of one side at one step: <c>ldmatrix</c> where a matrix of 8 rows of 16 bytes is what lanes hold, as it is or transposed;
    /// words where tf32 would have to be transposed.
    /// </summary>
    private static void Load(PtxWriter text, MatrixShape shape, PanelDepth depth, string panel, string register, int step)
    {
        // The swizzle is an exclusive or within bits 4 to 6, and what moves along a row of 128 bytes must go through it; rows are added.
        bool contiguous = depth == PanelDepth.Contiguous;
        if (!contiguous && shape == MatrixShape.TensorFloat32)
        {
            LoadWords(text, panel, register, step);
            return;
        }

        if (contiguous) text.Line($"xor.b32 %at0, {panel}, {step << 5};");
        Repeat(4, i =>
        {
            if (!contiguous) text.Line($"xor.b32 %at{i}, {panel}, {i << 5};");
            text.LoadMatrices(Run(register, 4 * i, 4), contiguous ? $"%at0+{i * 2048}" : $"%at{i}+{step * 2048}", transposed: !contiguous);
        });
    }

    private static void LoadWords(PtxWriter text, string panel, string register, int step)
    {
        Repeat(4, i => text.Line($"xor.b32 %at{i}, {panel}, {i << 5};"));
        for (int block = 0; block < 8; block++) // of eight elements of the side
        {
            for (int half = 0; half < 2; half++) // of the step's depth
            {
                // The left side's registers are (rows g, g + 8) x (depth t, t + 4), the right side's (depth t, t + 4) x (columns g, g + 8).
                int r = register == "%a" ? (4 * (block / 2)) + (block % 2) + (2 * half) : (2 * block) + half;
                text.Line($"ld.shared.b32 {register}{r}, [%at{block % 4}+{(block / 4 * 128) + (step * 2048) + (half * 1024)}];");
            }
        }
    }
}
