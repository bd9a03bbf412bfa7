using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;

namespace NegSamples.Report;

/// <summary>The upper bounds of the supervised loss side by side.</summary>
internal static class BoundTable
{
    public static ReportTable Of(SweepData data)
    {
        double largest = LargestLoss(data.Classes, data.LeastTemperature);
        List<ReportRow> rows = [];
        foreach (BoundName name in Quantities.BoundsOf(data))
        {
            BoundRow row = data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).First(bound => bound.Name == name);
            Quantity bound = Quantities.Bound(name);
            rows.Add(new ReportRow(name.Label, [.. data.Values.Select(value =>
                new Cell(bound.TextAt(data, value), IsWeak: bound.At(data, value) is { } spread && spread.Mean > largest)),
                new Cell(row.Status), new Cell(row.Source)]));
        }

        rows.Add(new ReportRow("For comparison"));
        rows.Add(new ReportRow(
            "Largest loss of any unit embeddings",
            [.. data.Values.Select(_ => new Cell(Numbers.Number(largest))), new Cell("proved"), new Cell("ln(1 + (C − 1) exp(2/t))")]));
        rows.Add(new ReportRow("L_{sup}, measured", [
            .. data.Values.Select(value => new Cell(Quantities.SupervisedLoss.TextAt(data, value))), new Cell("measured"),
            new Cell("mean classifier, test images")]));
        return new ReportTable(
            "bounds", "Upper bounds of the supervised loss L_{sup} in nats.",
            [data.AxisName, .. data.Values.Select(Numbers.Whole), "Status", "Source"], 2, rows,
            "“vacuous”: the bound divides by a probability that is 0, or so small that the quotient is no number. In weak italics: above the largest loss "
            + "that unit embeddings can have, so the bound says nothing. "
            + "“proved” and “quoted” bounds use exact constants for independent draws; “paper-as-published” repeats what the paper's notebook prints, which "
            + "is not a bound of L_{sup} or a needlessly loose one.");
    }

    /// <summary><c>ln(1 + (C − 1) e^(2/t))</c>, which no l(z, c; [C]) exceeds: z has length 1 and class means at most 1, so |z·μ| ≤ 1.</summary>
    public static double LargestLoss(int classes, double temperature)
    {
        // e^(2/t) overflows below t = 0.003; there the 1 is nothing beside it.
        double exponent = 2 / temperature;
        return classes < 2 ? 0 : exponent + Math.Log((classes - 1) + Math.Exp(-exponent));
    }
}
