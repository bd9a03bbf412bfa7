using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ScottPlot;

namespace NegSamples.Report.Plots;

/// <summary>Makes a document of what ScottPlot drew and of text, readable on a light and on a dark page, alone or inlined in HTML.</summary>
/// <remarks>Text, axes, grid and background take the page's <c>--figure-text</c>, <c>--figure-grid</c> and <c>--figure-background</c>; without
/// them they follow the reader's color scheme. Programs that know no style sheets see the attributes: a light figure.</remarks>
internal static partial class SvgDocument
{
    private const string Text = "#222222", Grid = "#dddddd", Background = "#ffffff", DarkText = "#e6e6e6", DarkGrid = "#3c4148", DarkBackground = "#16191d";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>What to draw in so that it becomes the page's color of the grid.</summary>
    public static readonly Color GridColor = Color.FromHex("#FE0DD1");

    /// <summary>What to draw in so that it becomes the page's color of text and axes.</summary>
    public static readonly Color AxisColor = Color.FromHex("#FE0DD2");

    /// <summary>The document.</summary>
    /// <param name="drawing">ScottPlot's SVG.</param>
    /// <param name="title">The title, for those who hear the page.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="series">Names and looks, told apart by color. A name shows where the pointer rests on a line or a cloud of points.</param>
    public static string Compose(string drawing, string title, int width, int height, IReadOnlyList<SvgText> texts,
        IReadOnlyList<(string Name, Mark Mark)> series)
    {
        title = Harmless.Text(title);
        Dictionary<int, (string Name, Mark Mark)> looks = [];
        foreach ((string Name, Mark Mark) look in series) looks.TryAdd(Key(look.Mark.Color.ToHex()), look);
        XElement body = new(Svg + "g", XDocument.Parse(drawing).Root!.Elements().Where(element => !IsInvisible(element)));
        foreach (XElement element in body.DescendantsAndSelf()) Dress(element, looks);
        NumberIds(body);
        XElement words = new(
            Svg + "g", new XAttribute("fill", Text),
            new XAttribute("font-family", "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif"),
            texts.Where(text => text.Text.Length > 0).Select(Element));
        NumberClips(body);
        string content = body.ToString(SaveOptions.DisableFormatting) + words.ToString(SaveOptions.DisableFormatting) + title;
        string id = "figure-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..10];
        foreach (XAttribute attribute in body.Descendants().Attributes())
        {
            if (attribute.Name == "id") attribute.Value = $"{id}-{attribute.Value}";
            else if (attribute.Name == "clip-path") attribute.Value = attribute.Value.Replace("url(#", $"url(#{id}-", StringComparison.Ordinal);
        }

        XElement root = new(
            Svg + "svg", new XAttribute("id", id), new XAttribute("role", "img"), new XAttribute("aria-labelledby", id + "-title"),
            new XAttribute("viewBox", FormattableString.Invariant($"0 0 {width} {height}")), new XAttribute("width", "100%"),
            new XAttribute("style", FormattableString.Invariant($"max-width:{width}px;height:auto")),
            new XElement(Svg + "title", new XAttribute("id", id + "-title"), title),
            new XElement(Svg + "style", Style(id)),
            new XElement(Svg + "rect", new XAttribute("class", "background"), new XAttribute("width", width), new XAttribute("height", height),
                new XAttribute("fill", Background)),
            body, words);
        return root.ToString(SaveOptions.DisableFormatting) + "\n";
    }

    /// <summary>Skia numbers its clips through the whole process; numbered within the figure, the same figure is the same text again.</summary>
    private static void NumberClips(XElement body)
    {
        XAttribute[] ids = [.. body.Descendants().Attributes("id")];
        Dictionary<string, string> places = ids.Select((id, i) => (Old: $"url(#{id.Value})", Place: FormattableString.Invariant($"clip-{i}")))
            .ToDictionary(entry => entry.Old, entry => entry.Place, StringComparer.Ordinal);
        foreach (XAttribute clip in body.Descendants().Attributes("clip-path"))
        {
            if (places.TryGetValue(clip.Value, out string? place)) clip.Value = $"url(#{place})";
        }

        for (int i = 0; i < ids.Length; i++) ids[i].Value = FormattableString.Invariant($"clip-{i}");
    }

    private static string Style(string id)
    {
        const string Property = "-"; // In CSS a property of one's own starts with two hyphens.
        string Rules(string text, string grid, string background) =>
            $"#{id} text{{fill:var({Property}-figure-text,{text})}}#{id} .axis{{stroke:var({Property}-figure-text,{text})}}#{id} .grid{{stroke:var({Property}-figure-grid,{grid})}}" +
            $"#{id} .background{{fill:var({Property}-figure-background,{background})}}#{id} .rim{{stroke:var({Property}-figure-background,{background})}}";
        return Rules(Text, Grid, Background) + "@media (prefers-color-scheme:dark){" + Rules(DarkText, DarkGrid, DarkBackground) + "}";
    }

    private static bool IsInvisible(XElement element) => element.Attribute("fill-opacity")?.Value == "0" && element.Attribute("stroke") is null;

    private static void Dress(XElement element, Dictionary<int, (string Name, Mark Mark)> looks)
    {
        if (element.Attribute("stroke") is { } stroke)
        {
            if (Is(stroke, GridColor)) Classify(element, stroke, "grid", Grid);
            else if (Is(stroke, AxisColor)) Classify(element, stroke, "axis", Text);
            else if (looks.TryGetValue(Key(stroke.Value), out (string Name, Mark Mark) look)) AddLook(element, look.Name, look.Mark);
        }

        element.Attribute("stroke-miterlimit")?.Remove();
        foreach (XAttribute attribute in element.Attributes())
        {
            if (attribute.Name.LocalName is not ("d" or "x" or "y" or "cx" or "cy" or "rx" or "ry" or "width" or "height" or "points" or "transform")) continue;
            attribute.Value = Decimals().Replace(attribute.Value, match => Number(double.Parse(match.Value, CultureInfo.InvariantCulture)));
        }

        if (element.Attribute("d") is { } path) path.Value = Dot().Replace(path.Value, "M$1 $2h0");
    }

    private static void AddLook(XElement element, string name, Mark mark)
    {
        bool isLine = mark.LineWidth > 0 && (double?)element.Attribute("stroke-width") is { } width && Math.Abs(width - mark.LineWidth) < 1e-3;
        if (isLine && mark.Dashes is not null) element.SetAttributeValue("stroke-dasharray", mark.Dashes);
        if (isLine || mark.LineWidth == 0) element.Add(new XElement(Svg + "title", Harmless.Text(name)));
    }

    private static void Classify(XElement element, XAttribute stroke, string name, string color)
    {
        stroke.Value = color;
        element.SetAttributeValue("class", name);
    }

    private static bool Is(XAttribute attribute, Color color) => Key(attribute.Value) == Key(color.ToHex());

    // Skia writes #07B for #0077BB, and a name where a color has one.
    private static int Key(string color) => System.Drawing.ColorTranslator.FromHtml(color).ToArgb();

    /// <summary>Counts the ids from 1 in each figure; Skia counts them over the life of the process.</summary>
    private static void NumberIds(XElement body)
    {
        Dictionary<string, string> numbers = [];
        foreach (XAttribute id in body.Descendants().Attributes("id"))
        {
            numbers[$"url(#{id.Value})"] = FormattableString.Invariant($"url(#clip-{numbers.Count + 1})");
            id.Value = numbers[$"url(#{id.Value})"][5..^1];
        }

        foreach (XAttribute clip in body.Descendants().Attributes("clip-path")) clip.Value = numbers[clip.Value];
    }

    private static XElement Element(SvgText text)
    {
        XElement element = new(
            Svg + "text", new XAttribute("x", Number(text.X)), new XAttribute("y", Number(text.Y)),
            new XAttribute("font-size", Number(text.FontSize)), Harmless.Text(text.Text));
        if (text.Anchor != Anchor.Start) element.SetAttributeValue("text-anchor", text.Anchor == Anchor.Middle ? "middle" : "end");
        if (text.Angle != 0) element.SetAttributeValue("transform", $"rotate({Number(text.Angle)} {Number(text.X)} {Number(text.Y)})");
        if (text.IsOnData)
        {
            element.Add(
                new XAttribute("class", "rim"), new XAttribute("stroke", Background), new XAttribute("stroke-width", 3),
                new XAttribute("paint-order", "stroke"));
        }
        if (text.IsBold) element.SetAttributeValue("font-weight", "600");
        return element;
    }

    // A hundredth of a pixel is finer than any screen.
    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"-?\d+\.\d+(e-?\d+)?")]
    private static partial Regex Decimals();

    [GeneratedRegex(@"M(\S+) (\S+)L\1 \2(?=M|$)")]
    private static partial Regex Dot();
}
