using System.Globalization;
using NegSamples.Study;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>The bounds of one checkpoint at one K as tables for a person.</summary>
internal static class BoundPrint
{
    public static void Print(Terminal terminal, BoundReport report, int[] testCounts)
    {
        terminal.Say($"{report.Checkpoint} on {report.Data}, K = {report.Negatives}, t = {report.Temperature}, {Counted.Of(report.Classes, "class")}");
        terminal.Say($"K counts the other samples of a batch of {report.Negatives + 1}, one view of each, as in the paper; NT-Xent trains with both views, 2K negatives.");
        terminal.Say($"{Counted.Of(report.Batches, "batch", "N0")} of {report.Negatives + 1} from {Counted.Of(report.TestImages, "test sample", "N0")} in {Counted.Of(report.Passes, "pass")}; class means from {Counted.Of(report.TrainImages, "training sample", "N0")}, {Counted.Of(report.TrainViews ?? report.Augmentations, "view")} of each");
        Table quantities = terminal.NewTable();
        quantities.AddColumn("quantity");
        foreach (string heading in new[] { "measured", "exact", "exact without replacement" }) quantities.AddColumn(new TableColumn(heading).RightAligned());
        quantities.AddColumn("95 % interval of the measured");
        quantities.AddColumn("what it is");
        foreach (BoundQuantity quantity in report.Quantities)
        {
            quantities.AddRow(quantity.Name switch
            {
                var name when name == QuantityName.Upsilon => Row(quantity, report.Upsilon),
                var name when name == QuantityName.CurlTau => Row(quantity, report.CurlTau),
                var name when name == QuantityName.ConflictTerm =>
                    [name.Key, Number(quantity.Value), Number(report.ConflictTerm.Exact), Number(report.ConflictTerm.ExactWithoutReplacement), "", Meaning(name)],
                var name when name == QuantityName.CentroidAccuracy => [name.Key, Number(100 * quantity.Value), "", "", "", Meaning(name)], // the label says %
                var name => [name.Key, Number(quantity.Value), "", "", "", Meaning(name)],
            });
        }

        terminal.Show(quantities);
        terminal.Say(
            $"Upper bounds of the supervised loss, which is {Number(report.Quantity(QuantityName.MeanClassifierLoss))} ({QuantityName.MeanClassifierLoss}):");
        Table bounds = terminal.NewTable();
        bounds.AddColumn("bound");
        bounds.AddColumn(new TableColumn("value").RightAligned());
        bounds.AddColumn("status");
        bounds.AddColumn("source");
        bounds.AddColumn("why vacuous");
        foreach (BoundRow bound in report.Bounds)
            bounds.AddRow(bound.Name.Key, bound.Value is { } value ? Number(value) : "vacuous", bound.Status, Markup.Escape(bound.Source),
                Markup.Escape(bound.Vacuous ?? ""));
        terminal.Show(bounds);
        if (report.AnyEncoder is { } ceiling)
            terminal.Say($"Of any encoder at all the supervised loss is at most {Number(ceiling)} (B), with these norms of the class means {Number(report.Quantity(QuantityName.NormCeiling))}, and of a constant embedding ln {report.Classes} = {Number(Math.Log(report.Classes))}: a bound above B says nothing.");
        if (report.Measures is { Count: > 0 } measures)
        {
            terminal.Say($"What the embeddings of the test samples are like:");
            Table table = terminal.NewTable();
            table.AddColumn("measure");
            table.AddColumn(new TableColumn("value").RightAligned());
            table.AddColumn("how to read it");
            table.AddColumn("source");
            foreach (MeasuredValue measure in measures)
                table.AddRow(measure.Name.Key, Number(measure.Value), Markup.Escape(Plain(measure.Name.Reading)), Markup.Escape(measure.Name.Source));
            terminal.Show(table);
        }

        if (report.Subclasses is { } parts)
            terminal.Say($"The classes are {Counted.Of(parts.PerClass, "part")} of each of the {report.Classes / parts.PerClass}, by k-means. With their means as the classifier the nearest mean of a part is the own one for {EvaluationTable.Percent(parts.Accuracy)} % of the test samples, and one of the own class for {EvaluationTable.Percent(parts.ClassAccuracy)} %.");
        int[] counts = report.Subclasses is { } split ? [.. split.TestSizes] : testCounts;
        if (counts.Min() < counts.Max())
            terminal.Say($"The test classes have {counts.Min():N0} to {Counted.Of(counts.Max(), "sample", "N0")}: proved bounds have the constants of these classes, quoted ones assume equal classes.");
    }

    private static string[] Row(BoundQuantity quantity, MeasuredProportion measured) =>
    [
        quantity.Name.Key, Number(quantity.Value), Number(measured.Exact), Number(measured.ExactWithoutReplacement),
        string.Create(CultureInfo.InvariantCulture, $"{Number(measured.Lower)} to {Number(measured.Upper)} ({measured.Successes:N0} of {measured.Draws:N0})"),
        Meaning(quantity.Name),
    ];

    private static string Meaning(QuantityName name) => Markup.Escape(Plain(name.Label));

    /// <summary>A sentence without the marks that set a subscript.</summary>
    internal static string Plain(string text) => text.Replace("_{", "_", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
