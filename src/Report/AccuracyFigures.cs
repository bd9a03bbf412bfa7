using NegSamples.Report.Plots;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>The accuracies against K, after the head and before it.</summary>
internal static class AccuracyFigures
{
    public static IReadOnlyList<ReportFigure> Of(SweepData data) => [Figure(data, head: true), Figure(data, head: false)];

    private static ReportFigure Figure(SweepData data, bool head)
    {
        string where = head ? "after the head" : "before the head";
        Figure figure = new(
            $"Accuracy {where}", FigureParts.AxisOf(data), new Axis("top-1 accuracy (%)"),
            [
                .. Quantities.Classifiers.Select(classifier => FigureParts.SeriesOf(data, Quantities.Accuracy(classifier.Key, head), classifier.Name, 100)),
                .. BaselineRows.Lines(data, head),
            ]);
        return new ReportFigure(
            Charts.Lines(figure, FigureParts.HalfWidth, FigureParts.HalfHeight, FigureParts.Ticks(data)), $"Test accuracy of the classifiers {where}.",
            IsHalf: true);
    }
}
