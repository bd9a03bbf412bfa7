using System.Globalization;
using System.Xml.Linq;

namespace NegSamples.Report.Plots;

/// <summary>Several figures as one.</summary>
public static class Panels
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Puts figures one below the other.</summary>
    /// <param name="figures">What <see cref="Charts"/> drew, at least one.</param>
    /// <returns>SVG as wide as the widest, which scales with the page as each of them does.</returns>
    /// <exception cref="ArgumentException">There is no figure.</exception>
    public static string Stack(params IReadOnlyList<string> figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        if (figures.Count == 0) throw new ArgumentException("figures is empty; expected at least one.", nameof(figures));
        XElement[] panels = [.. figures.Select(figure => XElement.Parse(figure, LoadOptions.PreserveWhitespace))];
        double width = 0, height = 0;
        foreach (XElement panel in panels)
        {
            double[] box = [.. panel.Attribute("viewBox")!.Value.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            panel.SetAttributeValue("style", null);
            panel.SetAttributeValue("y", height);
            panel.SetAttributeValue("width", box[2]);
            panel.SetAttributeValue("height", box[3]);
            (width, height) = (Math.Max(width, box[2]), height + box[3]);
        }

        XElement root = new(
            Svg + "svg", new XAttribute("viewBox", FormattableString.Invariant($"0 0 {width} {height}")), new XAttribute("width", "100%"),
            new XAttribute("style", FormattableString.Invariant($"max-width:{width}px;height:auto")), panels);
        return root.ToString(SaveOptions.DisableFormatting) + "\n";
    }
}
