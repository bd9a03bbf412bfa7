using NegSamples.Report.Plots;
using NegSamples.Study.Comparison;
using NegSamples.Study.Embeddings;

namespace NegSamples.Report.Comparison;

/// <summary>The figures of a comparison.</summary>
internal static class ComparedFigures
{
    // A page of more maps is for nobody to read.
    private const int MostMaps = 6;

    /// <summary>Bars of the classifiers, a group for each run and each set of features.</summary>
    public static IReadOnlyList<ReportFigure> Accuracies(IReadOnlyList<ComparedEntry> entries) =>
        [.. Quantities.Heads.Where(head => entries.Any(entry => entry.Accuracies.Any(row => row.Head == head))).Select(head => Accuracies(entries, head))];

    /// <summary>Maps and similarities of the test samples.</summary>
    public static ReportSection Embeddings(IReadOnlyList<ComparedEntry> entries, CancellationToken stop)
    {
        ComparedEntry[] shown = [.. entries.Where(entry => entry.TestFeatures is not null).Take(MostMaps)];
        List<ReportFigure> figures = [];
        foreach (ComparedEntry entry in shown)
        {
            stop.ThrowIfCancellationRequested();
            EmbeddingSample sample = EmbeddingSample.Read(entry.TestFeatures!, entry.ClassNames, stop);
            figures.Add(EmbeddingFigures.Map($"Map of the test samples under {entry.Name}", entry.Name, sample, [], stop) with { IsHalf = shown.Length > 1 });
            figures.Add(EmbeddingFigures.Similarities(entry.Name, entry.Name, sample, stop));
        }

        string[] left = [.. entries.Where(entry => entry.TestFeatures is not null).Skip(MostMaps).Select(entry => entry.Name)];
        return new ReportSection(
            "embeddings", "Embeddings",
            ["The test samples on the unit sphere: of runs after the head, of features as given.",
                .. left.Length > 0 ? new[] { $"Not drawn, to keep the page small: {string.Join(", ", left)}." } : []], figures, []);
    }

    private static ReportFigure Accuracies(IReadOnlyList<ComparedEntry> entries, bool head)
    {
        entries = [.. entries.Where(entry => entry.Accuracies.Any(row => row.Head == head))];
        Series[] groups = [.. Quantities.Classifiers.Select(classifier => new Series(
            classifier.Name, [.. entries.Select((_, i) => (double)i)], [.. entries.Select(entry => 100 * (entry.Accuracy(classifier.Key, head)?.Top1 ?? 0))]))];
        string place = head ? "after the head" : "before the head, and of features as given";
        return new ReportFigure(
            Charts.Bars(
                head ? "Accuracy after the head" : "Accuracy", new Axis(""), new Axis("top-1 accuracy (%)"), [.. entries.Select(entry => entry.Name)], groups, width: FigureParts.FullWidth,
                height: FigureParts.FullHeight),
            $"Top-1 accuracy on the test split, {place}.");
    }
}
