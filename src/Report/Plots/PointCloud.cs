using ScottPlot;
using SkiaSharp;

namespace NegSamples.Report.Plots;

/// <summary>Points as one path of lines without length and with round ends: ten thousand points are a tenth of the size of as many circles.</summary>
internal sealed class PointCloud(IReadOnlyList<Coordinates> points, Color color, float size, IAxes axes) : IPlottable
{
    public bool IsVisible { get; set; } = true;

    public IAxes Axes { get; set; } = axes;

    public IEnumerable<LegendItem> LegendItems => [];

    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    public void Render(RenderPack rp)
    {
        using SKPath path = new();
        foreach (Coordinates point in points)
        {
            Pixel pixel = Axes.GetPixel(point);
            path.MoveTo(pixel.X, pixel.Y);
            path.LineTo(pixel.X, pixel.Y);
        }

        using SKPaint paint = new()
        {
            Color = color.WithAlpha(0.75).ToSKColor(), Style = SKPaintStyle.Stroke, StrokeWidth = size, StrokeCap = SKStrokeCap.Round, IsAntialias = true,
        };
        rp.Canvas.DrawPath(path, paint);
    }
}
