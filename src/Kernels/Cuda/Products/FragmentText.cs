using System.Text;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// A warp's 64 x 64 tile on tensor cores: 4 x 8 fragments of 16 x 8, sums of fragment (i, j) in %acc from 4·(8i + j). Lane l = 4g + t holds of each
/// rows g and g + 8 and columns 2t and 2t + 1 (PTX ISA, matrix fragments of mma.m16n8k16 and m16n8k8).
/// </summary>
internal static class FragmentText
{
    private const int Down = 4, Across = 8, Steps = 4;

    /// <summary>All products of two panels. The operands are the bytes of the panels from %panels, plus the lane's offset for the layout (<see cref="Fragments"/>).</summary>
    public static void AppendMultiply(StringBuilder text, bool bfloat16, bool leftContiguous, bool rightContiguous, string left, string right)
    {
        text.Append($"{{\n.reg .b32 %left, %right;\nadd.u32 %left, %panels, {left};\nadd.u32 %right, %panels, {right};\n");
        for (int step = 0; step < Steps; step++)
        {
            text.Append("{\n.reg .b32 %at<8>, %a<16>, %b<16>;\n");
            AppendLoads(text, bfloat16, leftContiguous, "%left", "%a", step);
            AppendLoads(text, bfloat16, rightContiguous, "%right", "%b", step);
            if (!bfloat16)
            {
                for (int i = 0; i < 16; i++) text.Append($"cvt.rna.tf32.f32 %a{i}, %a{i};\ncvt.rna.tf32.f32 %b{i}, %b{i};\n");
            }

            string shape = bfloat16 ? "m16n8k16.row.col.f32.bf16.bf16.f32" : "m16n8k8.row.col.f32.tf32.tf32.f32";
            for (int i = 0; i < Down; i++)
            {
                for (int j = 0; j < Across; j++)
                {
                    int a = 4 * i, b = 2 * j, c = 4 * ((Across * i) + j);
                    string sums = $"{{%acc{c}, %acc{c + 1}, %acc{c + 2}, %acc{c + 3}}}";
                    text.Append($"mma.sync.aligned.{shape} {sums}, {{%a{a}, %a{a + 1}, %a{a + 2}, %a{a + 3}}}, {{%b{b}, %b{b + 1}}}, {sums};\n");
                }
            }

            text.Append("}\n");
        }

        text.Append("}\n");
    }

    /// <summary>
    /// Writes the sums as float32 rows of 256 bytes; the 16-byte chunk of a row stands at its number xor <see cref="TileRows.Turn"/>. The operand is
    /// the byte of the warp's area from %panels, plus <see cref="Fragments.StageOffset"/>.
    /// </summary>
    public static void AppendStage(StringBuilder text, string area)
    {
        text.Append($"{{\n.reg .b32 %area, %at;\nadd.u32 %area, %panels, {area};\n");
        for (int j = 0; j < Across; j++)
        {
            text.Append($"xor.b32 %at, %area, {j << 5};\n");
            for (int i = 0; i < Down; i++)
            {
                int c = 4 * ((Across * i) + j), at = i * 16 * 256;
                text.Append($"st.shared.v2.f32 [%at+{at}], {{%acc{c}, %acc{c + 1}}};\nst.shared.v2.f32 [%at+{at + (8 * 256)}], {{%acc{c + 2}, %acc{c + 3}}};\n");
            }
        }

        text.Append("}\n");
    }

    /// <summary>
    /// Sixteen registers of one side at one step: <c>ldmatrix</c> where a matrix of 8 rows of 16 bytes is what lanes hold, as it is or transposed;
    /// words where tf32 would have to be transposed.
    /// </summary>
    private static void AppendLoads(StringBuilder text, bool bfloat16, bool contiguous, string panel, string register, int step)
    {
        // The swizzle is an exclusive or within bits 4 to 6, and what moves along a row of 128 bytes must go through it; rows are added.
        if (!contiguous && !bfloat16)
        {
            AppendWords(text, panel, register, step);
            return;
        }

        if (contiguous) text.Append($"xor.b32 %at0, {panel}, {step << 5};\n");
        for (int i = 0; i < 4; i++)
        {
            if (!contiguous) text.Append($"xor.b32 %at{i}, {panel}, {i << 5};\n");
            string address = contiguous ? $"%at0+{i * 2048}" : $"%at{i}+{step * 2048}", transposed = contiguous ? "" : ".trans";
            int r = 4 * i;
            text.Append($"ldmatrix.sync.aligned.m8n8.x4{transposed}.shared.b16 {{{register}{r}, {register}{r + 1}, {register}{r + 2}, {register}{r + 3}}}, [{address}];\n");
        }
    }

    private static void AppendWords(StringBuilder text, string panel, string register, int step)
    {
        for (int i = 0; i < 4; i++) text.Append($"xor.b32 %at{i}, {panel}, {i << 5};\n");
        for (int block = 0; block < 8; block++) // of eight elements of the side
        {
            for (int half = 0; half < 2; half++) // of the step's depth
            {
                // The left side's registers are (rows g, g + 8) x (depth t, t + 4), the right side's (depth t, t + 4) x (columns g, g + 8).
                int r = register == "%a" ? (4 * (block / 2)) + (block % 2) + (2 * half) : (2 * block) + half;
                text.Append($"ld.shared.b32 {register}{r}, [%at{block % 4}+{(block / 4 * 128) + (step * 2048) + (half * 1024)}];\n");
            }
        }
    }
}
