namespace NegSamples.Report;

/// <summary>One cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Beside">A number to compare with, below it in small type; null for none.</param>
/// <param name="IsWeak">Whether the number says nothing, for a reason that the table's note gives.</param>
internal readonly record struct Cell(string Text, string? Beside = null, bool IsWeak = false);

/// <summary>One row: its name, then a cell for each further column. A row without cells is a heading within the table.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Cells">The cells.</param>
internal sealed record ReportRow(string Label, params IReadOnlyList<Cell> Cells);

/// <summary>A table, the same for every format.</summary>
/// <param name="Name">A short key, unique in the report.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">The headings, the one above the rows' names included.</param>
/// <param name="TextColumns">How many of the last columns hold words and not numbers.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Note">What a reader must know; null for nothing.</param>
internal sealed record ReportTable(string Name, string Caption, IReadOnlyList<string> Columns, int TextColumns, IReadOnlyList<ReportRow> Rows,
    string? Note = null)
{
    /// <summary>Whether a column holds numbers; the first holds the rows' names.</summary>
    public bool IsNumber(int column) => column > 0 && column < Columns.Count - TextColumns;
}
