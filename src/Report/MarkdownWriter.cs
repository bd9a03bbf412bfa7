using System.Text;
using System.Text.RegularExpressions;

namespace NegSamples.Report;

/// <summary>Findings and tables in Markdown.</summary>
internal static partial class MarkdownWriter
{
    public static string Write(StudyReport report)
    {
        StringBuilder text = new($"# {Escape(report.Title)}\n\n{Escape(report.Subtitle)}\n\n");
        foreach (string finding in report.Findings) text.Append($"- {Escape(finding)}\n");
        text.Append("\n## What was run\n\n");
        foreach ((string name, string value) in report.Facts) text.Append($"- {Escape(name)}: {Escape(value)}\n");
        text.Append($"\n{string.Concat(report.Commands.Select(command => $"    {command}\n"))}\n");
        if (report.Missing.Count > 0) text.Append($"Not there yet:\n\n{string.Concat(report.Missing.Select(line => $"- {Escape(line)}\n"))}\n");
        foreach (ReportTable table in report.Sections.SelectMany(section => section.Tables)) Append(text, table);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ReportTable table)
    {
        text.Append($"## {Escape(table.Caption)}\n\n{Line(table.Columns.Select(Escape))}");
        text.Append(Line(table.Columns.Select((_, column) => table.IsNumber(column) ? "---:" : "---")));
        foreach (ReportRow row in table.Rows)
        {
            text.Append(row.Cells.Count == 0
                ? Line(table.Columns.Select((_, column) => column == 0 ? $"**{Escape(row.Label)}**" : ""))
                : Line(row.Cells.Select(Cell).Prepend(Escape(row.Label))));
        }

        text.Append(table.Note is null ? "\n" : $"\n{Escape(table.Note)}\n\n");
    }

    private static string Cell(Cell cell)
    {
        string text = Escape(cell.Text);
        if (cell.IsWeak) text = $"*{text}*";
        return cell.Beside is null ? text : $"{text} ({Escape(cell.Beside)})";
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |\n";

    /// <summary>Text in which nothing is Markdown, but for the subscripts of symbols.</summary>
    internal static string Escape(string text) => Subscript().Replace(
        Special().Replace(Harmless.Text(text.ReplaceLineEndings(" ")), @"\$0").Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal),
        "$1<sub>$2</sub>");

    [GeneratedRegex(@"[\\`*_\[\]|#~]")]
    private static partial Regex Special();

    [GeneratedRegex(@"\b([A-Za-z])\\_\{(\w+)\}")]
    private static partial Regex Subscript();
}
