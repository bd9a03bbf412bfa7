using System.Globalization;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;

namespace NegSamples.Report;

/// <summary>Whether the bounds, and the terms that they are made of, order the values of the axis as accuracy does.</summary>
internal static class RankTable
{
    private static readonly (Quantity Quantity, string Name)[] Accuracies =
    [
        (Quantities.Accuracy("mean", true), "Mean classifier after the head"), (Quantities.Accuracy("linear", true), "Linear classifier after the head"),
        (Quantities.Accuracy("linear", false), "Linear classifier before the head"),
    ];

    public static ReportTable Of(SweepData data)
    {
        List<ReportRow> rows = [new("Upper bounds of the supervised loss")];
        rows.AddRange(Bounds(data).Select(Row));
        rows.Add(new ReportRow("Measured terms"));
        rows.AddRange(Terms.Select(Row));
        return new ReportTable(
            "ranks", "Rank correlation (Spearman) with accuracy over the values of the axis.", ["", .. Accuracies.Select(accuracy => accuracy.Name), "Points"], 0, rows,
            FormattableString.Invariant($"Of the means over the seeds; ties have mean ranks, a vacuous bound ranks last. An upper bound of a loss that is to explain accuracy has −1. ")
                + FormattableString.Invariant($"With fewer than {Counted.Of(RankCorrelation.FewestPoints, "value")} no correlation is given."));

        ReportRow Row(Quantity quantity) => new(quantity.Label, [
            .. Accuracies.Select(accuracy => new Cell(Text(Of(data, quantity, accuracy.Quantity).Correlation))),
            new Cell(Numbers.Whole(Of(data, quantity, Accuracies[0].Quantity).Points))]);
    }

    /// <summary>One sentence; empty where no bound has a correlation.</summary>
    public static IEnumerable<string> Finding(SweepData data)
    {
        (Quantity Quantity, string Name) accuracy = Accuracies[2];
        string[] found = [.. Bounds(data).Append(Quantities.SupervisedLoss).Select(quantity => (quantity.Label, Of(data, quantity, accuracy.Quantity).Correlation))
            .Where(entry => entry.Correlation is not null).Select(entry => $"{entry.Label} {Text(entry.Correlation)}")];
        if (found.Length == 0) yield break;
        int points = Bounds(data).Max(quantity => Of(data, quantity, accuracy.Quantity).Points);
        yield return FormattableString.Invariant(
            $"Does a bound order the {Counted.Of(points, "value")} as accuracy does ({accuracy.Name}; rank correlation, −1 for an upper bound that does): {string.Join(", ", found)}.");
    }

    /// <summary>The correlations as lines of the file of numbers: over the means of the seeds.</summary>
    public static IEnumerable<(string Key, double Value)> Lines(SweepData data) =>
        from quantity in Bounds(data).Concat(Terms)
        from accuracy in Accuracies
        let found = Of(data, quantity, accuracy.Quantity)
        where found.Correlation is not null
        from line in new[] { ($"spearman_{quantity.Key}_with_{accuracy.Quantity.Key}", found.Correlation!.Value),
            ($"spearman_points_{quantity.Key}_with_{accuracy.Quantity.Key}", found.Points) }
        select line;

    private static IEnumerable<Quantity> Bounds(SweepData data) => Quantities.BoundsOf(data).Select(Quantities.Bound);

    private static Quantity[] Terms { get; } =
    [
        Quantities.ContrastiveLoss, Quantities.SupervisedLoss, .. Quantities.Contrastive.Where(term => term.Key == QuantityName.AssumptionValue.Key), Quantities.CurlTau,
        Quantities.Upsilon, .. Quantities.Curl.Where(term => term.Key == QuantityName.ConflictTerm.Key),
    ];

    private static (double? Correlation, int Points) Of(SweepData data, Quantity quantity, Quantity accuracy)
    {
        (double X, double Y)[] points = [.. data.Values.Select(value => (X: quantity.At(data, value), Y: accuracy.At(data, value)))
            .Where(point => point is { X: not null, Y: not null }).Select(point => (point.X!.Value.Mean, point.Y!.Value.Mean))];
        return (RankCorrelation.Spearman([.. points.Select(point => point.X)], [.. points.Select(point => point.Y)]), points.Length);
    }

    private static string Text(double? correlation) => correlation is { } number
        ? number.ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture) : Numbers.None;
}
