using System.Globalization;
using System.Text.RegularExpressions;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>Gives a kernel's parameters of 128 bytes, which are tensor maps, the alignment that the copy engine asks for, and their names to the text that uses them.</summary>
internal static partial class TensorMapParameters
{
    private const string Prefix = "__tensor_map_";

    /// <summary>What stands in an expanded text for the address of the kernel's tensor map of a number, from 0.</summary>
    public static string Name(int map) => Prefix + map.ToString(CultureInfo.InvariantCulture);

    /// <summary>The text with every such name replaced.</summary>
    public static string Bind(string ptx)
    {
        if (!ptx.Contains(Prefix, StringComparison.Ordinal)) return ptx;
        string[] names = [.. Parameter().Matches(ptx).Select(match => match.Groups["name"].Value)];
        string aligned = Parameter().Replace(ptx, ".param .align 64 .b8 ${name}[128]");
        return Used().Replace(aligned, match => names[int.Parse(match.Groups["map"].ValueSpan, CultureInfo.InvariantCulture)]);
    }

    [GeneratedRegex(@"\.param \.align \d+ \.b8 (?<name>\w+)\[128\]")]
    private static partial Regex Parameter();

    [GeneratedRegex(Prefix + @"(?<map>\d+)")]
    private static partial Regex Used();
}
