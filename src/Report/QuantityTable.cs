using System.Globalization;
using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;

namespace NegSamples.Report;

/// <summary>All quantities in the order of the paper's tables, a column for each K.</summary>
internal static class QuantityTable
{
    public static ReportTable Of(SweepData data)
    {
        List<ReportRow> rows = [];
        bool isPaperProtocol = PaperQuantity.IsMeasured(data);
        Add("Accuracy, %", Quantities.PaperAccuracies);
        if (isPaperProtocol)
        {
            rows.Add(new ReportRow("Accuracy under the paper's protocol, %"));
            foreach (PaperQuantity row in Quantities.PaperProtocol) AddRow(row.Quantity, row.Published);
        }

        Add("Contrastive loss, nats", Quantities.Contrastive);
        Add("CURL (Arora et al. 2019)", Quantities.Curl);
        Add("Coupon collector (Nozawa and Sato 2021)", Quantities.CouponCollector);
        Add("Beyond the paper", Quantities.Further);
        rows.AddRange(RunRows.Of(data));
        string note = "Terms with an event in them are multiplied by its probability. Lower bounds are with d. “Interval”: 95 % Wilson interval, over several "
            + "seeds the hull of theirs; draws are per seed.";
        return new ReportTable(
            "quantities", "All measured and exact quantities, mean ± standard deviation over the seeds.",
            [data.AxisName, .. data.Values.Select(value => data.Label(value))], 0, rows,
            PublishedNumbers.Remark(PublishedNumbers.KindOf(data.DataKind, data.Manifest.Settings), isPaperProtocol) is { } remark ? $"{note} {remark}" : note);

        void Add(string heading, IReadOnlyList<Quantity> quantities)
        {
            rows.Add(new ReportRow(heading));
            foreach (Quantity quantity in quantities)
            {
                AddRow(quantity, quantity.Key);
                if (quantity == Quantities.CurlTau) rows.AddRange(Interval(data, QuantityName.CurlTau.Symbol, bound => bound.CurlTau, "samples"));
                if (quantity == Quantities.Upsilon) rows.AddRange(Interval(data, QuantityName.Upsilon.Symbol, bound => bound.Upsilon, "batches"));
            }
        }

        void AddRow(Quantity quantity, string? published) => rows.Add(new ReportRow(quantity.Label, [.. data.Values.Select(value =>
            new Cell(quantity.TextAt(data, value), published is null ? null : PublishedNumbers.NoteOf(data, published, value)))]));
    }

    private static IEnumerable<ReportRow> Interval(SweepData data, string symbol, Func<BoundReport, MeasuredProportion> of, string unit)
    {
        yield return new ReportRow($"{symbol}, interval", [.. data.Values.Select(value =>
            Hull(data, value, of) is var (lower, upper)
                ? new Cell($"{Numbers.Probability(lower)} to {Numbers.Probability(upper)}") : new Cell(Numbers.None))]);
        yield return new ReportRow($"{symbol}, draws ({unit})", [.. data.Values.Select(value =>
            data.At(value).FirstOrDefault(run => run.Bound is not null) is { Bound: { } bound }
                ? new Cell(of(bound).Draws.ToString("N0", CultureInfo.InvariantCulture)) : new Cell(Numbers.None))]);
    }

    private static (double Lower, double Upper)? Hull(SweepData data, int value, Func<BoundReport, MeasuredProportion> of)
    {
        MeasuredProportion[] measured = [.. data.At(value).Select(run => run.Bound).OfType<BoundReport>().Select(of)];
        return measured.Length == 0 ? null : (measured.Min(one => one.Lower), measured.Max(one => one.Upper));
    }
}
