using NegSamples.Report.Plots;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>The terms that decide the bounds against K.</summary>
internal static class TermFigures
{
    public static IReadOnlyList<ReportFigure> Of(SweepData data)
    {
        if (data.Runs.All(run => run.Bound is null)) return [];
        return
        [
            Figure(data, "Coverage and collision", "probability",
                "Measured and exact probabilities that a batch holds every class (υ) and that an anchor's class occurs again (τ).",
                ("υ, measured", Quantities.Upsilon), ("υ, exact", Quantities.UpsilonExact),
                ("τ, measured", Quantities.CurlTau), ("τ, exact", Quantities.CurlTauExact)),
            Figure(data, "Contrastive loss and its lower bounds", "nats", "The contrastive loss with K negatives, and what both analyses say it is at least.",
                ("Contrastive loss", Quantities.ContrastiveLoss), ("Coupon-collector lower bound", Quantities.LowerBound),
                ("CURL lower bound", Quantities.CurlLowerBound)),
            .. data.Runs.All(run => run.Bound?.Measures is null) ? [] : Measures(data),
        ];
    }

    private static ReportFigure[] Measures(SweepData data) =>
    [
        Figure(data, "The loss without ln K, and its limit", "nats",
            "G(K) = L_{Info} − ln K and its limit L_{∞} at each encoder: where the limits differ, K changed the encoder; "
            + "their distance is what K draws change by themselves.",
            ("G(K)", Quantities.CentredLoss), ("limit", Quantities.LimitLoss)),
        Figure(data, "Alignment and uniformity", "alignment, uniformity",
            "How near two views of a sample are, and how evenly the samples lie on the sphere: lower is better in both.",
            ("Alignment", Quantities.Alignment), ("Uniformity", Quantities.Uniformity)),
    ];

    private static ReportFigure Figure(SweepData data, string title, string unit, string caption, params (string Name, Quantity Quantity)[] lines)
    {
        Figure figure = new(title, FigureParts.AxisOf(data), new Axis(unit), [.. lines.Select(line => FigureParts.SeriesOf(data, line.Quantity, line.Name))]);
        return new ReportFigure(Charts.Lines(figure, FigureParts.HalfWidth, FigureParts.HalfHeight, FigureParts.Ticks(data)), caption, IsHalf: true);
    }
}
