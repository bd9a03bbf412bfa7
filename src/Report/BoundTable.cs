using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;

namespace NegSamples.Report;

/// <summary>The upper bounds of the supervised loss side by side.</summary>
internal static class BoundTable
{
    public static ReportTable Of(SweepData data)
    {
        double ceiling = Ceiling(data);
        List<ReportRow> rows = [];
        foreach (BoundName name in Quantities.BoundsOf(data))
        {
            BoundRow row = data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).First(bound => bound.Name == name);
            Quantity bound = Quantities.Bound(name);
            rows.Add(new ReportRow(name.Label, [.. data.Values.Select(value =>
                new Cell(bound.TextAt(data, value), IsWeak: !row.Holds || (bound.At(data, value) is { } spread && spread.Mean > ceiling))),
                new Cell(row.Status), new Cell(row.Source)]));
        }

        rows.Add(new ReportRow("For comparison"));
        rows.Add(new ReportRow(
            "Any encoder at all: B(C, t)", [.. data.Values.Select(_ => new Cell(Numbers.Number(ceiling))), new Cell("proved"), new Cell("this project")]));
        rows.Add(new ReportRow(Quantities.NormCeiling.Label, [
            .. data.Values.Select(value => new Cell(Quantities.NormCeiling.TextAt(data, value))), new Cell("proved"), new Cell("this project")]));
        rows.Add(new ReportRow(
            "Constant embedding: ln C", [.. data.Values.Select(_ => new Cell(Numbers.Number(Math.Log(data.Classes)))), new Cell("exact"), new Cell("")]));
        rows.Add(new ReportRow(
            "Largest loss of one sample",
            [.. data.Values.Select(_ => new Cell(Numbers.Number(LargestLoss(data.Classes, data.LeastTemperature)))), new Cell("proved"), new Cell("ln(1 + (C − 1) exp(2/t))")]));
        rows.Add(new ReportRow("L_{sup}, measured", [
            .. data.Values.Select(value => new Cell(Quantities.SupervisedLoss.TextAt(data, value))), new Cell("measured"),
            new Cell("mean classifier, test samples")]));
        rows.AddRange(RunRows.Of(data, wordColumns: 2));
        return new ReportTable(
            "bounds", "Upper bounds of the supervised loss L_{sup} in nats.",
            [data.AxisName, .. data.Values.Select(value => data.Label(value)), "Status", "Source"], 2, rows,
            "“vacuous”: the bound divides by a probability that is 0, or so small that the quotient is no number. In weak italics: above B(C, t), which the loss of "
            + "no encoder exceeds, so the bound says nothing; or no bound of L_{sup}. What such a bound can still explain is the order of the K, not the value. "
            + "“proved” and “quoted” bounds use exact constants for independent draws" + (HasUnequalClasses(data) ? " and these unequal classes; “assumes-equal-classes” "
            + "were stated for equal ones, and bound nothing here" : "") + "; “paper-as-published” repeats what the paper's notebook prints, which "
            + "is not a bound of L_{sup} or a needlessly loose one.");
    }

    /// <summary>B(C, t): what the supervised loss is at most for any encoder, at the least temperature of the sweep.</summary>
    public static double Ceiling(SweepData data) => data.Runs.Max(run => run.Bound?.AnyEncoder)
        ?? SupervisedCeiling.OfAnyEncoder(ClassDistribution.Uniform(Math.Max(1, data.Classes)), data.LeastTemperature);

    private static bool HasUnequalClasses(SweepData data) =>
        data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).Any(bound => !bound.Holds && bound.Name.Status != BoundStatus.PaperAsPublished);

    /// <summary><c>ln(1 + (C − 1) e^(2/t))</c>, which no l(z, c; [C]) exceeds: z has length 1 and class means at most 1, so |z·μ| ≤ 1.</summary>
    public static double LargestLoss(int classes, double temperature)
    {
        // e^(2/t) overflows below t = 0.003; there the 1 is nothing beside it.
        double exponent = 2 / temperature;
        return classes < 2 ? 0 : exponent + Math.Log((classes - 1) + Math.Exp(-exponent));
    }
}
