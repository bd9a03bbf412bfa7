namespace NegSamples.Report.Plots;

/// <summary>How a point is drawn.</summary>
internal enum Shape
{
    None,
    Circle,
    Square,
    TriangleUp,
    Diamond,
    TriangleDown,
}

/// <summary>How a series looks, in the figure and in its legend.</summary>
/// <param name="Color">Its color, as CSS writes it.</param>
/// <param name="Dashes">The dashes of its line, as SVG writes them; null for none.</param>
/// <param name="LineWidth">Width of its line in pixels; 0 for none.</param>
/// <param name="Shape">Its markers.</param>
/// <param name="MarkerSize">Diameter of its markers in pixels; 0 for none.</param>
internal sealed record Mark(string Color, string? Dashes, double LineWidth, Shape Shape, double MarkerSize)
{
    // Okabe and Ito 2008 (their blue a little lighter) without black and yellow, which vanish on a dark and on a light page; then six that stay apart from
    // them and from each other in lightness. From the seventh series on lines are dashed as well, so that no series rests on hue alone.
    private static readonly string[] Colors =
        ["#1B85C8", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BC8", "#7F7F7F", "#A07028", "#17A2A2", "#8E9B1E", "#D1426F"];

    private static readonly Shape[] Shapes = [Shape.Circle, Shape.Square, Shape.TriangleUp, Shape.Diamond, Shape.TriangleDown];

    /// <summary>A line with markers.</summary>
    public static Mark Line(int index) => new(ColorOf(index), DashesOf(index), 1.8, Shapes[index % Shapes.Length], 7);

    /// <summary>A line without markers.</summary>
    public static Mark Curve(int index) => new(ColorOf(index), DashesOf(index), 1.5, Shape.None, 0);

    /// <summary>A filled area.</summary>
    public static Mark Area(int index) => new(ColorOf(index), null, 0, Shape.Square, 11);

    /// <summary>Points of one of several classes.</summary>
    public static Mark Dot(int index, int classes, double size) =>
        new(classes <= Colors.Length ? ColorOf(index) : Spread(index, classes), null, 0, Shape.Circle, size);

    private static string ColorOf(int index) => Colors[index % Colors.Length];

    private static string? DashesOf(int index) => index < 6 ? null : index < 12 ? "6 3" : "2 3";

    /// <summary>One of many colors: hues all around the circle, neighbours in turn dark, middle and light, none too near to black or white.</summary>
    private static string Spread(int index, int classes)
    {
        double hue = 360.0 * index / classes, lightness = 0.42 + (0.13 * (index % 3)), saturation = 0.75 - (0.2 * (index / 3 % 2));
        double chroma = (1 - Math.Abs((2 * lightness) - 1)) * saturation, low = lightness - (chroma / 2);
        byte Channel(double shift)
        {
            double place = (hue + shift) % 360 / 60;
            return (byte)Math.Round(255 * (low + (chroma * Math.Clamp(Math.Abs(place - 3) - 1, 0, 1))));
        }

        return FormattableString.Invariant($"#{Channel(0):X2}{Channel(240):X2}{Channel(120):X2}");
    }
}
