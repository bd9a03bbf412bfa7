using NegSamples.Report.Plots;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;

namespace NegSamples.Report;

/// <summary>The upper bounds against K.</summary>
internal static class BoundFigures
{
    // Above this a bound is as good as none, and would press all others against the axis.
    private const double Highest = 1e3;

    public static IReadOnlyList<ReportFigure> Of(SweepData data) => [OldBesideNew(data), All(data)];

    /// <summary>Figure 1 of the paper.</summary>
    private static ReportFigure OldBesideNew(SweepData data)
    {
        Series[] bounds =
        [
            FigureParts.SeriesOf(data, Quantities.Bound(BoundName.Curl), "CURL (Arora et al. 2019)"),
            FigureParts.SeriesOf(data, Quantities.Bound(BoundName.CouponCollector), "Coupon collector (Nozawa and Sato 2021)"),
        ];
        Series[] accuracies =
        [
            FigureParts.SeriesOf(data, Quantities.Accuracy("mean", head: true), "Mean classifier", 100),
            FigureParts.SeriesOf(data, Quantities.Accuracy("linear", head: true), "Linear classifier", 100),
        ];
        bool hasAccuracy = accuracies.Any(series => series.Y.Any(double.IsFinite));
        string svg = Charts.Bars(
            "Old and new bound beside the accuracy", new Axis(data.AxisTitle), new Axis("upper bound of the supervised loss (nats)", IsLogarithmic: true),
            [.. data.Values.Select(value => data.Label(value))], bounds, hasAccuracy ? new Axis("accuracy after the head (%)") : null, hasAccuracy ? accuracies : null,
            FigureParts.FullWidth, FigureParts.FullHeight);
        return new ReportFigure(svg, "The paper's first figure with this sweep's numbers: bounds with exact constants as bars on a logarithmic scale, "
            + "accuracies as lines on the right axis.");
    }

    private static ReportFigure All(SweepData data)
    {
        double ceiling = BoundTable.Ceiling(data);
        double[] ticks = [.. FigureParts.Ticks(data)];
        Figure figure = new(
            "All bounds", FigureParts.AxisOf(data), new Axis("nats", IsLogarithmic: true),
            [
                .. Quantities.BoundsOf(data).Where(name => Quantities.Holds(data, name))
                    .Select(name => FigureParts.SeriesOf(data, Quantities.Bound(name), name.Label, limit: Highest)),
                new Series("Any encoder at all, B(C, t)", ticks, [.. ticks.Select(_ => ceiling)]),
                new Series("Constant embedding, ln C", ticks, [.. ticks.Select(_ => Math.Log(data.Classes))]),
                FigureParts.SeriesOf(data, Quantities.SupervisedLoss, "Measured supervised loss"),
            ]);
        return new ReportFigure(
            Charts.Lines(figure, FigureParts.FullWidth, FigureParts.FullHeight, ticks),
            "Every bound against K, up to a thousand nats. A bound above B(C, t), which the loss of no encoder exceeds, says nothing; the distance to the measured loss is what a "
            + "bound gives away.");
    }
}
