using System.Globalization;
using System.Text;

namespace NegSamples.Kernels.Cuda;

/// <summary>Unrolls the loops of inline PTX: ILGPU unrolls none, and a register that text declares has no index at run time.</summary>
/// <remarks>
/// The lines from <c>#repeat n 8</c> to its <c>#end</c> stand 8 times, with n = 0 to 7; loops nest. <c>$(4*n+1)</c> becomes the number: whole numbers,
/// the names of the loops around, <c>+ - * / &amp;</c> and parentheses (% is an operand's mark).
/// </remarks>
internal static class PtxTemplate
{
    private const string Repeat = "#repeat", End = "#end";

    /// <summary>The text with all loops written out.</summary>
    /// <exception cref="FormatException">A loop has no end, or an expression is none.</exception>
    public static string Expand(string text)
    {
        if (!text.Contains(Repeat, StringComparison.Ordinal)) return text;
        StringBuilder expanded = new(4 * text.Length);
        Expand(text.Split('\n'), [], expanded);
        return expanded.ToString();
    }

    private static void Expand(ReadOnlySpan<string> lines, List<(string Name, int Value)> names, StringBuilder expanded)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && words[0] == End) throw new FormatException($"{End} without {Repeat}.");
            if (words.Length == 0 || words[0] != Repeat)
            {
                AppendLine(lines[i], names, expanded);
                continue;
            }

            int end = EndOf(lines, i), count = int.Parse(words[2], CultureInfo.InvariantCulture);
            for (int value = 0; value < count; value++)
            {
                names.Add((words[1], value));
                Expand(lines[(i + 1)..end], names, expanded);
                names.RemoveAt(names.Count - 1);
            }

            i = end;
        }
    }

    private static int EndOf(ReadOnlySpan<string> lines, int start)
    {
        int depth = 0;
        for (int i = start; i < lines.Length; i++)
        {
            ReadOnlySpan<char> line = lines[i].AsSpan().Trim();
            if (line.StartsWith(Repeat, StringComparison.Ordinal)) depth++;
            else if (line.SequenceEqual(End) && --depth == 0) return i;
        }

        throw new FormatException($"{lines[start].Trim()} has no {End}.");
    }

    private static void AppendLine(string line, List<(string Name, int Value)> names, StringBuilder expanded)
    {
        for (int at = 0; at < line.Length;)
        {
            int mark = line.IndexOf("$(", at, StringComparison.Ordinal);
            expanded.Append(line, at, (mark < 0 ? line.Length : mark) - at);
            if (mark < 0) break;
            at = mark + 1;
            expanded.Append(CultureInfo.InvariantCulture, $"{Factor(line, ref at, names)}");
        }

        expanded.Append('\n');
    }

    private static int Sum(string line, ref int at, List<(string Name, int Value)> names)
    {
        int sum = Product(line, ref at, names);
        while (line[at] is '+' or '-') sum += line[at++] == '+' ? Product(line, ref at, names) : -Product(line, ref at, names);
        return sum;
    }

    private static int Product(string line, ref int at, List<(string Name, int Value)> names)
    {
        int product = Factor(line, ref at, names);
        while (line[at] is '*' or '/' or '&')
        {
            char operation = line[at++];
            int factor = Factor(line, ref at, names);
            product = operation switch { '*' => product * factor, '/' => product / factor, _ => product & factor };
        }

        return product;
    }

    private static int Factor(string line, ref int at, List<(string Name, int Value)> names)
    {
        int start = at;
        if (line[at] == '(')
        {
            at++;
            int sum = Sum(line, ref at, names);
            if (line[at++] != ')') throw new FormatException($"{line.Trim()}: expected ) at {at}.");
            return sum;
        }

        while (char.IsAsciiLetterOrDigit(line[at])) at++;
        string word = line[start..at];
        if (int.TryParse(word, CultureInfo.InvariantCulture, out int number)) return number;
        int found = names.FindIndex(entry => entry.Name == word);
        return found >= 0 ? names[found].Value : throw new FormatException($"{line.Trim()}: {word} is no loop and no number.");
    }
}
