using NegSamples.Study.Comparison;

namespace NegSamples.Report.Comparison;

/// <summary>What the numbers of a comparison say, in sentences.</summary>
internal static class ComparedFindings
{
    public static IReadOnlyList<string> Of(IReadOnlyList<ComparedEntry> entries) =>
        [.. Warnings(entries), .. Best(entries, "linear", "Linear classifier"), .. Best(entries, "knn", "Nearest neighbours"), .. Tightest(entries)];

    /// <summary>What keeps numbers from comparing.</summary>
    private static IEnumerable<string> Warnings(IReadOnlyList<ComparedEntry> entries)
    {
        if (entries.Select(entry => entry.DataFingerprint).OfType<string>().Distinct().Count() > 1)
            yield return "The runs were trained on different samples: their numbers do not compare the encoders alone.";
        if (entries.Select(entry => (entry.Classes, entry.TestSamples)).Where(pair => pair.TestSamples is not null).Distinct().Count() > 1)
            yield return "The accuracies are of test splits of different sizes or classes: they do not compare the encoders alone.";
    }

    /// <summary>The best before the head, and by how much.</summary>
    private static IEnumerable<string> Best(IReadOnlyList<ComparedEntry> entries, string classifier, string name)
    {
        var points = entries.Select(entry => (entry.Name, Row: entry.Accuracy(classifier, head: false) ?? entry.Accuracy(classifier, head: true), entry.TestSamples, entry.Chance))
            .Where(point => point.Row is not null).Select(point => (point.Name, point.Row!.Top1, point.TestSamples, point.Chance)).OrderByDescending(point => point.Top1).ToArray();
        if (points.Length == 0) yield break;
        var best = points[0];
        string chance = best.Chance is { } share ? $" (always the commonest class: {Numbers.Percent(share)} %)" : "";
        if (points.Length == 1)
        {
            yield return $"{name}: {Numbers.Percent(best.Top1)} % for {best.Name}{chance}.";
            yield break;
        }

        var next = points[1];
        double difference = best.Top1 - next.Top1;
        string weight = "";
        if (best.TestSamples is { } first && next.TestSamples is { } second)
        {
            // Of two proportions of independent samples; on one test split the errors are alike, and the true one is smaller.
            double error = Math.Sqrt((best.Top1 * (1 - best.Top1) / first) + (next.Top1 * (1 - next.Top1) / second));
            weight = difference > 2 * error ? $", more than twice the standard error of so many test samples ({Numbers.Percent(error)})"
                : $", not clearly more than the standard error of so many test samples ({Numbers.Percent(error)})";
        }

        yield return $"{name}: best {best.Name} with {Numbers.Percent(best.Top1)} %{chance}, then {next.Name} with {Numbers.Percent(next.Top1)} %. "
            + $"The difference is {Numbers.Percent(difference)} points{weight}; what other seeds would give is not in it.";
    }

    private static IEnumerable<string> Tightest(IReadOnlyList<ComparedEntry> entries)
    {
        foreach (ComparedEntry entry in entries)
        {
            foreach (Study.BoundReport bound in entry.Bounds.Take(1))
            {
                var telling = bound.Bounds.Where(row => row.Holds && row.Value is not null && row.Value <= (bound.AnyEncoder ?? double.PositiveInfinity)).ToArray();
                yield return FormattableString.Invariant($"{entry.Name}, K = {bound.Negatives}, t = {bound.Temperature}: ") + (telling.Length == 0
                    ? "no bound is below B(C, t), which the loss of no encoder exceeds, so none says anything."
                    : $"the tightest bound is {telling.MinBy(row => row.Value)!.Name.Label} with {Numbers.Number(telling.Min(row => row.Value)!.Value)} nats; measured is "
                        + $"{Numbers.Number(bound.Quantity(Theory.Bounds.QuantityName.MeanClassifierLoss))}.");
            }
        }
    }
}
