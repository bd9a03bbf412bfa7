using System.Xml.Linq;

namespace NegSamples.Report.Plots;

/// <summary>A figure in the making: where its title, axes, data and legend are, and what is drawn so far.</summary>
/// <remarks>The figure is read on another machine, whose fonts are not known here: text is placed by its anchor with room for any sans-serif face.</remarks>
internal sealed class Sheet
{
    // Pixels.
    private const double Edge = 10, TitleSize = 16, LabelSize = 14, TickSize = 13, LineSpacing = 1.25, TickLength = 8;

    private readonly List<XElement> data = [];
    private readonly List<SvgText> texts = [];
    private readonly Scale x, y;
    private readonly Scale? right;
    private readonly Legend legend;
    private readonly string title;
    private readonly double left, top, dataWidth, dataHeight, legendTop;

    /// <param name="title">The title.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis at the left.</param>
    /// <param name="right">The vertical axis at the right.</param>
    /// <param name="series">What the legend names.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels; each row of the legend after the first adds its own height, so that the data keep theirs.</param>
    public Sheet(string title, Scale x, Scale y, Scale? right, IReadOnlyList<(string Name, Mark Mark)> series, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 200);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 150);
        (this.title, this.x, this.y, this.right) = (title, x, y, right);
        legend = Legend.Of(series, width);
        Width = width;
        Height = height + (int)(Math.Max(0, legend.Rows - 1) * legend.RowHeight);

        IReadOnlyList<string> titleLines = TextSize.Wrap(title, TitleSize, width - (2 * Edge));
        top = Edge + (titleLines.Count * TitleSize * LineSpacing) + 6;
        double lastTick = x.Ticks.Count == 0 ? 0 : TextSize.Width(x.Ticks[^1].Label, TickSize) / 2;
        left = Edge + (LabelSize * LineSpacing) + WidestLabel(y) + TickLength + 4;
        dataWidth = width - left
            - (right is null ? Math.Max(16, Math.Min(lastTick, 60)) : Edge + (LabelSize * LineSpacing) + WidestLabel(right) + TickLength + 4);
        bool slanted = HasCategories && !FitsLevel();
        double tickHeight = slanted ? Math.Min(90, (x.Ticks.Max(tick => TextSize.Width(tick.Label, TickSize)) * 0.6) + TickSize) : TickSize;
        legendTop = Height - Edge - legend.Height;
        double labelBaseline = legendTop - 10, axisBottom = labelBaseline - LabelSize - tickHeight - TickLength - 4;
        dataHeight = axisBottom - top;
        if (dataHeight < 40) throw new ArgumentOutOfRangeException(nameof(height), height, "The height leaves no room for the data.");

        for (int i = 0; i < titleLines.Count; i++)
            texts.Add(new(titleLines[i], width / 2.0, Edge + (TitleSize * ((i * LineSpacing) + 0.9)), TitleSize, Anchor.Middle, IsBold: true));
        texts.Add(new(x.Axis.Label, left + (dataWidth / 2), labelBaseline, LabelSize, Anchor.Middle));
        texts.Add(new(y.Axis.Label, Edge + (LabelSize * 0.8), top + (dataHeight / 2), LabelSize, Anchor.Middle, -90));
        if (right is not null) texts.Add(new(right.Axis.Label, width - Edge - (LabelSize * 0.8), top + (dataHeight / 2), LabelSize, Anchor.Middle, 90));
        AddTickLabels(slanted);
        foreach (Legend.Entry entry in legend.Entries)
            texts.Add(new(entry.Name, entry.X + entry.Swatch + 4, legendTop + (entry.Row * legend.RowHeight) + legend.FontSize, legend.FontSize, Anchor.Start));
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Horizontal pixel of a value.</summary>
    public double X(double value) => left + ((x.Place(value) - x.Low) / (x.High - x.Low) * dataWidth);

    /// <summary>Vertical pixel of a value on one of the vertical axes.</summary>
    public double Y(double value, Scale axis) => PixelOf(axis, axis.Place(value));

    /// <summary>Vertical pixel of what bars stand on: 0, or the lower end of a logarithmic axis.</summary>
    public double Ground(Scale axis) => axis.Axis.IsLogarithmic ? Bottom : Y(0, axis);

    /// <summary>Vertical pixel of the axes' lower end.</summary>
    public double Bottom => top + dataHeight;

    /// <summary>The points of a series that have a place, in runs between those that have none.</summary>
    public IReadOnlyList<Pixel[]> Runs(Series series, Scale axis)
    {
        List<Pixel[]> runs = [];
        List<Pixel> run = [];
        void Break()
        {
            if (run.Count > 0) runs.Add([.. run]);
            run.Clear();
        }

        for (int i = 0; i < series.Y.Length; i++)
        {
            if (x.Has(series.X[i]) && axis.Has(series.Y[i])) run.Add(new(X(series.X[i]), Y(series.Y[i], axis)));
            else Break();
        }

        Break();
        return runs;
    }

    /// <summary>Draws on the data's rectangle, over what is there.</summary>
    public void Draw(XElement element) => data.Add(element);

    /// <summary>Puts a word on the figure.</summary>
    public void Write(SvgText text) => texts.Add(text);

    /// <summary>The finished figure.</summary>
    public string ToSvg()
    {
        bool isEmpty = data.Count == 0 && texts.All(text => !text.IsOnData);
        if (isEmpty) texts.Add(new("no finite values", left + (dataWidth / 2), top + (dataHeight / 2), LabelSize, Anchor.Middle, IsOnData: true));
        double end = left + dataWidth;
        IEnumerable<double> columns = x.Ticks.Select(tick => X(tick)), rows = y.Ticks.Select(tick => PixelOf(y, tick.Place));
        string grid = string.Concat(HasCategories ? [] : columns.Select(at => Vertical(at, top, Bottom))) + string.Concat(rows.Select(at => Level(at, left, end)));
        string frame = Vertical(left, top, Bottom) + Level(Bottom, left, end)
            + string.Concat(columns.Select(at => Vertical(at, Bottom, Bottom + 4))) + string.Concat(rows.Select(at => Level(at, left, left - 4)));
        if (right is not null) frame += Vertical(end, top, Bottom) + string.Concat(right.Ticks.Select(tick => Level(PixelOf(right, tick.Place), end, end + 4)));
        return SvgDocument.Compose(
            title, Width, Height, (left, top, end, Bottom), grid, data, [SvgDocument.Stroke(frame, null, 1), .. legend.Entries.SelectMany(Marks)], texts);
    }

    private bool HasCategories => x.Ticks.Count > 0 && x.Low == -0.5 && x.Ticks[0].Place == 0 && x.High == x.Ticks.Count - 0.5;

    private static double WidestLabel(Scale scale) => scale.Ticks.Count == 0 ? 0 : scale.Ticks.Max(tick => TextSize.Width(tick.Label, TickSize));

    private bool FitsLevel() => x.Ticks.All(tick => TextSize.Width(tick.Label, TickSize) <= (dataWidth / x.Ticks.Count) - 4);

    private void AddTickLabels(bool slanted)
    {
        double free = double.NegativeInfinity, baseline = top + dataHeight + TickLength + TickSize;
        foreach (Tick tick in x.Ticks)
        {
            double center = X(tick), half = TextSize.Width(tick.Label, TickSize) / 2;
            if (slanted) texts.Add(new(tick.Label, center + 4, baseline - 4, TickSize, Anchor.End, -35));
            else if (center - half > free)
            {
                texts.Add(new(tick.Label, center, baseline, TickSize, Anchor.Middle));
                free = center + half + 5;
            }
        }

        foreach (Tick tick in y.Ticks) texts.Add(new(tick.Label, left - TickLength, PixelOf(y, tick.Place) + (TickSize * 0.35), TickSize, Anchor.End));
        if (right is null) return;
        foreach (Tick tick in right.Ticks)
        {
            double middle = PixelOf(right, tick.Place);
            texts.Add(new(tick.Label, left + dataWidth + TickLength, middle + (TickSize * 0.35), TickSize, Anchor.Start));
        }
    }

    private double X(Tick tick) => left + ((tick.Place - x.Low) / (x.High - x.Low) * dataWidth);

    private double PixelOf(Scale axis, double place) => top + ((axis.High - place) / (axis.High - axis.Low) * dataHeight);

    private static string Level(double y, double from, double to) => $"M{SvgPath.Number(from)} {SvgPath.Number(y)}H{SvgPath.Number(to)}";

    private static string Vertical(double x, double from, double to) => $"M{SvgPath.Number(x)} {SvgPath.Number(from)}V{SvgPath.Number(to)}";

    /// <summary>The marks of an entry of the legend.</summary>
    private IEnumerable<XElement> Marks(Legend.Entry entry)
    {
        double middle = legendTop + (entry.Row * legend.RowHeight) + (legend.FontSize * 0.62), end = entry.X + entry.Swatch;
        Mark mark = entry.Mark;
        if (mark.LineWidth > 0) yield return SvgDocument.Line(mark, [new(entry.X, middle), new(end, middle)], entry.Name);
        if (mark.MarkerSize == 0) yield break;
        yield return SvgDocument.Markers(mark, [new(mark.LineWidth > 0 ? (entry.X + end) / 2 : end - 8, middle)], Math.Max(7, mark.MarkerSize));
    }
}
