using System.Globalization;
using System.Text;

namespace NegSamples.Report.Plots;

/// <summary>A place in a figure, in pixels from the left and from the top.</summary>
internal readonly record struct Pixel(double X, double Y);

/// <summary>Geometry as the text of SVG's paths: what a series draws is one path, however many points it has.</summary>
internal static class SvgPath
{
    /// <summary>A number of pixels. A hundredth is finer than any screen.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A line through points.</summary>
    public static string Line(params IEnumerable<Pixel> points)
    {
        StringBuilder path = new();
        foreach (Pixel point in points) path.Append(path.Length == 0 ? 'M' : ' ').Append(Number(point.X)).Append(' ').Append(Number(point.Y));
        return path.ToString();
    }

    /// <summary>A closed line through points.</summary>
    public static string Area(params IEnumerable<Pixel> points) => Line(points) + "z";

    /// <summary>A rectangle.</summary>
    public static string Rectangle(double left, double top, double right, double bottom) =>
        $"M{Number(left)} {Number(top)}H{Number(right)}V{Number(bottom)}H{Number(left)}z";

    /// <summary>Lines without length, which round ends make dots: ten thousand points are a tenth of the size of as many circles.</summary>
    public static string Dots(IEnumerable<Pixel> points)
    {
        StringBuilder path = new();
        foreach (Pixel point in points) path.Append('M').Append(Number(point.X)).Append(' ').Append(Number(point.Y)).Append("h0");
        return path.ToString();
    }

    /// <summary>The outline of a marker that is no circle.</summary>
    public static string Marker(Shape shape, Pixel at, double size)
    {
        double half = size / 2, low = size / (2 * Math.Sqrt(3)), high = 2 * low, turned = shape == Shape.TriangleDown ? -1 : 1;
        return shape switch
        {
            Shape.Square => Rectangle(at.X - half, at.Y - half, at.X + half, at.Y + half),
            Shape.Diamond => Area(new(at.X, at.Y - half), new(at.X + half, at.Y), new(at.X, at.Y + half), new(at.X - half, at.Y)),
            _ => Area(new(at.X, at.Y - (turned * high)), new(at.X + half, at.Y + (turned * low)), new(at.X - half, at.Y + (turned * low))),
        };
    }
}
