using ScottPlot;
using ScottPlot.TickGenerators;

namespace NegSamples.Report.Plots;

/// <summary>A figure in the making: ScottPlot draws what is geometry; all text is placed here and stays text.</summary>
/// <remarks>ScottPlot measures text by the fonts of the machine that draws and writes each letter at a fixed place; on a machine without
/// fonts it writes none. The figure is read on another machine, so its text is placed by its anchor with room for any sans-serif face.</remarks>
internal sealed class Sheet : IDisposable
{
    // Pixels.
    private const double Edge = 10, TitleSize = 16, LabelSize = 14, TickSize = 13, LineSpacing = 1.25, TickLength = 8;

    private readonly Plot plot = new();
    private readonly List<SvgText> texts = [];
    private readonly IReadOnlyList<(string Name, Mark Mark)> series;
    private readonly Scale x, y;
    private readonly Scale? right;
    private readonly Legend legend;
    private readonly string title;
    private readonly double left, top, dataWidth, dataHeight;

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
        (this.title, this.x, this.y, this.right, this.series) = (title, x, y, right, series);
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
        double legendTop = Height - Edge - legend.Height, labelBaseline = legendTop - 10, axisBottom = labelBaseline - LabelSize - tickHeight - TickLength - 4;
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
        SetUp(legendTop);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Receives what is drawn.</summary>
    public PlottableAdder Add => plot.Add;

    /// <summary>The axes of a series: with the left or the right vertical axis.</summary>
    public IAxes Axes(bool onRight) => new Axes { XAxis = plot.Axes.Bottom, YAxis = onRight ? plot.Axes.Right : plot.Axes.Left };

    /// <summary>Horizontal pixel of a place on the axis.</summary>
    public double PixelX(double place) => left + ((place - x.Low) / (x.High - x.Low) * dataWidth);

    /// <summary>Vertical pixel of a place on the left axis.</summary>
    public double PixelY(double place) => top + ((y.High - place) / (y.High - y.Low) * dataHeight);

    /// <summary>Puts a word on the figure.</summary>
    public void Write(SvgText text) => texts.Add(text);

    /// <summary>The finished figure.</summary>
    public string ToSvg()
    {
        bool isEmpty = !plot.GetPlottables().Any() && texts.All(text => !text.IsOnData);
        if (isEmpty) texts.Add(new("no finite values", left + (dataWidth / 2), top + (dataHeight / 2), LabelSize, Anchor.Middle, IsOnData: true));
        return SvgDocument.Compose(plot.GetSvgXml(Width, Height), title, Width, Height, texts, series);
    }

    public void Dispose() => plot.Dispose();

    private bool HasCategories => x.Ticks.Count > 0 && x.Low == -0.5 && x.Ticks[0].Place == 0 && x.High == x.Ticks.Count - 0.5;

    private static double WidestLabel(Scale scale) => scale.Ticks.Count == 0 ? 0 : scale.Ticks.Max(tick => TextSize.Width(tick.Label, TickSize));

    private bool FitsLevel() => x.Ticks.All(tick => TextSize.Width(tick.Label, TickSize) <= (dataWidth / x.Ticks.Count) - 4);

    private void AddTickLabels(bool slanted)
    {
        double free = double.NegativeInfinity, baseline = top + dataHeight + TickLength + TickSize;
        foreach (Tick tick in x.Ticks)
        {
            double center = PixelX(tick.Place), half = TextSize.Width(tick.Label, TickSize) / 2;
            if (slanted) texts.Add(new(tick.Label, center + 4, baseline - 4, TickSize, Anchor.End, -35));
            else if (center - half > free)
            {
                texts.Add(new(tick.Label, center, baseline, TickSize, Anchor.Middle));
                free = center + half + 5;
            }
        }

        foreach (Tick tick in y.Ticks) texts.Add(new(tick.Label, left - TickLength, PixelY(tick.Place) + (TickSize * 0.35), TickSize, Anchor.End));
        if (right is null) return;
        foreach (Tick tick in right.Ticks)
        {
            double middle = top + ((right.High - tick.Place) / (right.High - right.Low) * dataHeight);
            texts.Add(new(tick.Label, left + dataWidth + TickLength, middle + (TickSize * 0.35), TickSize, Anchor.Start));
        }
    }

    private void SetUp(double legendTop)
    {
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Layout.Fixed(new PixelPadding((float)left, (float)(Width - left - dataWidth), (float)(Height - top - dataHeight), (float)top));
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        Dress(plot.Axes.Bottom, x);
        Dress(plot.Axes.Left, y);
        plot.Axes.Top.IsVisible = false;
        plot.Axes.Right.IsVisible = right is not null;
        if (right is not null)
        {
            plot.Axes.SetLimitsY(right.Low, right.High, plot.Axes.Right);
            Dress(plot.Axes.Right, right);
        }

        plot.Grid.MajorLineColor = SvgDocument.GridColor;
        plot.Grid.XAxisStyle.IsVisible = !HasCategories;
        plot.Legend.IsVisible = false;
        plot.RenderManager.RenderActions.Add(new LegendMarks(legend, legendTop));
    }

    private static void Dress(IAxis panel, Scale scale)
    {
        panel.TickGenerator = new NumericManual([.. scale.Ticks.Select(tick => tick.Place)], [.. scale.Ticks.Select(_ => "")]);
        panel.MajorTickStyle.Color = SvgDocument.AxisColor;
        panel.FrameLineStyle.Color = SvgDocument.AxisColor;
    }

    /// <summary>Draws the legend's marks, outside the data's clip.</summary>
    private sealed class LegendMarks(Legend legend, double legendTop) : IRenderAction
    {
        public void Render(RenderPack rp)
        {
            foreach (Legend.Entry entry in legend.Entries)
            {
                float middle = (float)(legendTop + (entry.Row * legend.RowHeight) + (legend.FontSize * 0.62)), start = (float)entry.X,
                    end = (float)(entry.X + entry.Swatch);
                Mark mark = entry.Mark;
                if (mark.LineWidth > 0) Drawing.DrawLine(rp.Canvas, rp.Paint, new Pixel(start, middle), new Pixel(end, middle), mark.Color, mark.LineWidth);
                if (mark.MarkerSize == 0) continue;
                Pixel place = new(mark.LineWidth > 0 ? (start + end) / 2 : end - 8, middle);
                Drawing.DrawMarker(rp.Canvas, rp.Paint, place, new MarkerStyle(mark.Shape, Math.Max(7, mark.MarkerSize), mark.Color));
            }
        }
    }
}
