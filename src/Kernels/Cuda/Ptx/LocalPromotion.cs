using System.Text.RegularExpressions;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>Turns the local memory that ILGPU gives each result of inline PTX into a register.</summary>
/// <remarks>
/// A result is a <c>.local</c> array of one element whose address nothing but loads and stores of its own sees. In a loop the assembler leaves such an
/// array in memory, 30 of them in a kernel of the size of ours; here each becomes the register that it means.
/// </remarks>
internal static partial class LocalPromotion
{
    /// <summary>The text with such arrays as registers.</summary>
    public static string Promote(string ptx)
    {
        List<string> lines = [.. ptx.Split('\n')];

        // Names of arrays and of registers start anew in each function.
        for (int start = 0; start < lines.Count;)
        {
            int end = lines.FindIndex(start, line => line.StartsWith('}'));
            if (end < 0) break;
            PromoteFunction(lines, start, end);
            start = end + 1;
        }

        return string.Join('\n', lines);
    }

    private static void PromoteFunction(List<string> lines, int start, int end)
    {
        Dictionary<string, string> arrays = [];
        Dictionary<string, string> addresses = []; // from address register to array
        for (int i = start; i < end; i++)
        {
            if (Declaration().Match(lines[i]) is { Success: true } declaration)
                arrays[declaration.Groups["name"].Value] = declaration.Groups["bytes"].Value == "4" ? ".b32" : ".b64";
            else if (AddressOf().Match(lines[i]) is { Success: true } address)
                addresses[address.Groups["register"].Value] = address.Groups["name"].Value;
        }

        // Only registers that are an address once, and only loads and stores through them.
        for (int i = start; i < end; i++)
        {
            foreach (Match register in Register().Matches(lines[i]))
            {
                if (!addresses.TryGetValue(register.Value, out string? array) || AddressOf().IsMatch(lines[i])) continue;
                Match access = Access().Match(lines[i]);
                bool through = access.Success && access.Groups["register"].Value == register.Value && access.Groups["value"].Value != register.Value;
                if (!through) arrays.Remove(array);
            }
        }

        foreach (IGrouping<string, KeyValuePair<string, string>> group in addresses.GroupBy(entry => entry.Value))
        {
            if (group.Count() > 1) arrays.Remove(group.Key);
        }

        for (int i = start; i < end; i++)
        {
            if (Declaration().Match(lines[i]) is { Success: true } declaration && arrays.TryGetValue(declaration.Groups["name"].Value, out string? type))
            {
                lines[i] = $"\t.reg {type}\t%{declaration.Groups["name"].Value};";
            }
            else if (AddressOf().Match(lines[i]) is { Success: true } address && arrays.ContainsKey(address.Groups["name"].Value))
            {
                lines[i] = "";
            }
            else if (Access().Match(lines[i]) is { Success: true } access && addresses.TryGetValue(access.Groups["register"].Value, out string? name)
                && arrays.ContainsKey(name))
            {
                string move = access.Groups["type"].Value, value = access.Groups["value"].Value;
                lines[i] = access.Groups["load"].Success ? $"\tmov.{move}\t{value}, %{name};" : $"\tmov.{move}\t%{name}, {value};";
            }
        }
    }

    [GeneratedRegex(@"^\s*\.local \.align \d+ \.b8 (?<name>__local_depot\d+)\[(?<bytes>4|8)\];")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\s*mov\.b64\s+(?<register>%rd\d+), (?<name>__local_depot\d+);")]
    private static partial Regex AddressOf();

    [GeneratedRegex(
        @"^\s*(?:(?<load>ld)\.local\.(?<type>[bfsu](?:32|64))\s+(?<value>\S+), \[(?<register>%rd\d+)\];|"
        + @"st\.local\.(?<type>[bfsu](?:32|64))\s+\[(?<register>%rd\d+)\], (?<value>\S+);)")]
    private static partial Regex Access();

    [GeneratedRegex(@"%rd\d+\b")]
    private static partial Regex Register();
}
