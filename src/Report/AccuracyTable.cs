using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>The accuracies against K.</summary>
internal static class AccuracyTable
{
    public static ReportTable Of(SweepData data)
    {
        List<ReportRow> rows = [];
        foreach (bool head in Quantities.Heads)
        {
            rows.Add(new ReportRow(head ? "After the head (unit embeddings)" : "Before the head (encoder's features)"));
            foreach ((string key, string name) in Quantities.Classifiers)
            {
                Quantity trained = Quantities.Accuracy(key, head), untrained = Quantities.Untrained(key, head);
                rows.Add(new ReportRow(name, [.. data.Values.Select(value => new Cell(
                    trained.TextAt(data, value), untrained.At(data, value) is { } before ? $"untrained {Numbers.Percent(before.Mean)}" : null))]));
            }
        }

        string seeds = data.Seeds.Count > 1 ? "mean ± standard deviation over the seeds" : "one seed";
        return new ReportTable(
            "accuracy", $"Accuracy on the test images in per cent, {seeds}.", [data.AxisName, .. data.Values.Select(value => Numbers.Whole(data.Shown(value)))], 0, rows,
            "Below each number: the same classifier on the same encoder before any training.");
    }
}
