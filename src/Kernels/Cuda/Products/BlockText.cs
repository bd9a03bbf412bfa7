using System.Text;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// A warp's 64 x 64 tile on the float32 units: lane l = 8u + v has rows v + 8i and columns 4u + 16j + e, the sum of (i, j, e) in %acc(16i + 4j + e).
/// Neighbouring lanes have neighbouring rows, so that a scalar of a strided panel is 8 words in a row and a chunk of a contiguous one is in 8 rows.
/// </summary>
internal static class BlockText
{
    private const int Rows = 8, Columns = 16, Depth = 4;

    /// <summary>The products of one chunk of four places of the depth; the chunk's number is a register.</summary>
    public static void AppendMultiply(StringBuilder text, bool leftContiguous, bool rightContiguous, string left, string right, string chunk)
    {
        text.Append("{\n.reg .b32 %left, %right, %turn, %row, %at, %bt<4>;\n.reg .f32 %a<32>, %b<4>;\n");
        text.Append($"add.u32 %left, %panels, {left};\nadd.u32 %right, %panels, {right};\nshl.b32 %turn, {chunk}, 4;\nshl.b32 %row, {chunk}, 10;\n");
        text.Append(leftContiguous ? "xor.b32 %at, %left, %turn;\n" : "add.u32 %at, %left, %row;\n");
        for (int i = 0; i < Rows; i++)
        {
            int a = Depth * i;
            if (leftContiguous) text.Append($"ld.shared.v4.f32 {{%a{a}, %a{a + 1}, %a{a + 2}, %a{a + 3}}}, [%at+{i * 1024}];\n");
            else for (int k = 0; k < Depth; k++) text.Append($"ld.shared.f32 %a{a + k}, [%at+{(k * 256) + ((i ^ k) << 5)}];\n");
        }

        if (rightContiguous) AppendContiguousRight(text);
        else AppendStridedRight(text);
        text.Append("}\n");
    }

    /// <summary>Writes the sums as <see cref="FragmentText.AppendStage"/> does.</summary>
    public static void AppendStage(StringBuilder text, string area)
    {
        text.Append($"{{\n.reg .b32 %area, %at;\nadd.u32 %area, %panels, {area};\n");
        for (int j = 0; j < 4; j++)
        {
            text.Append($"xor.b32 %at, %area, {j << 6};\n");
            for (int i = 0; i < Rows; i++)
            {
                int c = (Columns * i) + (4 * j);
                text.Append($"st.shared.v4.f32 [%at+{i * 2048}], {{%acc{c}, %acc{c + 1}, %acc{c + 2}, %acc{c + 3}}};\n");
            }
        }

        text.Append("}\n");
    }

    private static void AppendContiguousRight(StringBuilder text)
    {
        text.Append("xor.b32 %bt0, %right, %turn;\n");
        for (int e = 1; e < 4; e++) text.Append($"xor.b32 %bt{e}, %bt0, {e << 4};\n");
        for (int column = 0; column < Columns; column++)
        {
            int j = column / 4, e = column % 4;
            text.Append($"ld.shared.v4.f32 {{%b0, %b1, %b2, %b3}}, [%bt{e}+{(e * 128) + (j * 2048)}];\n");
            for (int k = 0; k < Depth; k++)
            {
                for (int i = 0; i < Rows; i++) AppendProduct(text, i, column, (Depth * i) + k, k);
            }
        }
    }

    private static void AppendStridedRight(StringBuilder text)
    {
        text.Append("add.u32 %bt0, %right, %row;\nxor.b32 %bt1, %bt0, 32;\n");
        for (int k = 0; k < Depth; k++)
        {
            for (int j = 0; j < 4; j++)
            {
                text.Append($"ld.shared.v4.f32 {{%b0, %b1, %b2, %b3}}, [%bt{k % 2}+{(k * 256) + ((j ^ (k / 2)) << 6)}];\n");
                for (int e = 0; e < 4; e++)
                {
                    for (int i = 0; i < Rows; i++) AppendProduct(text, i, (4 * j) + e, (Depth * i) + k, e);
                }
            }
        }
    }

    private static void AppendProduct(StringBuilder text, int row, int column, int a, int b)
    {
        int c = (Columns * row) + column;
        text.Append($"fma.rn.f32 %acc{c}, %a{a}, %b{b}, %acc{c};\n");
    }
}
