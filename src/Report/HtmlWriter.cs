using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NegSamples.Report;

/// <summary>The report as one page: no network, light and dark, wide and narrow; a script where points tell what they are.</summary>
internal static partial class HtmlWriter
{
    public static string Write(StudyReport report)
    {
        StringBuilder page = new();
        bool hasPoints = report.Sections.SelectMany(section => section.Figures).Any(figure => figure.Points is not null);
        page.Append($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{(hasPoints ? $"; script-src {HtmlScript.Source}" : "")}">
            <title>{Escape(report.Title)}</title>
            <style>
            {HtmlStyle.Sheet}
            </style>
            </head>
            <body>
            <header>
            <p class="kicker">NegSamples report</p>
            <h1>{Escape(report.Title)}</h1>
            <p class="subtitle">{Escape(report.Subtitle)}</p>
            <nav aria-label="Sections">{string.Concat(report.Sections.Select(section => $"<a href=\"#{Escape(section.Name)}\">{Escape(section.Title)}</a>"))}<a href="#run">What was run</a></nav>
            </header>
            <main>

            """);
        AppendFindings(page, report);
        foreach (ReportSection section in report.Sections) Append(page, section);
        AppendRun(page, report);
        page.Append($"</main>\n{(hasPoints ? $"<script>{HtmlScript.Text}</script>\n" : "")}</body>\n</html>\n");
        return page.ToString();
    }

    private static void AppendFindings(StringBuilder page, StudyReport report)
    {
        if (report.Findings.Count > 0)
            page.Append(
                $"<section id=\"findings\" class=\"card\">\n<h2>What was found</h2>\n<ul class=\"findings\">\n{Items(report.Findings)}</ul>\n</section>\n");
        if (report.Missing.Count > 0)
        {
            page.Append("<section id=\"missing\" class=\"card warning\">\n<h2>Not there yet</h2>\n<p>The report is made from the rest.</p>\n");
            page.Append($"<ul>\n{Items(report.Missing)}</ul>\n</section>\n");
        }
    }

    private static void Append(StringBuilder page, ReportSection section)
    {
        page.Append($"<section id=\"{Escape(section.Name)}\">\n<h2>{Escape(section.Title)}</h2>\n");
        foreach (string paragraph in section.Text) page.Append($"<p class=\"text\">{Markup(paragraph)}</p>\n");
        if (section.Figures.Count > 0) page.Append("<div class=\"figures\">\n");
        foreach (ReportFigure figure in section.Figures)
        {
            page.Append($"<figure class=\"card{(figure.IsHalf ? " half" : "")}\"{Points(figure)}>\n<div class=\"scroll\">{figure.Svg}</div>\n");
            page.Append($"<figcaption>{Markup(figure.Caption)}</figcaption>\n</figure>\n");
        }

        if (section.Figures.Count > 0) page.Append("</div>\n");
        foreach (ReportTable table in section.Tables) Append(page, table);
        page.Append("</section>\n");
    }

    private static void Append(StringBuilder page, ReportTable table)
    {
        page.Append($"<div class=\"card\">\n<p class=\"caption\" id=\"{Escape(table.Name)}-caption\">{Markup(table.Caption)}</p>\n");
        page.Append($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{Escape(table.Name)}-caption\">\n<table>\n<thead><tr>");
        for (int column = 0; column < table.Columns.Count; column++)
            page.Append($"<th scope=\"col\"{Kind(table, column)}>{Markup(table.Columns[column])}</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (ReportRow row in table.Rows)
        {
            if (row.Cells.Count == 0)
            {
                page.Append($"<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{table.Columns.Count}\"><span>{Markup(row.Label)}</span></th></tr>\n");
                continue;
            }

            page.Append($"<tr><th scope=\"row\">{Markup(row.Label)}</th>");
            for (int i = 0; i < row.Cells.Count; i++) page.Append($"<td{Kind(table, i + 1)}>{Content(row.Cells[i])}</td>");
            page.Append("</tr>\n");
        }

        page.Append("</tbody>\n</table>\n</div>\n");
        if (table.Note is not null) page.Append($"<p class=\"note\">{Markup(table.Note)}</p>\n");
        page.Append("</div>\n");
    }

    private static void AppendRun(StringBuilder page, StudyReport report)
    {
        page.Append("<section id=\"run\">\n<h2>What was run</h2>\n<div class=\"card\">\n<dl>\n");
        foreach ((string name, string value) in report.Facts) page.Append($"<div><dt>{Escape(name)}</dt><dd>{Escape(value)}</dd></div>\n");
        page.Append("</dl>\n<p class=\"caption\">To do it again:</p>\n");
        page.Append($"<pre class=\"scroll\" tabindex=\"0\">{string.Join('\n', report.Commands.Select(Escape))}</pre>\n</div>\n</section>\n");
    }

    private static string Points(ReportFigure figure) => figure.Points is null ? "" : " data-points=\"" + Escape(string.Create(
        CultureInfo.InvariantCulture, $"[{string.Join(',', figure.Points.Select(point => $"[{point.X.ToString("F1", CultureInfo.InvariantCulture)},{point.Y.ToString("F1", CultureInfo.InvariantCulture)},\"{JsonEncodedText.Encode(Harmless.Text(point.Text))}\"]"))}]")) + "\"";

    private static string Items(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"<li>{Markup(line)}</li>\n"));

    private static string Content(Cell cell)
    {
        string text = cell.IsWeak ? $"<em>{Markup(cell.Text)}</em>" : Markup(cell.Text);
        return cell.Beside is null ? text : $"{text}<small>{Markup(cell.Beside)}</small>";
    }

    private static string Kind(ReportTable table, int column) => table.IsNumber(column) ? " class=\"number\"" : column > 0 ? " class=\"words\"" : "";

    private static string Escape(string text) => Harmless.Text(text, lines: true).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    /// <summary>Escaped text with the subscripts of symbols.</summary>
    private static string Markup(string text) => Subscript().Replace(Escape(text), "$1<sub>$2</sub>");

    [GeneratedRegex(@"\b([A-Za-z])_\{(\w+)\}")]
    private static partial Regex Subscript();
}
