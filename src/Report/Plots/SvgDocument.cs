using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace NegSamples.Report.Plots;

/// <summary>A figure as a document, readable on a light and on a dark page, alone or inlined in HTML.</summary>
/// <remarks>Text, axes, grid and background take the page's <c>--figure-text</c>, <c>--figure-grid</c> and <c>--figure-background</c>; without
/// them they follow the reader's color scheme. Programs that know no style sheets see the attributes: a light figure.</remarks>
internal static class SvgDocument
{
    private const string Text = "#222222", Grid = "#dddddd", Background = "#ffffff", DarkText = "#e6e6e6", DarkGrid = "#3c4148", DarkBackground = "#16191d";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>A path with lines of one color.</summary>
    /// <param name="path">Its geometry.</param>
    /// <param name="color">The color; null for the page's color of axes.</param>
    /// <param name="width">The lines' width in pixels.</param>
    /// <param name="name">What shows where the pointer rests on it; null for nothing.</param>
    /// <param name="more">More attributes.</param>
    public static XElement Stroke(string path, string? color, double width, string? name = null, params XAttribute?[] more) => new(
        Svg + "path", color is null ? new XAttribute("class", "axis") : null, new XAttribute("stroke", color ?? Text),
        new XAttribute("stroke-width", SvgPath.Number(width)), new XAttribute("fill", "none"), more, new XAttribute("d", path), Title(name));

    /// <summary>A line through points as a series draws it.</summary>
    /// <param name="mark">How it looks.</param>
    /// <param name="points">Its points.</param>
    /// <param name="name">What shows where the pointer rests on it; null for nothing.</param>
    public static XElement Line(Mark mark, IEnumerable<Pixel> points, string? name = null) => Stroke(
        SvgPath.Line(points), mark.Color, mark.LineWidth, name, mark.Dashes is null ? null : new XAttribute("stroke-dasharray", mark.Dashes));

    /// <summary>A path filled with a color.</summary>
    /// <param name="path">Its geometry.</param>
    /// <param name="color">The color.</param>
    /// <param name="name">What shows where the pointer rests on it; null for nothing.</param>
    public static XElement Filling(string path, string color, string? name = null) =>
        new(Svg + "path", new XAttribute("fill", color), new XAttribute("d", path), Title(name));

    /// <summary>Markers at some places.</summary>
    /// <param name="mark">How they look.</param>
    /// <param name="places">Where they are.</param>
    /// <param name="size">Their diameter in pixels.</param>
    /// <param name="name">What shows where the pointer rests on one; null for nothing.</param>
    /// <param name="more">More attributes.</param>
    public static XElement Markers(Mark mark, IEnumerable<Pixel> places, double size, string? name = null, params XAttribute?[] more) =>
        mark.Shape is Shape.Circle or Shape.None
            ? Stroke(SvgPath.Dots(places), mark.Color, size, name, [new XAttribute("stroke-linecap", "round"), .. more])
            : Filling(string.Concat(places.Select(place => SvgPath.Marker(mark.Shape, place, size))), mark.Color, name);

    /// <summary>The document.</summary>
    /// <param name="title">The title, for those who hear the page.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="clip">Where data are seen: left, top, right, bottom.</param>
    /// <param name="grid">The grid's geometry.</param>
    /// <param name="data">What is drawn of the data.</param>
    /// <param name="around">What is drawn around them.</param>
    /// <param name="texts">The texts.</param>
    public static string Compose(
        string title, int width, int height, (double Left, double Top, double Right, double Bottom) clip, string grid, IReadOnlyList<XElement> data,
        IReadOnlyList<XElement> around, IReadOnlyList<SvgText> texts)
    {
        title = Harmless.Text(title);
        XElement words = new(
            Svg + "g", new XAttribute("fill", Text),
            new XAttribute("font-family", "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif"),
            texts.Where(text => text.Text.Length > 0).Select(Element));
        XElement[] content =
        [
            new(Svg + "rect", new XAttribute("class", "background"), new XAttribute("width", width), new XAttribute("height", height),
                new XAttribute("fill", Background)),
            new(Svg + "path", new XAttribute("class", "grid"), new XAttribute("stroke", Grid), new XAttribute("d", grid)),
            new(Svg + "g", data), .. around, words,
        ];

        // Figures of one page need ids that differ, and the same figure the same bytes.
        string drawn = string.Concat(content.Select(element => element.ToString(SaveOptions.DisableFormatting))) + title;
        string id = "figure-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(drawn)))[..10];
        content[2].SetAttributeValue("clip-path", $"url(#{id}-clip)");
        XElement root = new(
            Svg + "svg", new XAttribute("id", id), new XAttribute("role", "img"), new XAttribute("aria-labelledby", id + "-title"),
            new XAttribute("viewBox", FormattableString.Invariant($"0 0 {width} {height}")), new XAttribute("width", "100%"),
            new XAttribute("style", FormattableString.Invariant($"max-width:{width}px;height:auto")),
            new XElement(Svg + "title", new XAttribute("id", id + "-title"), title),
            new XElement(Svg + "style", Style(id)),
            new XElement(Svg + "clipPath", new XAttribute("id", id + "-clip"),
                new XElement(Svg + "path", new XAttribute("d", SvgPath.Rectangle(clip.Left, clip.Top, clip.Right, clip.Bottom)))),
            content);
        return root.ToString(SaveOptions.DisableFormatting) + "\n";
    }

    private static string Style(string id)
    {
        const string Property = "-"; // In CSS a property of one's own starts with two hyphens.
        string Rules(string text, string grid, string background) =>
            $"#{id} text{{fill:var({Property}-figure-text,{text})}}#{id} .axis{{stroke:var({Property}-figure-text,{text})}}#{id} .grid{{stroke:var({Property}-figure-grid,{grid})}}" +
            $"#{id} .background{{fill:var({Property}-figure-background,{background})}}#{id} .rim{{stroke:var({Property}-figure-background,{background})}}";
        return Rules(Text, Grid, Background) + "@media (prefers-color-scheme:dark){" + Rules(DarkText, DarkGrid, DarkBackground) + "}";
    }

    private static XElement? Title(string? name) => name is null ? null : new(Svg + "title", Harmless.Text(name));

    private static XElement Element(SvgText text)
    {
        string x = SvgPath.Number(text.X), y = SvgPath.Number(text.Y);
        XElement element = new(
            Svg + "text", new XAttribute("x", x), new XAttribute("y", y), new XAttribute("font-size", SvgPath.Number(text.FontSize)), Harmless.Text(text.Text));
        if (text.Anchor != Anchor.Start) element.SetAttributeValue("text-anchor", text.Anchor == Anchor.Middle ? "middle" : "end");
        if (text.Angle != 0) element.SetAttributeValue("transform", $"rotate({SvgPath.Number(text.Angle)} {x} {y})");
        if (text.IsOnData)
        {
            element.Add(
                new XAttribute("class", "rim"), new XAttribute("stroke", Background), new XAttribute("stroke-width", 3),
                new XAttribute("paint-order", "stroke"));
        }

        if (text.IsBold) element.SetAttributeValue("font-weight", "600");
        return element;
    }
}
