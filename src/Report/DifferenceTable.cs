using System.Globalization;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>What a step along the axis changes: differences between runs of the same seed.</summary>
internal static class DifferenceTable
{
    public static ReportTable? Of(SweepData data)
    {
        (int From, int To)[] steps = Steps(data);
        if (steps.Length == 0 || data.Seeds.Count < 2) return null;
        return new ReportTable(
            "differences", "Differences of accuracy between runs of the same seed, in points, with 95 % intervals.",
            [data.AxisName, .. steps.Select(step => $"{data.Label(step.From)} → {data.Label(step.To)}")], 0,
            [.. Quantities.PaperAccuracies.Select(accuracy => new ReportRow(accuracy.Label, [.. steps.Select(step => Cell(Of(data, accuracy, step)))]))],
            "Mean over the seeds; the interval is Student's t with one degree of freedom fewer than there are pairs, so of two seeds it is wide.");
    }

    /// <summary>What the largest step is worth, or that one seed cannot say.</summary>
    public static IEnumerable<string> Finding(SweepData data)
    {
        (int From, int To)[] steps = Steps(data);
        if (steps.Length == 0 || data.Manifest.Axis == SweepAxis.Loss) yield break;
        (int From, int To) whole = steps[^1];
        if (Of(data, Quantities.PaperAccuracies[2], whole) is not { } difference) yield break;
        string from = $"Linear classifier before the head, {data.Name(whole.From)} to {data.Name(whole.To)}, runs of the same seed: {Points(difference.Mean)} points";
        yield return difference.HalfWidth is { } half
            ? $"{from}, 95 % interval {Points(difference.Mean - half)} to {Points(difference.Mean + half)} over {Counted.Of(difference.Pairs, "seed")}."
            : $"{from}; an interval needs two seeds or more.";
    }

    private static (int From, int To)[] Steps(SweepData data)
    {
        IReadOnlyList<int> values = data.Values;
        List<(int, int)> steps = [.. values.Zip(values.Skip(1))];
        if (values.Count > 2) steps.Add((values[0], values[^1]));
        return [.. steps];
    }

    private static PairedDifference? Of(SweepData data, Quantity quantity, (int From, int To) step)
    {
        return PairedDifference.Of([.. data.Seeds.Select(seed => (From: At(step.From, seed), To: At(step.To, seed)))
            .Where(pair => pair is { From: not null, To: not null }).Select(pair => pair.To!.Value - pair.From!.Value)]);

        double? At(int value, ulong seed) => data.At(value).FirstOrDefault(run => run.Run.Seed == seed) is { } run ? quantity.Of(run)?.Value : null;
    }

    private static Cell Cell(PairedDifference? difference) => difference is not { } some ? new Cell(Numbers.None) : new Cell(
        Points(some.Mean), some.HalfWidth is { } half ? $"{Points(some.Mean - half)} to {Points(some.Mean + half)}, n = {Numbers.Whole(some.Pairs)}" : "one pair");

    private static string Points(double proportion) => (100 * proportion).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);
}
