using Spectre.Console;
using Spectre.Console.Rendering;

namespace NegSamples.Cli;

/// <summary>Tables on a terminal that may be too narrow for them.</summary>
internal static class NarrowTable
{
    // A column of text stays readable at so many characters a line; numbers are never broken.
    private const int LeastText = 16;
    private const int Border = 3, Indent = 2;

    /// <summary>The table, or where its columns do not fit side by side each row as lines of "heading  cell", or of each under the other.</summary>
    /// <param name="console">Where it is written.</param>
    /// <param name="table">The table.</param>
    public static IRenderable Fit(IAnsiConsole console, Table table)
    {
        foreach (TableColumn column in table.Columns.Where(IsNumber)) column.NoWrap = true;
        RenderOptions options = RenderOptions.Create(console, console.Profile.Capabilities);
        int least = 1 + table.Columns.Select((column, i) => Border + Least(column, [column.Header, .. table.Rows.Select(row => row[i])])).Sum();
        if (least <= console.Profile.Width) return table;
        int heading = table.Columns.Max(column => column.Header.Measure(options, int.MaxValue).Max);
        int cell = table.Columns.SelectMany((column, i) => IsNumber(column) ? table.Rows.Select(row => row[i].Measure(options, int.MaxValue).Max) : [LeastText]).Max();
        return Records(table, isBeside: heading + Indent + cell <= console.Profile.Width);

        int Least(TableColumn column, IReadOnlyList<IRenderable> cells)
        {
            Measurement[] widths = [.. cells.Select(cell => cell.Measure(options, int.MaxValue))];
            int most = widths.Max(width => width.Max);
            return IsNumber(column) ? most : Math.Min(most, Math.Max(LeastText, widths.Max(width => width.Min)));
        }
    }

    private static bool IsNumber(TableColumn column) => column.Alignment == Justify.Right;

    private static Rows Records(Table table, bool isBeside) => new(table.Rows.SelectMany(row =>
    {
        IEnumerable<int> columns = Enumerable.Range(0, table.Columns.Count);
        if (!isBeside) return [.. columns.SelectMany(i => new[] { table.Columns[i].Header, new Padder(row[i], new Padding(Indent, 0, 0, 0)) }), Text.Empty];
        Grid grid = new Grid().AddColumn(new GridColumn { Padding = new(0, 0, Indent, 0) }).AddColumn(new GridColumn { Padding = new(0, 0, 0, 0) });
        foreach (int i in columns) grid.AddRow(table.Columns[i].Header, row[i]);
        return new IRenderable[] { grid, Text.Empty };
    }));
}
