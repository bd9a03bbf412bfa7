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
                rows.Add(Row(data, name, Quantities.Accuracy(key, head), Quantities.Untrained(key, head)));
                if (data.CommonestShare is not null) rows.Add(Row(data, name + ", balanced", Quantities.Balanced(key, head), Quantities.UntrainedBalanced(key, head)));
            }

            if (PaperQuantity.IsMeasured(data)) rows.AddRange(Quantities.PaperProtocol.Where(row => row.Head == head).Select(row => PaperRow(data, row)));
        }

        if (data.CommonestShare is { } share)
        {
            rows.Add(new ReportRow("For comparison"));
            rows.Add(new ReportRow("Always the commonest class", [.. data.Values.Select(_ => new Cell(Numbers.Percent(share)))]));
            rows.Add(new ReportRow("The same, balanced", [.. data.Values.Select(_ => new Cell(Numbers.Percent(1.0 / data.Classes)))]));
        }

        rows.AddRange(BaselineRows.Of(data));
        rows.AddRange(RunRows.Of(data));
        string seeds = data.Seeds.Count > 1 ? "mean ± standard deviation over the seeds" : "one seed";
        return new ReportTable(
            "accuracy", $"Accuracy on the test samples in per cent, {seeds}.", [data.AxisName, .. data.Values.Select(value => data.Label(value))], 0, rows,
            "Below each number: the same classifier on the same encoder before any training." + (data.CommonestShare is null ? ""
                : " The classes have different numbers of test samples; “balanced” is the mean of their recalls, in which each class counts alike.")
                + (PaperQuantity.IsMeasured(data) ? " " + Remark : ""));
    }

    private const string Remark = "“Paper's protocol”: class means of one augmented view of each training sample; linear classifiers that train on new views in "
        + "each epoch. The best test epoch, which the paper reports, is selected on the test samples and therefore optimistic; “paper” is its number.";

    private static ReportRow PaperRow(SweepData data, PaperQuantity row) => new(row.Name, [.. data.Values.Select(value => new Cell(
        row.Quantity.TextAt(data, value), row.Published is { } key && PublishedNumbers.NoteOf(data, key, value) is { } paper ? paper
            : row.Untrained?.At(data, value) is { } before ? $"untrained {Numbers.Percent(before.Mean)}" : null))]);

    private static ReportRow Row(SweepData data, string name, Quantity trained, Quantity untrained) => new(name, [.. data.Values.Select(value => new Cell(
        trained.TextAt(data, value), untrained.At(data, value) is { } before ? $"untrained {Numbers.Percent(before.Mean)}" : null))]);
}
