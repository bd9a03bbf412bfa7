using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>The measures of the representations, a column for each K, with how to read each.</summary>
internal static class MeasureTable
{
    /// <summary>The table; null where no run has any.</summary>
    public static ReportTable? Of(SweepData data)
    {
        List<ReportRow> rows = [];
        Add("Views of the test samples after the head", Quantities.BoundMeasures);
        Add("Plain test samples", Quantities.EvaluationMeasures);
        return rows.Count == 0 ? null : new ReportTable(
            "measures", "Measures of the representations, mean ± standard deviation over the seeds.",
            [data.AxisName, .. data.Values.Select(value => data.Label(value)), "How to read it", "Source"], 2, rows,
            "Losses are in nats; S_W and S_B are the covariances within and between classes. "
            + "A measure compares encoders of one width and one method; none of them stands for the accuracy.");

        void Add(string heading, IReadOnlyList<(Quantity Quantity, Theory.Measures.MeasureName Name)> measures)
        {
            ReportRow[] some =
            [
                .. measures.Where(measure => data.Runs.Any(run => measure.Quantity.Of(run) is not null)).Select(measure => new ReportRow(
                    measure.Quantity.Label, [.. data.Values.Select(value => new Cell(measure.Quantity.TextAt(data, value))),
                        new Cell(measure.Name.Reading), new Cell(measure.Name.Source)])),
            ];
            if (some.Length == 0) return;
            rows.Add(new ReportRow(heading));
            rows.AddRange(some);
        }
    }
}
