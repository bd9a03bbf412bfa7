using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>Puts a sweep's report together.</summary>
internal static class ReportBuilder
{
    public static StudyReport Build(SweepData data, ReportFormat format, Func<string, string> flagOf, CancellationToken stop)
    {
        IReadOnlyList<int> values = data.Values;
        string seeds = data.Seeds.Count == 1 ? "one seed" : Counted.Of(data.Seeds.Count, "seed"), upTo = values.Count == 1 ? ""
            : data.Manifest.Axis == SweepAxis.Loss ? string.Concat(values.Skip(1).Select(value => ", " + data.Label(value))) : $" to {data.Label(values[^1])}";
        string axis = data.Manifest.Axis == SweepAxis.BatchSize ? data.Manifest.Settings.Loss.Queue > 0 ? FormattableString.Invariant($"a queue of {Counted.Of(data.Manifest.Settings.Loss.Queue, "key")}") : "K tied to the batch"
            : FormattableString.Invariant($"batch {data.Manifest.Settings.Batch.Size}");
        return new StudyReport(
            $"What the negatives do on {data.DataKind}",
            FormattableString.Invariant(
            $"{data.Manifest.Settings.Encoder.Kind}, {data.AxisName} = {data.Label(values[0])}{upTo} ({axis}), {seeds}, {(data.Manifest.Settings.Optimizer.Steps > 0 ? data.Manifest.Settings.Optimizer.Steps : data.Manifest.Settings.Optimizer.Epochs)} {(data.Manifest.Settings.Optimizer.Steps > 0 ? "updates" : "epochs")}"),
            Facts.Of(data), Reproduction.Commands(data, flagOf, WordOf(format)), data.Missing, Findings.Of(data), [.. Sections(data, format == ReportFormat.Html, stop)]);
    }

    private static string? WordOf(ReportFormat format) => format switch { ReportFormat.Markdown => "md", ReportFormat.Latex => "latex", _ => null };

    private static IEnumerable<ReportSection> Sections(SweepData data, bool withFigures, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (data.Runs.Any(run => run.Evaluation is not null))
        {
            yield return new ReportSection(
                "accuracy", "Accuracy",
                ["What classifiers read out of the embeddings" + (data.Runs.Any(run => run.Run.Settings.Loss.ReadsLabels) ? ", whose loss saw the labels of the training samples."
                    : ", which never saw a label.") + " Bars and “±” give the standard deviation over the seeds."],
                withFigures ? AccuracyFigures.Of(data) : [], [AccuracyTable.Of(data), .. DifferenceTable.Of(data) is { } differences ? [differences] : Array.Empty<ReportTable>()]);
        }

        if (data.Choices.Count > 0) yield return new ReportSection("rates", "Learning rates", [], [], [RateTable.Of(data)]);
        if (data.Runs.Any(run => run.Bound is not null))
        {
            yield return new ReportSection(
                "bounds", "Upper bounds of the supervised loss",
                ["The supervised loss L_{sup} of the mean classifier is at most each of these, computed from the contrastive loss and from counts of classes. CURL (2019) divides by the probability that no negative collides with the anchor, "
                    + "which vanishes as K grows; the coupon-collector bound (2021) by the probability υ that the K + 1 samples hold all classes, which vanishes as K shrinks."],
                withFigures ? BoundFigures.Of(data) : [], [BoundTable.Of(data), RankTable.Of(data)]);
        }

        stop.ThrowIfCancellationRequested();
        yield return new ReportSection(
            "quantities", "All quantities", ["The terms of both bounds as measured on shuffled batches of the test samples, beside their exact values."],
            withFigures ? TermFigures.Of(data) : [], [QuantityTable.Of(data), .. MeasureTable.Of(data) is { } measures ? [measures] : (ReportTable[])[]]);
        if (!withFigures) yield break;
        if (data.Runs.Any(run => run.Metrics.Count > 0))
            yield return new ReportSection(
                "training", "Training", ["The loss of guessing grows with the number of negatives, so the height of a curve says little; its shape does."],
                TrainingFigures.Of(data), []);
        yield return EmbeddingFigures.Section(data, stop);
    }
}
