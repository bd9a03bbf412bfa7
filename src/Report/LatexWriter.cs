using System.Text;
using System.Text.RegularExpressions;

namespace NegSamples.Report;

/// <summary>The tables in LaTeX.</summary>
internal static partial class LatexWriter
{
    private static readonly Dictionary<char, string> Symbols = new()
    {
        ['\\'] = @"\textbackslash{}", ['{'] = @"\{", ['}'] = @"\}", ['&'] = @"\&", ['%'] = @"\%", ['$'] = @"\$", ['#'] = @"\#", ['_'] = @"\_",
        ['~'] = @"\textasciitilde{}", ['^'] = @"\textasciicircum{}", ['<'] = "$<$", ['>'] = "$>$", ['±'] = @"$\pm$", ['−'] = "$-$",
        ['×'] = @"$\times$", ['–'] = "--", ['½'] = @"$\frac{1}{2}$",
        ['υ'] = @"$\upsilon$", ['τ'] = @"$\tau$", ['Δ'] = @"$\Delta$", ['μ'] = @"$\mu$", ['≤'] = @"$\le$", ['·'] = @"$\cdot$", ['“'] = "``", ['”'] = "''",
    };

    public static string Write(StudyReport report)
    {
        StringBuilder text = new($"% {report.Title.ReplaceLineEndings(" ")}: {report.Subtitle.ReplaceLineEndings(" ")}\n");
        text.Append($"% Made by: {report.Commands[^1].ReplaceLineEndings(" ")}\n% Needs \\usepackage{{booktabs}}.\n");
        foreach (string line in report.Missing) text.Append($"% Not there yet: {line.ReplaceLineEndings(" ")}\n");
        foreach (ReportTable table in report.Sections.SelectMany(section => section.Tables)) Append(text, table);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ReportTable table)
    {
        string columns = string.Concat(table.Columns.Select((_, column) => table.IsNumber(column) ? 'r' : 'l'));
        text.Append($"\n\\begin{{table}}[t]\n\\centering\n\\small\n\\caption{{{Escape(table.Caption)}}}\n");
        text.Append($"\\label{{tab:{table.Name}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{Line(table.Columns.Select(Escape))}\\midrule\n");
        for (int i = 0; i < table.Rows.Count; i++)
        {
            ReportRow row = table.Rows[i];
            if (row.Cells.Count > 0)
            {
                text.Append(Line(row.Cells.Select(Cell).Prepend(Escape(row.Label))));
                continue;
            }

            if (i > 0) text.Append("\\midrule\n");
            text.Append($"\\multicolumn{{{table.Columns.Count}}}{{l}}{{\\textit{{{Escape(row.Label)}}}}} \\\\\n");
        }

        text.Append("\\bottomrule\n\\end{tabular}\n");
        if (table.Note is not null) text.Append($"\n\\vspace{{1ex}}\\footnotesize {Escape(table.Note)}\n");
        text.Append("\\end{table}\n");
    }

    private static string Cell(Cell cell)
    {
        string text = Escape(cell.Text);
        if (cell.IsWeak) text = $"\\textit{{{text}}}";
        return cell.Beside is null ? text : $"{text} ({Escape(cell.Beside)})";
    }

    private static string Line(IEnumerable<string> cells) => $"{string.Join(" & ", cells)} \\\\\n";

    /// <summary>Text in which nothing is LaTeX, but for powers of ten and the subscripts of symbols.</summary>
    internal static string Escape(string text)
    {
        // Symbols and numbers are set aside as one piece each, so that the escaping of the rest leaves them alone.
        text = Harmless.Text(text, lines: true);
        StringBuilder escaped = new();
        int done = 0;
        foreach (Match match in Mathematics().Matches(text))
        {
            Plain(text.AsSpan(done, match.Index - done));
            escaped.Append(match.Groups["symbol"].Success
                ? $"${match.Groups["symbol"].Value}_{{\\mathrm{{{match.Groups["index"].Value}}}}}$"
                : $"$\\times 10^{{{string.Concat(match.Groups["power"].Value.Select(Digit))}}}$");
            done = match.Index + match.Length;
        }

        Plain(text.AsSpan(done));
        return escaped.ToString();

        void Plain(ReadOnlySpan<char> part)
        {
            foreach (char symbol in part)
            {
                if (Symbols.TryGetValue(symbol, out string? command)) escaped.Append(command);
                else escaped.Append(symbol is '\r' or '\n' ? ' ' : symbol);
            }
        }
    }

    private static char Digit(char superscript) =>
        superscript switch { '⁻' => '-', '¹' => '1', '²' => '2', '³' => '3', _ => (char)('0' + (superscript - '⁰')) };

    [GeneratedRegex(@"\b(?<symbol>[A-Za-z])_\{(?<index>\w+)\}|×10(?<power>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")]
    private static partial Regex Mathematics();
}
