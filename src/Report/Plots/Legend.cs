namespace NegSamples.Report.Plots;

/// <summary>Names and marks below a figure, in rows that fill its width, or in columns of equal width where there are many.</summary>
internal sealed class Legend
{
    private const double Padding = 16; // pixels at either side and between entries
    private const double LineSwatch = 28, DotSwatch = 13; // pixels for a mark
    private const int Many = 13;

    private Legend(IReadOnlyList<Entry> entries, int rows, double fontSize, double rowHeight) =>
        (Entries, Rows, FontSize, RowHeight) = (entries, rows, fontSize, rowHeight);

    public IReadOnlyList<Entry> Entries { get; }

    public int Rows { get; }

    public double FontSize { get; }

    public double RowHeight { get; }

    public double Height => Rows * RowHeight;

    /// <summary>Places the entries in a width.</summary>
    public static Legend Of(IReadOnlyList<(string Name, Mark Mark)> series, double width)
    {
        bool many = series.Count >= Many;
        double fontSize = many ? 11 : 13, rowHeight = many ? 16 : 20, room = width - (2 * Padding);
        double swatch = series.Any(entry => entry.Mark.LineWidth > 0) ? LineSwatch : DotSwatch;
        double[] widths = [.. series.Select(entry => Math.Min(room, swatch + TextSize.Width(entry.Name, fontSize) + Padding))];
        List<Entry> entries = [];
        if (series.Count == 0) return new(entries, 0, fontSize, rowHeight);
        if (many)
        {
            double column = widths.Max();
            int columns = Math.Max(1, (int)(room / column)), rows = (series.Count + columns - 1) / columns;
            columns = (series.Count + rows - 1) / rows;
            column = room / columns;
            for (int i = 0; i < series.Count; i++) entries.Add(new(series[i].Name, series[i].Mark, Padding + (i / rows * column), i % rows, swatch));
            return new(entries, rows, fontSize, rowHeight);
        }

        int row = 0, first = 0;
        double x = 0;
        void Center(int last)
        {
            double shift = Padding + Math.Max(0, (room - x + Padding) / 2);
            for (int i = first; i < last; i++) entries[i] = entries[i] with { X = entries[i].X + shift };
        }

        for (int i = 0; i < series.Count; i++)
        {
            if (x > 0 && x + widths[i] - Padding > room)
            {
                Center(i);
                (row, first, x) = (row + 1, i, 0);
            }

            entries.Add(new(series[i].Name, series[i].Mark, x, row, swatch));
            x += widths[i];
        }

        Center(series.Count);
        return new(entries, row + 1, fontSize, rowHeight);
    }

    /// <summary>One name with its mark.</summary>
    /// <param name="Name">The name.</param>
    /// <param name="Mark">How its series looks.</param>
    /// <param name="X">Where its mark begins, in pixels.</param>
    /// <param name="Row">Its row, from 0.</param>
    /// <param name="Swatch">The width of its mark.</param>
    internal sealed record Entry(string Name, Mark Mark, double X, int Row, double Swatch);
}
