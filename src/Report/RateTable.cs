using System.Globalization;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>The grid of learning rates: what each was worth on the held-out part, and which was kept.</summary>
internal static class RateTable
{
    public static ReportTable Of(SweepData data)
    {
        IReadOnlyList<double> rates = data.Manifest.LearningRates!;
        ValidationReport first = data.Choices[0].Grid[0].Report;
        return new ReportTable(
            "rates", FormattableString.Invariant(
                $"Accuracy on the held-out part of the training samples in per cent, mean classifier after the head, for each learning rate: {Counted.Of(first.HeldOutImages, "sample", "N0")} held out, {first.TrainImages:N0} trained on."),
            [$"{data.AxisName}, seed", .. rates.Select(rate => rate.ToString(CultureInfo.InvariantCulture))], 0,
            [.. data.Choices.Select(choice => new ReportRow(
                FormattableString.Invariant($"{data.Label(choice.Chosen.Value)}, {choice.Chosen.Seed}"), [.. choice.Grid.Select(rate => Cell(choice, rate))]))],
            "“kept”: the best, whose run the rest of this report is about; of equal ones the lowest. “at the edge”: a rate beyond the grid may be better still. "
                + "The test samples had no part in the choice. Rates are before their scaling.");
    }

    /// <summary>What the grid was and whether it was wide enough; empty where all runs have one rate.</summary>
    public static IEnumerable<string> Finding(SweepData data)
    {
        if (data.Choices.Count == 0) yield break;
        RateChoice[] edges = [.. data.Choices.Where(choice => choice.IsAtEdge)];
        string grid = string.Join(", ", data.Manifest.LearningRates!.Select(rate => rate.ToString(CultureInfo.InvariantCulture)));
        string where = string.Join("; ", edges.Select(choice => FormattableString.Invariant($"{data.Name(choice.Chosen.Value)}, seed {choice.Chosen.Seed}: {choice.Chosen.Rate}")));
        yield return $"Each value and seed has the learning rate that was best on the held-out part of the training samples, of {grid}. "
            + (edges.Length == 0 ? "None of them is at the edge of the grid." : $"At the edge of the grid, so that a wider one may change the result: {where}.");
    }

    private static Cell Cell(RateChoice choice, RateResult rate) => new(
        rate.Report.Top1 is { } top ? Numbers.Percent(top) : "diverged",
        rate.Run != choice.Chosen ? null : choice.IsAtEdge ? "kept, at the edge" : "kept");
}
