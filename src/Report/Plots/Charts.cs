using System.Xml.Linq;

namespace NegSamples.Report.Plots;

/// <summary>The study's figures as SVG text: data in, the same text out on any machine. Nothing is written to files.</summary>
/// <remarks>A figure is readable on a light and on a dark page; a page that inlines it may set the custom properties <c>--figure-text</c>,
/// <c>--figure-grid</c> and <c>--figure-background</c>. It scales with the page down to a telephone's width. The legend lies below the data;
/// every row of it after the first adds to the height.</remarks>
public static class Charts
{
    // Pixels that a tick's number takes along its axis, with some air.
    private const int TickWidth = 80, TickHeight = 45;

    // Areas of more distributions than these, one on the other, are mud.
    private const int MostFilled = 3;

    // A group of bars leaves a fifth of its place free.
    private const double GroupWidth = 0.8;

    /// <summary>Lines with markers and error bars. A line breaks where a value is missing.</summary>
    /// <param name="figure">What to show.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels, with one row of legend.</param>
    /// <param name="xTicks">Values for the horizontal axis' ticks; null for round numbers. A number that has no room is left out.</param>
    /// <exception cref="ArgumentException">A series' arrays differ in length.</exception>
    public static string Lines(Figure figure, int width = 720, int height = 420, IReadOnlyList<double>? xTicks = null) =>
        Draw(figure, width, height, xTicks, Mark.Line, 0.04);

    /// <summary>Curves of many points, without markers. Of each column of pixels the range that a curve crosses is drawn.</summary>
    /// <param name="figure">What to show.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels, with one row of legend.</param>
    /// <param name="xTicks">Values for the horizontal axis' ticks; null for round numbers.</param>
    /// <exception cref="ArgumentException">A series' arrays differ in length.</exception>
    public static string Curves(Figure figure, int width = 720, int height = 420, IReadOnlyList<double>? xTicks = null) =>
        Draw(figure, width, height, xTicks, Mark.Curve, 0.01);

    /// <summary>Bars in groups, one group a category. In place of a bar whose value is NaN or infinite stands the word "vacuous"; in place of
    /// one that has no place on a logarithmic axis, "≤ 0".</summary>
    /// <param name="title">The title.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis; the bars of a logarithmic one stand on a power of ten below the smallest value.</param>
    /// <param name="categories">[n] names of the groups.</param>
    /// <param name="groups">The bars, n values each as Y; X is not read.</param>
    /// <param name="right">A second vertical axis at the right; null for none.</param>
    /// <param name="rightLines">Lines over the categories on the right axis, n values each as Y; X is not read.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels, with one row of legend.</param>
    /// <exception cref="ArgumentException">A series has not n values.</exception>
    public static string Bars(
        string title, Axis x, Axis y, IReadOnlyList<string> categories, IReadOnlyList<Series> groups, Axis? right = null,
        IReadOnlyList<Series>? rightLines = null, int width = 720, int height = 420)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(categories);
        double[] places = [.. Enumerable.Range(0, categories.Count).Select(i => (double)i)];
        Series[] lines = right is null ? [] : [.. (rightLines ?? []).Select(series => series with { X = places })];
        Points.Check(groups, categories.Count, "category");
        Points.Check(lines);
        Scale horizontal = Scale.Of(x, categories), vertical = Scale.Of(y, Points.Reach(groups), height / TickHeight, from: 0);
        Scale? atRight = right is null ? null : Scale.Of(right, Points.Reach(lines), height / TickHeight);
        Mark[] marks = [.. groups.Select((_, i) => Mark.Area(i)), .. lines.Select((_, i) => Mark.Line(groups.Count + i))];
        Sheet sheet = new(title, horizontal, vertical, atRight, Named(groups, lines, marks), width, height);
        double step = GroupWidth / Math.Max(1, groups.Count);
        for (int group = 0; group < groups.Count; group++)
        {
            double offset = (step * (group + 0.5)) - (GroupWidth / 2);
            Series bars = groups[group] with { X = [.. places.Select(place => place + offset)] };
            AddBars(sheet, bars, step, marks[group].Color, vertical);
            AddErrorBars(sheet, bars, null, horizontal, vertical);
        }

        for (int i = 0; i < lines.Length; i++) AddLine(sheet, lines[i], marks[groups.Count + i], horizontal, atRight!);
        return sheet.ToSvg();
    }

    /// <summary>Points by class.</summary>
    /// <param name="title">The title.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="classes">The points of each class. Up to 12 classes have the palette's colors, more have hues around the circle; the
    /// legend of many is set in columns, and a class' name shows where the pointer rests on its points.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels, with one row of legend.</param>
    /// <param name="placed">Is told of each point that is drawn: its class, its place in the class, and its pixels; null for nobody.</param>
    /// <exception cref="ArgumentException">A class' arrays differ in length.</exception>
    public static string Scatter(
        string title, Axis x, Axis y, IReadOnlyList<Series> classes, int width = 720, int height = 560, Action<int, int, double, double>? placed = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(classes);
        Points.Check(classes);
        int points = classes.Sum(series => series.X.Length);
        double size = points <= 200 ? 7 : points <= 2000 ? 5 : 3.2; // pixels
        Scale horizontal = Scale.Of(x, classes.SelectMany(series => series.X), width / TickWidth);
        Scale vertical = Scale.Of(y, classes.SelectMany(series => series.Y), height / TickHeight);
        Mark[] marks = [.. classes.Select((_, i) => Mark.Dot(i, classes.Count, size))];
        Sheet sheet = new(title, horizontal, vertical, null, Named(classes, [], marks), width, height);
        for (int i = 0; i < classes.Count; i++)
        {
            Pixel[] cloud = [.. sheet.Runs(classes[i], vertical).SelectMany(run => run)];
            if (cloud.Length > 0) sheet.Draw(SvgDocument.Markers(marks[i], cloud, size, classes[i].Name, new XAttribute("stroke-opacity", "0.75")));
            for (int point = 0; placed is not null && point < classes[i].X.Length; point++)
            {
                double across = classes[i].X[point], up = classes[i].Y[point];
                if (horizontal.Has(across) && vertical.Has(up)) placed(i, point, sheet.X(across), sheet.Y(up, vertical));
            }
        }

        return sheet.ToSvg();
    }

    /// <summary>Heights over bins as steps, semi-transparent where they are few.</summary>
    /// <param name="title">The title.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="edges">[b + 1] ascending ends of the bins.</param>
    /// <param name="densities">The heights, b each as Y; X is not read.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels, with one row of legend.</param>
    /// <exception cref="ArgumentException">A series has not b heights, or the edges do not ascend.</exception>
    public static string Histogram(string title, Axis x, Axis y, double[] edges, IReadOnlyList<Series> densities, int width = 720, int height = 360)
    {
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(edges);
        for (int i = 1; i < edges.Length; i++)
        {
            if (!(edges[i] > edges[i - 1]))
                throw new ArgumentException(FormattableString.Invariant($"edges[{i}] is {edges[i]}; expected above {edges[i - 1]}, the edge before."),
                    nameof(edges));
        }

        Points.Check(densities, edges.Length - 1, "bin");
        Scale horizontal = Scale.Of(x, edges, width / TickWidth, 0.01),
            vertical = Scale.Of(y, densities.SelectMany(series => series.Y), height / TickHeight, from: 0);
        Mark[] marks = [.. densities.Select((_, i) => Mark.Area(i))];
        Sheet sheet = new(title, horizontal, vertical, null, Named(densities, [], marks), width, height);
        XAttribute[] filling = densities.Count > MostFilled ? [] : [new("fill-opacity", "0.22")];
        for (int i = 0; i < densities.Count; i++)
        {
            List<Pixel> outline = [new(sheet.X(edges[0]), sheet.Ground(vertical))];
            for (int bin = 0; bin < densities[i].Y.Length; bin++)
            {
                double top = vertical.Has(densities[i].Y[bin]) ? sheet.Y(densities[i].Y[bin], vertical) : sheet.Ground(vertical);
                outline.Add(new(sheet.X(edges[bin]), top));
                outline.Add(new(sheet.X(edges[bin + 1]), top));
            }

            outline.Add(new(sheet.X(edges[^1]), sheet.Ground(vertical)));
            XElement area = SvgDocument.Stroke(SvgPath.Area(outline), marks[i].Color, 1.6, densities[i].Name, filling);
            if (filling.Length > 0) area.SetAttributeValue("fill", marks[i].Color);
            sheet.Draw(area);
        }

        return sheet.ToSvg();
    }

    private static string Draw(Figure figure, int width, int height, IReadOnlyList<double>? xTicks, Func<int, Mark> look, double margin)
    {
        ArgumentNullException.ThrowIfNull(figure);
        IReadOnlyList<Series> left = figure.Series, right = figure.Right is null ? [] : figure.RightSeries ?? [];
        Series[] all = [.. left, .. right];
        Points.Check(all);
        Scale x = Scale.Of(figure.X, all.SelectMany(series => series.X), width / TickWidth, margin, ticks: xTicks);
        Scale y = Scale.Of(figure.Y, Points.Reach(left), height / TickHeight);
        Scale? atRight = figure.Right is null ? null : Scale.Of(figure.Right, Points.Reach(right), height / TickHeight);
        Mark[] marks = [.. all.Select((_, i) => look(i))];
        Sheet sheet = new(figure.Title, x, y, atRight, Named(left, right, marks), width, height);
        for (int i = 0; i < all.Length; i++) AddLine(sheet, all[i], marks[i], x, i < left.Count ? y : atRight!);
        return sheet.ToSvg();
    }

    private static void AddLine(Sheet sheet, Series series, Mark mark, Scale x, Scale y)
    {
        AddErrorBars(sheet, series, mark.Color, x, y);
        IReadOnlyList<Pixel[]> runs = sheet.Runs(series, y);
        bool marked = mark.MarkerSize > 0;
        foreach (Pixel[] run in runs.Where(run => run.Length > 1)) sheet.Draw(SvgDocument.Line(mark, marked ? run : Thinning.Thin(run), series.Name));

        // Without markers a point between two gaps would be a line without length.
        Pixel[] places = [.. runs.Where(run => marked || run.Length == 1).SelectMany(run => run)];
        if (places.Length > 0) sheet.Draw(SvgDocument.Markers(mark, places, marked ? mark.MarkerSize : 3, series.Name));
    }

    private static void AddErrorBars(Sheet sheet, Series series, string? color, Scale x, Scale y)
    {
        const double Cap = 3;
        if (series.Spread is null) return;
        List<string> bars = [];
        for (int i = 0; i < series.Y.Length; i++)
        {
            double value = series.Y[i], spread = series.Spread[i];
            if (!x.Has(series.X[i]) || !y.Has(value) || !y.Has(value + spread) || !(spread > 0)) continue;
            double at = sheet.X(series.X[i]), top = sheet.Y(value + spread, y), bottom = y.Has(value - spread) ? sheet.Y(value - spread, y) : sheet.Bottom;
            bars.Add(SvgPath.Line(new Pixel(at, top), new(at, bottom)));
            foreach (double end in new[] { top, bottom }) bars.Add(SvgPath.Line(new Pixel(at - Cap, end), new(at + Cap, end)));
        }

        if (bars.Count > 0) sheet.Draw(SvgDocument.Stroke(string.Concat(bars), color, 1.2));
    }

    private static void AddBars(Sheet sheet, Series bars, double width, string color, Scale y)
    {
        double ground = sheet.Ground(y), pixels = sheet.X(width) - sheet.X(0), half = pixels * 0.46, fontSize = Math.Clamp(pixels - 2, 7, 12);
        string path = "";
        for (int i = 0; i < bars.Y.Length; i++)
        {
            double center = sheet.X(bars.X[i]);
            if (y.Has(bars.Y[i]))
            {
                path += SvgPath.Rectangle(center - half, sheet.Y(bars.Y[i], y), center + half, ground);
                continue;
            }

            string word = double.IsFinite(bars.Y[i]) ? "≤ 0" : "vacuous";
            sheet.Write(new(word, center + (fontSize * 0.35), ground - 4, fontSize, Anchor.Start, -90, IsOnData: true));
        }

        if (path.Length > 0) sheet.Draw(SvgDocument.Filling(path, color, bars.Name));
    }

    private static (string Name, Mark Mark)[] Named(IReadOnlyList<Series> left, IReadOnlyList<Series> right, Mark[] marks) =>
        [.. left.Select(series => series.Name).Concat(right.Select(series => series.Name + " (right axis)")).Zip(marks)];
}
