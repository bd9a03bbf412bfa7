using System.Text;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda;

/// <summary>
/// Lines <c>.expand name words…;</c> in a kernel's inline PTX stand for text that is written by a loop here, because
/// <c>CudaAsm.Emit</c> takes constants alone and nothing unrolls: a tile's 128 multiplications would be 128 lines of source.
/// </summary>
internal static class PtxExpansion
{
    private const string Mark = ".expand ";

    /// <summary>The text with every such line written out.</summary>
    public static string Expand(string ptx)
    {
        if (!ptx.Contains(Mark, StringComparison.Ordinal)) return ptx;
        StringBuilder text = new(ptx.Length * 4);
        foreach (string line in ptx.Split('\n'))
        {
            string trimmed = line.Trim();
            if (!trimmed.StartsWith(Mark, StringComparison.Ordinal)) text.Append(line).Append('\n');
            else Append(text, trimmed.TrimEnd(';').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string[] words)
    {
        switch (words)
        {
            case [_, "accumulators"]: PanelText.AppendAccumulators(text); break;
            case [_, "multiply", "fp32", var left, var right, var a, var b, var chunk]:
                BlockText.AppendMultiply(text, left == "contiguous", right == "contiguous", a, b, chunk);
                break;
            case [_, "multiply", var type, var left, var right, var a, var b]:
                FragmentText.AppendMultiply(text, type == "bf16", left == "contiguous", right == "contiguous", a, b);
                break;
            case [_, "stage", "fragments", var area]: FragmentText.AppendStage(text, area); break;
            case [_, "stage", "blocks", var area]: BlockText.AppendStage(text, area); break;
            default: throw new ArgumentException($"'{string.Join(' ', words)}' is not a text that can be expanded.", nameof(words));
        }
    }
}
