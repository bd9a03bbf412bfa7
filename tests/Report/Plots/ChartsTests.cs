using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NegSamples.Report.Plots;

namespace NegSamples.Tests.Report.Plots;

public class ChartsTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly double[] Negatives = [31, 63, 127, 255, 511];
    private static readonly double[] Values = [1, 10, 31.6, 100, 1000];

    public static TheoryData<string> Kinds => ["lines", "curves", "bars", "scatter", "histogram", "empty"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void IsAWholeDocumentWithItsWords(string kind)
    {
        string svg = Draw(kind);
        XElement root = XDocument.Parse(svg).Root!;
        Assert.Equal("img", (string?)root.Attribute("role"));
        Assert.Equal("100%", (string?)root.Attribute("width"));
        Assert.Matches(@"^0 0 \d+ \d+$", (string?)root.Attribute("viewBox"));
        Assert.Equal("A <title> & more", root.Element(Svg + "title")!.Value);
        string[] words = [.. Texts(root).Select(text => text.Value)];
        foreach (string expected in new[] { "A <title> & more", "K (negatives)", "loss (nats)", "first", "second" }) Assert.Contains(expected, words);
        Assert.DoesNotMatch("NaN|Infinity|∞", Regex.Replace(svg, "<title.*?</title>", ""));
        Assert.Contains("var(--figure-text,", svg, StringComparison.Ordinal);
        Assert.Contains("var(--figure-grid,", svg, StringComparison.Ordinal);
        Assert.Contains("var(--figure-background,", svg, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", svg, StringComparison.Ordinal);
        string[] ids = [.. root.DescendantsAndSelf().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.StartsWith((string)root.Attribute("id")!, id, StringComparison.Ordinal));

        // A figure that took its letters' places from a font of this machine would have a list of them.
        Assert.All(Texts(root), text => Assert.True(double.TryParse((string?)text.Attribute("x"), NumberStyles.Float, CultureInfo.InvariantCulture, out _)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void IsTheSameBytesEachTimeAndFromAnyThread(string kind)
    {
        string expected = Draw(kind);
        string[] again = new string[8];
        Parallel.For(0, again.Length, i => again[i] = Draw(kind));
        Assert.All(again, svg => Assert.Equal(expected, svg));
        Assert.All(Kinds.Where(other => other.Data != kind), other => Assert.NotEqual(Id(expected), Id(Draw(other.Data))));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void MarkersLieWhereTheTicksSay(bool logX, bool logY)
    {
        XElement root = XDocument.Parse(Charts.Lines(
            new("t", new("x", logX), new("y", logY), [new("s", Negatives, Values)]), xTicks: Negatives)).Root!;
        (double Value, double X, double Y)[] numbers = [.. Numbers(root)];
        double bottom = numbers.Max(number => number.Y);
        (double Value, double Pixel)[] horizontal = [.. numbers.Where(number => number.Y == bottom).Select(number => (number.Value, number.X))];
        (double Value, double Pixel)[] vertical = [.. numbers.Where(number => number.Y < bottom).Select(number => (number.Value, number.Y))];
        double legend = Texts(root).Where(text => text.Value == "s").Select(text => (double)text.Attribute("y")!).Max();
        (double X, double Y)[] circles =
            [.. root.Descendants(Svg + "path").Where(IsDots).SelectMany(path => Points((string)path.Attribute("d")!)).Where(circle => circle.Y < legend - 20)];
        Assert.Equal(Negatives.Length, circles.Length);
        for (int i = 0; i < circles.Length; i++)
        {
            Assert.Equal(Interpolate(horizontal, Negatives[i], logX), circles[i].X, 0.1);

            // A number's baseline lies a constant below its tick; the two ends of the axis give the scale, the first marker the constant.
            Assert.Equal(
                Interpolate(vertical, Values[i], logY) - Interpolate(vertical, Values[0], logY), circles[i].Y - circles[0].Y, 0.1);
        }
    }

    [Fact]
    public void LogarithmicTicksArePowersOfTenAndABoundWithoutValueIsVacuous()
    {
        XElement root = XDocument.Parse(Charts.Bars(
            "t", new("N"), new("bound (nats)", true), ["32", "64"], [new("a", [], [double.NaN, 3]), new("b", [], [double.PositiveInfinity, 2e5]), new("c", [], [0, 1])])).Root!;
        string[] words = [.. Texts(root).Select(text => text.Value)];
        foreach (string tick in new[] { "1", "10", "100", "1000", "1e4", "1e5" }) Assert.Contains(tick, words);
        Assert.Equal(2, words.Count(word => word == "vacuous"));
        Assert.Equal(1, words.Count(word => word == "≤ 0"));
        Assert.All(Texts(root).Where(text => text.Value == "vacuous"), text => Assert.StartsWith("rotate(-90", (string?)text.Attribute("transform"), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void EveryClassHasAColorAndANameOfItsOwn(int classes)
    {
        Series[] series = [.. Enumerable.Range(0, classes).Select(i => new Series($"class {i}", [i, i + 0.5], [i % 7, i % 5]))];
        XElement root = XDocument.Parse(Charts.Scatter("t", new("x"), new("y"), series)).Root!;
        HashSet<string> words = [.. Texts(root).Select(text => text.Value)];
        Assert.All(series, one => Assert.Contains(one.Name, words));
        XElement[] clouds = [.. root.Descendants(Svg + "path").Where(path => IsDots(path) && path.Attribute("stroke-opacity") is not null)];
        Assert.Equal(classes, clouds.Length);
        Assert.Equal(classes, clouds.Select(cloud => (string?)cloud.Attribute("stroke")).Distinct().Count());
        Assert.All(clouds, cloud => Assert.Matches("^class [0-9]+$", cloud.Element(Svg + "title")!.Value));
        AssertApart(root);
    }

    [Fact]
    public void TwelveSeriesAndCrowdedTicksDoNotOverlap()
    {
        double[] crowded = [1, 2, 3, 4, 5, 8, 16, 32, 64, 128, 256, 512, 1024];
        Series[] series = [.. Enumerable.Range(0, 12).Select(i => new Series($"the bound number {i}", crowded, [.. crowded.Select(k => k + i)]))];
        foreach (bool logarithmic in new[] { false, true })
        {
            XElement root = XDocument.Parse(Charts.Lines(new("t", new("K", logarithmic), new("y"), series), xTicks: crowded)).Root!;
            AssertApart(root);
            Assert.Contains("1024", Texts(root).Select(text => text.Value));
            string[] colors = [.. root.Descendants().Attributes("stroke").Select(stroke => stroke.Value).Distinct()];
            Assert.True(colors.Length >= 12);
        }
    }

    [Fact]
    public void ALongCurveIsThinnedButKeepsItsPeak()
    {
        double[] x = [.. Enumerable.Range(0, 200_000).Select(i => (double)i)], y = [.. x.Select(i => i == 123_457 ? 9.0 : Math.Sin(i))];
        string svg = Charts.Curves(new("t", new("step"), new("loss (nats)"), [new("s", x, y)]));
        Assert.InRange(svg.Length, 1000, 100_000);
        (double Value, double X, double Y)[] numbers = [.. Numbers(XDocument.Parse(svg).Root!)];
        double bottom = numbers.Max(number => number.Y);
        (double, double)[] vertical = [.. numbers.Where(number => number.Y < bottom).Select(number => (number.Value, number.Y))];
        string path = XDocument.Parse(svg).Root!.Descendants(Svg + "path").Select(element => (string)element.Attribute("d")!).MaxBy(text => text.Length)!;
        double[] heights = [.. Points(path).Select(point => point.Y)];
        Assert.Equal(Interpolate(vertical, 9, false) - Interpolate(vertical, -1, false), heights.Min() - heights.Max(), 0.2);
    }

    [Fact]
    public void ALineBreaksAtAMissingValueAndMoreThanSixSeriesAreDashed()
    {
        Series[] series = [.. Enumerable.Range(0, 8).Select(i => new Series($"s{i}", Negatives, [1, 2, i == 0 ? double.NaN : 3, 4, 5]))];
        XElement root = XDocument.Parse(Charts.Lines(new("t", new("K"), new("y"), series))).Root!;
        string[] Paths(string name) => [.. root.Descendants(Svg + "path").Where(path => path.Element(Svg + "title")?.Value == name).Select(path => (string)path.Attribute("d")!)];
        Assert.Equal(Paths("s1").Length + 1, Paths("s0").Length);
        Assert.Equal(
            ["s6", "s7"], root.Descendants().Where(element => element.Attribute("stroke-dasharray") is not null).Select(element => element.Element(Svg + "title")!.Value).Distinct());
    }

    [Fact]
    public void WrongShapesAreRefused()
    {
        Axis axis = new("x");
        Assert.Contains("s has 2 X, 1 Y", Assert.Throws<ArgumentException>(() => Charts.Lines(new("t", axis, axis, [new("s", [1, 2], [1])]))).Message, StringComparison.Ordinal);
        Assert.Contains("expected 2, one per category", Assert.Throws<ArgumentException>(() => Charts.Bars("t", axis, axis, ["a", "b"], [new("s", [], [1])])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 1, one per bin", Assert.Throws<ArgumentException>(() => Charts.Histogram("t", axis, axis, [0, 1], [new("s", [], [1, 2])])).Message, StringComparison.Ordinal);
        Assert.Contains("edges[1] is 0", Assert.Throws<ArgumentException>(() => Charts.Histogram("t", axis, axis, [0, 0], [new("s", [], [1])])).Message, StringComparison.Ordinal);
    }

    private static string Draw(string kind)
    {
        Axis x = new("K (negatives)"), y = new("loss (nats)");
        Series[] series = [new("first", Negatives, Values, [0.1, 0.2, double.NaN, 20, 3]), new("second", Negatives, [2, double.NaN, double.PositiveInfinity, 4, 5])];
        const string Title = "A <title> & more";
        return kind switch
        {
            "lines" => Charts.Lines(new(Title, x with { IsLogarithmic = true }, y with { IsLogarithmic = true }, [series[0]], new("right (%)"), [series[1] with { Name = "second" }]), xTicks: Negatives)
                .Replace("second (right axis)", "second", StringComparison.Ordinal),
            "curves" => Charts.Curves(new(Title, x, y, series)),
            "bars" => Charts.Bars(Title, x, y with { IsLogarithmic = true }, ["a", "b", "c", "d", "e"], series, new("right (%)"), [series[0]]),
            "scatter" => Charts.Scatter(Title, x, y, series),
            "histogram" => Charts.Histogram(Title, x, y, [0, 1, 2, 3, 5, 9], series),
            _ => Charts.Lines(new(Title, x, y, [new("first", [1], [double.NaN]), new("second", [], [])])),
        };
    }

    private static bool IsDots(XElement path) => (string?)path.Attribute("stroke-linecap") == "round";

    /// <summary>The points of a path of dots or of straight lines.</summary>
    private static IEnumerable<(double X, double Y)> Points(string path) => Regex.Matches(path, @"(?<=[M ])(\S+?) ([0-9.-]+)")
        .Select(match => (double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)));

    private static string Id(string svg) => (string)XDocument.Parse(svg).Root!.Attribute("id")!;

    private static IEnumerable<XElement> Texts(XElement root) => root.Descendants(Svg + "text");

    /// <summary>The ticks' numbers with their places.</summary>
    private static IEnumerable<(double Value, double X, double Y)> Numbers(XElement root)
    {
        foreach (XElement text in Texts(root))
        {
            if (double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                yield return (value, (double)text.Attribute("x")!, (double)text.Attribute("y")!);
        }
    }

    /// <summary>The pixel of a value on the axis through two ticks.</summary>
    private static double Interpolate((double Value, double Pixel)[] ticks, double value, bool logarithmic)
    {
        double Place(double number) => logarithmic ? Math.Log10(number) : number;
        (double Value, double Pixel) first = ticks.MinBy(tick => tick.Value), last = ticks.MaxBy(tick => tick.Value);
        return first.Pixel + ((last.Pixel - first.Pixel) * (Place(value) - Place(first.Value)) / (Place(last.Value) - Place(first.Value)));
    }

    /// <summary>Level texts do not overlap, each letter taken as 0.55 of its size wide and no text wider than the figure.</summary>
    private static void AssertApart(XElement root)
    {
        double width = double.Parse(((string)root.Attribute("viewBox")!).Split(' ')[2], CultureInfo.InvariantCulture);
        List<(string Text, double Left, double Right, double Top, double Bottom)> boxes = [];
        foreach (XElement text in Texts(root).Where(text => text.Attribute("transform") is null))
        {
            double size = (double)text.Attribute("font-size")!, length = text.Value.Length * size * 0.55, x = (double)text.Attribute("x")!, y = (double)text.Attribute("y")!;
            double left = (string?)text.Attribute("text-anchor") switch { "middle" => x - (length / 2), "end" => x - length, _ => x };
            Assert.InRange(left, 0, width - length);
            boxes.Add((text.Value, left, left + length, y - (0.75 * size), y + (0.2 * size)));
        }

        for (int i = 0; i < boxes.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                bool apart = boxes[i].Right <= boxes[j].Left || boxes[j].Right <= boxes[i].Left || boxes[i].Bottom <= boxes[j].Top || boxes[j].Bottom <= boxes[i].Top;
                Assert.True(apart, $"'{boxes[i].Text}' overlaps '{boxes[j].Text}'");
            }
        }
    }
}
