using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;

namespace NegSamples.Report;

/// <summary>What the numbers say, in sentences.</summary>
internal static class Findings
{
    public static IReadOnlyList<string> Of(SweepData data) =>
    [
        .. Accuracy(data, "linear", head: false), .. Balanced(data, "linear", head: false), .. Accuracy(data, "mean", head: true),
        .. Balanced(data, "mean", head: true), .. BaselineRows.Finding(data), .. DifferenceTable.Finding(data), .. RunRows.Finding(data), .. RateTable.Finding(data),
        .. Coverage(data), .. Bound(data, BoundName.CouponCollector), .. Bound(data, BoundName.Curl), .. Tightest(data), .. RankTable.Finding(data),
    ];

    private static IEnumerable<string> Accuracy(SweepData data, string classifier, bool head)
    {
        Quantity quantity = Quantities.Accuracy(classifier, head), untrained = Quantities.Untrained(classifier, head);
        (int Value, Spread Spread)[] points = [
            .. data.Values.Where(value => quantity.At(data, value) is not null).Select(value => (value, quantity.At(data, value)!.Value))];
        if (points.Length == 0) yield break;
        (int Value, Spread Spread) best = points.MaxBy(point => point.Spread.Mean), worst = points.MinBy(point => point.Spread.Mean);
        string where = $"{Quantities.Classifiers.First(entry => entry.Key == classifier).Name} {(head ? "after" : "before")} the head";
        string chance = $"untrained {Numbers.Percent(untrained.At(data, best.Value)!.Value.Mean)} %, {Chance(data)}";
        if (best.Value == worst.Value)
        {
            yield return $"{where}: {Text(best)} at {data.Name(best.Value)} ({chance}).";
            yield break;
        }

        double range = best.Spread.Mean - worst.Spread.Mean;
        double? spread = points.Max(point => point.Spread.Deviation);
        string weight = spread is null ? "there is one seed only, so no spread is known"
            : range > 2 * spread ? $"more than twice the largest spread over the seeds ({Numbers.Percent(spread.Value)})"
            : $"not clearly more than the spread over the seeds ({Numbers.Percent(spread.Value)})";
        yield return $"{where}: best at {data.Name(best.Value)} with {Text(best)}, lowest at {data.Name(worst.Value)} with {Text(worst)} ({chance}). The difference is {Numbers.Percent(range)} points; {weight}.";

        static string Text((int Value, Spread Spread) point) => Numbers.Text(QuantityKind.Accuracy, point.Spread) + " %";
    }

    private static string Chance(SweepData data) => data.CommonestShare is { } share
        ? $"always the commonest class: {Numbers.Percent(share)} %" : $"chance {Numbers.Percent(1.0 / data.Classes)} %";

    /// <summary>What top-1 hides where the sizes of the classes differ.</summary>
    private static IEnumerable<string> Balanced(SweepData data, string classifier, bool head)
    {
        Quantity quantity = Quantities.Balanced(classifier, head);
        (int Value, Spread Spread)[] points = [
            .. data.Values.Where(value => quantity.At(data, value) is not null).Select(value => (value, quantity.At(data, value)!.Value))];
        if (points.Length == 0) yield break;
        (int Value, Spread Spread) best = points.MaxBy(point => point.Spread.Mean);
        string who = $"{Quantities.Classifiers.First(entry => entry.Key == classifier).Name} {(head ? "after" : "before")} the head";
        yield return $"{who}, balanced (each class counts alike): at best {Numbers.Text(QuantityKind.Accuracy, best.Spread)} % at {data.Name(best.Value)} "
            + $"(chance {Numbers.Percent(1.0 / data.Classes)} %).";
    }

    private static IEnumerable<string> Coverage(SweepData data)
    {
        BoundReport[] reports = [.. data.Values.Select(
            value => data.At(value).Select(run => run.Bound).OfType<BoundReport>().FirstOrDefault()).OfType<BoundReport>()];
        if (reports.Length == 0) yield break;
        static string Part(BoundReport bound) => $"{Numbers.Probability(bound.Upsilon.Exact)} and {Numbers.Probability(bound.CurlTau.Exact)}";
        BoundReport first = reports[0], last = reports[^1];
        string larger = first.Negatives == last.Negatives ? "" : FormattableString.Invariant($", at {last.Negatives + 1} with {Part(last)}");
        yield return FormattableString.Invariant(
            $"Coverage against collision: a batch of K + 1 = {Counted.Of(first.Negatives + 1, "sample")} holds all {Counted.Of(first.Classes, "class")}, and an anchor's class occurs again, with probability {Part(first)}{larger}.");
    }

    private static IEnumerable<string> Bound(SweepData data, BoundName name)
    {
        Quantity bound = Quantities.Bound(name);
        (int Value, Spread Spread)[] points = [
            .. data.Values.Where(value => bound.At(data, value) is not null).Select(value => (value, bound.At(data, value)!.Value))];
        if (points.Length == 0) yield break;
        double largest = BoundTable.Ceiling(data);
        (int Value, Spread Spread)[] finite = [.. points.Where(point => point.Spread.Vacuous == 0)],
            telling = [.. finite.Where(point => point.Spread.Mean <= largest)];
        string who = $"The {(name == BoundName.Curl ? "CURL" : "coupon-collector")} bound";
        if (finite.Length == 0)
        {
            yield return $"{who} is vacuous at every K of this sweep.";
            yield break;
        }

        (int Value, Spread Spread) low = finite.MinBy(point => point.Spread.Mean), high = finite.MaxBy(point => point.Spread.Mean);
        string range = low.Value == high.Value ? $"{Numbers.Number(low.Spread.Mean)} nats at {data.Name(low.Value)}"
            : $"from {Numbers.Number(low.Spread.Mean)} nats at {data.Name(low.Value)} to {Numbers.Number(high.Spread.Mean)} at {data.Name(high.Value)}";
        string vacuous = finite.Length == points.Length ? "finite at every K" : $"vacuous at {Values(data, points.Except(finite))} and finite elsewhere";
        string says = telling.Length == finite.Length ? "" : telling.Length == 0
            ? $" It never falls below {Numbers.Number(largest)} (B), which the loss of no encoder exceeds, so its value says nothing here."
            : $" It is below {Numbers.Number(largest)} (B), which the loss of no encoder exceeds, at {Values(data, telling)} only.";
        yield return $"{who} is {vacuous}: {range}.{says}";
    }

    private static IEnumerable<string> Tightest(SweepData data)
    {
        foreach (IGrouping<BoundName, (int Value, double Bound, BoundName Name)> group in data.Values.Select(Best).OfType<(
            int Value, double Bound, BoundName Name)>().GroupBy(best => best.Name))
        {
            (int value, double bound, BoundName name) = group.First();
            string measured = Quantities.SupervisedLoss.At(data, value) is { } loss ? $"; measured is {Numbers.Number(loss.Mean)}" : "";
            string where = group.Count() == data.Values.Count && data.Values.Count > 1 ? "at every K"
                : $"at {Values(data, group.Select(best => (best.Value, default(Spread))))}";
            yield return $"Of the proved and quoted bounds, {name.Label} is the tightest {where}: {Numbers.Number(bound)} nats at {data.Name(value)}{measured}.";
        }

        (int, double, BoundName)? Best(int value)
        {
            var bounds = Quantities.BoundsOf(data).Where(name => Quantities.Holds(data, name))
                .Select(name => (Bound: Quantities.Bound(name).At(data, value)?.Mean ?? double.PositiveInfinity, Name: name))
                    .Where(entry => double.IsFinite(entry.Bound)).ToList();
            return bounds.Count == 0 ? null : (value, bounds.MinBy(entry => entry.Bound).Bound, bounds.MinBy(entry => entry.Bound).Name);
        }
    }

    private static string Values(SweepData data, IEnumerable<(int Value, Spread Spread)> points) =>
        $"{data.AxisName} = {string.Join(", ", points.Select(point => data.Label(point.Value)))}";
}
