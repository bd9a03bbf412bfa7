using ScottPlot;
using ScottPlot.Plottables;

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
        using Sheet sheet = new(title, horizontal, vertical, atRight, Named(groups, lines, marks), width, height);
        double step = GroupWidth / Math.Max(1, groups.Count);
        for (int group = 0; group < groups.Count; group++)
        {
            double offset = (step * (group + 0.5)) - (GroupWidth / 2);
            double[] centers = [.. places.Select(place => place + offset)];
            AddBars(sheet, groups[group].Y, centers, step, marks[group], vertical);
            AddErrorBars(sheet, groups[group] with { X = centers }, marks[group] with { Color = SvgDocument.AxisColor }, horizontal, vertical, onRight: false);
        }

        for (int i = 0; i < lines.Length; i++) AddLine(sheet, lines[i], marks[groups.Count + i], horizontal, atRight!, onRight: true);
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
        Points.Check(classes);
        int points = classes.Sum(series => series.X.Length);
        float size = points <= 200 ? 7 : points <= 2000 ? 5 : 3.2f; // pixels
        Scale horizontal = Scale.Of(x, classes.SelectMany(series => series.X), width / TickWidth);
        Scale vertical = Scale.Of(y, classes.SelectMany(series => series.Y), height / TickHeight);
        Mark[] marks = [.. classes.Select((_, i) => Mark.Dot(i, classes.Count, size))];
        using Sheet sheet = new(title, horizontal, vertical, null, Named(classes, [], marks), width, height);
        for (int i = 0; i < classes.Count; i++)
        {
            Coordinates[] cloud = [.. Points.Runs(classes[i], horizontal, vertical).SelectMany(run => run)];
            if (cloud.Length > 0) sheet.Add.Plottable(new PointCloud(cloud, marks[i].Color, size, sheet.Axes(onRight: false)));
            for (int point = 0; placed is not null && point < classes[i].X.Length; point++)
            {
                if (horizontal.Has(classes[i].X[point]) && vertical.Has(classes[i].Y[point]))
                    placed(i, point, sheet.PixelX(horizontal.Place(classes[i].X[point])), sheet.PixelY(vertical.Place(classes[i].Y[point])));
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
        using Sheet sheet = new(title, horizontal, vertical, null, Named(densities, [], marks), width, height);
        double ground = y.IsLogarithmic ? vertical.Low : 0;
        for (int i = 0; i < densities.Count; i++)
        {
            List<Coordinates> outline = [new(horizontal.Place(edges[0]), ground)];
            for (int bin = 0; bin < densities[i].Y.Length; bin++)
            {
                double top = vertical.Has(densities[i].Y[bin]) ? vertical.Place(densities[i].Y[bin]) : ground;
                outline.Add(new(horizontal.Place(edges[bin]), top));
                outline.Add(new(horizontal.Place(edges[bin + 1]), top));
            }

            outline.Add(new(horizontal.Place(edges[^1]), ground));
            Polygon area = sheet.Add.Polygon([.. outline]);
            double filling = densities.Count > MostFilled ? 0 : 0.22;
            (area.FillColor, area.LineColor, area.LineWidth, area.Axes) = (marks[i].Color.WithAlpha(filling), marks[i].Color, 1.6f, sheet.Axes(onRight: false));
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
        using Sheet sheet = new(figure.Title, x, y, atRight, Named(left, right, marks), width, height);
        for (int i = 0; i < all.Length; i++) AddLine(sheet, all[i], marks[i], x, i < left.Count ? y : atRight!, onRight: i >= left.Count);
        return sheet.ToSvg();
    }

    private static void AddLine(Sheet sheet, Series series, Mark mark, Scale x, Scale y, bool onRight)
    {
        AddErrorBars(sheet, series, mark, x, y, onRight);
        bool marked = mark.MarkerSize > 0;
        foreach (Coordinates[] run in Points.Runs(series, x, y))
        {
            Scatter line = sheet.Add.Scatter(marked ? run : Thinning.Thin(run, sheet.PixelX));
            line.Axes = sheet.Axes(onRight);
            line.Color = mark.Color;
            line.LineWidth = mark.LineWidth;

            // A point between two gaps would be a line without length.
            line.MarkerShape = marked ? mark.Shape : run.Length == 1 ? MarkerShape.FilledCircle : MarkerShape.None;
            line.MarkerSize = marked ? mark.MarkerSize : 3;
        }
    }

    private static void AddErrorBars(Sheet sheet, Series series, Mark mark, Scale x, Scale y, bool onRight)
    {
        if (series.Spread is null) return;
        List<double> xs = [], ys = [], down = [], up = [];
        for (int i = 0; i < series.Y.Length; i++)
        {
            double value = series.Y[i], spread = series.Spread[i];
            if (!x.Has(series.X[i]) || !y.Has(value) || !y.Has(value + spread) || !(spread > 0)) continue;
            xs.Add(x.Place(series.X[i]));
            ys.Add(y.Place(value));
            up.Add(y.Place(value + spread) - y.Place(value));
            down.Add(y.Place(value) - (y.Has(value - spread) ? y.Place(value - spread) : y.Low));
        }

        if (xs.Count == 0) return;
        sheet.Add.Plottable(new ErrorBar(xs, ys, null, null, down, up) { Axes = sheet.Axes(onRight), CapSize = 3, LineWidth = 1.2f, LineColor = mark.Color });
    }

    private static void AddBars(Sheet sheet, double[] values, double[] centers, double width, Mark mark, Scale y)
    {
        double ground = y.Axis.IsLogarithmic ? y.Low : 0, pixels = sheet.PixelX(width) - sheet.PixelX(0), fontSize = Math.Clamp(pixels - 2, 7, 12);
        for (int i = 0; i < values.Length; i++)
        {
            if (y.Has(values[i]))
            {
                Bar bar =
                    new() { Position = centers[i], ValueBase = ground, Value = y.Place(values[i]), Size = width * 0.92, FillColor = mark.Color, LineWidth = 0 };
                sheet.Add.Bar(bar).Axes = sheet.Axes(onRight: false);
                continue;
            }

            string word = double.IsFinite(values[i]) ? "≤ 0" : "vacuous";
            sheet.Write(new(word, sheet.PixelX(centers[i]) + (fontSize * 0.35), sheet.PixelY(ground) - 4, fontSize, Anchor.Start, -90, IsOnData: true));
        }
    }

    private static (string Name, Mark Mark)[] Named(IReadOnlyList<Series> left, IReadOnlyList<Series> right, Mark[] marks) =>
        [.. left.Select(series => series.Name).Concat(right.Select(series => series.Name + " (right axis)")).Zip(marks)];
}
