using System.Globalization;
using NegSamples.Study.Sweep;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>What a sweep is compared with: runs of another loss on the same images, those that differ by their seed alone together.</summary>
internal static class BaselineRows
{
    private static readonly (string Key, string Name)[] Classifiers = [("softmax", "Its own classifier"), .. Quantities.Classifiers];

    /// <summary>Rows for the table of accuracies: the same number in each column.</summary>
    public static IEnumerable<ReportRow> Of(SweepData data)
    {
        foreach (Baseline[] runs in Groups(data))
        {
            yield return new ReportRow($"Baseline: {NameOf(runs)}");
            foreach ((string key, string name) in Classifiers)
            {
                foreach (bool head in Quantities.Heads)
                {
                    if (At(runs, key, head, row => row.Top1) is not { } top) continue;
                    string where = key == "softmax" ? name : $"{name} {(head ? "after" : "before")} the head";
                    string? before = At(runs, key, head, row => row.UntrainedTop1) is { } untrained ? $"untrained {Numbers.Percent(untrained.Mean)}" : null;
                    Cell cell = new(Numbers.Text(QuantityKind.Accuracy, top), before);
                    yield return new ReportRow(where, [.. data.Values.Select(_ => cell)]);
                }
            }
        }
    }

    /// <summary>Level lines for a figure of accuracies: the run's own classifier after the head where it has one, else the linear one.</summary>
    public static IEnumerable<Plots.Series> Lines(SweepData data, bool head)
    {
        double[] ticks = [.. FigureParts.Ticks(data)];
        foreach (Baseline[] runs in Groups(data))
        {
            string key = head && At(runs, "softmax", head, row => row.Top1) is not null ? "softmax" : "linear";
            if (At(runs, key, head, row => row.Top1) is not { } top) continue;
            yield return new Plots.Series(
                $"{(IsSupervised(runs) ? "Supervised" : "Baseline")}, {(key == "softmax" ? "its own classifier" : "linear classifier")}", ticks,
                [.. ticks.Select(_ => 100 * top.Mean)], top.Deviation is { } deviation ? [.. ticks.Select(_ => 100 * deviation)] : null);
        }
    }

    /// <summary>How far the sweep is from what it is compared with.</summary>
    public static IEnumerable<string> Finding(SweepData data)
    {
        Quantity linear = Quantities.Accuracy("linear", head: false);
        (int Value, Spread Spread)[] points = [
            .. data.Values.Where(value => linear.At(data, value) is not null).Select(value => (value, linear.At(data, value)!.Value))];
        foreach (Baseline[] runs in Groups(data))
        {
            string own = At(runs, "softmax", head: true, row => row.Top1) is { } softmax
                ? $"its own classifier is right on {Numbers.Text(QuantityKind.Accuracy, softmax)} % of the test samples, " : "";
            if (At(runs, "linear", head: false, row => row.Top1) is not { } top) continue;
            string sentence = $"Baseline, {NameOf(runs)}: {own}a linear classifier before the head on {Numbers.Text(QuantityKind.Accuracy, top)} %";
            if (points.Length > 0)
            {
                (int value, Spread best) = points.MaxBy(point => point.Spread.Mean);
                double difference = best.Mean - top.Mean;
                sentence += $"; the sweep's best, at {data.Name(value)}, is {Numbers.Percent(Math.Abs(difference))} points {(difference < 0 ? "below" : "above")} that";
            }

            yield return sentence + ".";
        }
    }

    /// <summary>Every number, a line each as the CSV has them.</summary>
    public static IEnumerable<(string Run, ulong Seed, string Key, double Value)> Lines(SweepData data) =>
        from run in data.Baselines
        from row in run.Evaluation.Rows
        let place = row.Head ? "after_head" : "before_head"
        from number in new (string What, double? Value)[] { ("top1", row.Top1), ("top1_untrained", row.UntrainedTop1), ("top5", row.Top5) }
        let value = number.Value ?? double.NaN
        where !double.IsNaN(value)
        select ($"baseline {run.Folder}", run.Settings.Run.Seed, $"{row.Classifier}_{number.What}_{place}", value);

    private static IEnumerable<Baseline[]> Groups(SweepData data) => data.Baselines.GroupBy(Unseeded).Select(group => group.ToArray());

    private static (TrainingSettings, long) Unseeded(Baseline run) =>
        (run.Settings.At(new TrainingSettings()) with { Run = run.Settings.Run with { Seed = 0 } }, run.State.TotalSteps);

    private static bool IsSupervised(Baseline[] runs) => runs[0].Settings.Loss.Kind == LossKind.CrossEntropy;

    private static string NameOf(Baseline[] runs)
    {
        string seeds = runs.Length > 1 ? FormattableString.Invariant($", {Counted.Of(runs.Length, "seed")}") : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{LossNames.Of(runs[0].Settings)}, batch {runs[0].Settings.Batch.Size}, {Counted.Of(runs[0].State.TotalSteps, "update", "N0")}{seeds}");
    }

    private static Spread? At(Baseline[] runs, string classifier, bool head, Func<EvaluationRow, double?> of) => Spread.Of(
        runs.Select(run => run.Evaluation.Find(classifier, head)).OfType<EvaluationRow>().Select(of)
            .OfType<double>());
}
