using NegSamples.Report.Plots;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Report;

/// <summary>The training curves.</summary>
internal static class TrainingFigures
{
    // Points of a curve: more cannot be told apart, and every one makes the file larger.
    private const int MostPoints = 200;

    public static IReadOnlyList<ReportFigure> Of(SweepData data) =>
        Of([.. data.Values.Select(value => data.At(value).FirstOrDefault(run => run.Metrics.Count > 0)).OfType<RunData>()
            .Select(run => (data.Name(run.Run.Value), run.Metrics))], "Training loss of the first finished seed of each K");

    /// <param name="runs">The curves' names and their lines.</param>
    /// <param name="what">What the first figure shows, the beginning of its caption.</param>
    public static IReadOnlyList<ReportFigure> Of(IReadOnlyList<(string Name, IReadOnlyList<Metrics> Lines)> runs, string what)
    {
        Figure figure = new("Training loss", new Axis("epoch"), new Axis("loss (nats)"), [.. runs.Select(run => Curve(run.Name, run.Lines))]);
        return
        [
            new ReportFigure(
                Charts.Curves(figure, FigureParts.FullWidth, FigureParts.FullHeight),
                FormattableString.Invariant($"{what}, means over at most {Counted.Of(MostPoints, "equal part")} of the training.")),
            .. Monitored(runs, "Nearest neighbours while training", "top-1 accuracy (%)", measured => 100 * measured.Knn,
                "Top-1 of the nearest neighbours before the head, of training samples that vote on others: the test samples have no part in it."),
            .. Monitored(runs, "Effective rank while training", "RankMe", measured => measured.RankMe, "RankMe of the features before the head, of the same samples."),
        ];
    }

    private static IEnumerable<ReportFigure> Monitored(
        IReadOnlyList<(string Name, IReadOnlyList<Metrics> Lines)> runs, string title, string axis, Func<Representation, double?> of, string caption)
    {
        Series[] series = [.. runs.Select(run => (run.Name, Lines: run.Lines.Where(line => line.Representation is { } measured && of(measured) is not null).ToArray()))
            .Where(entry => entry.Lines.Length > 0)
            .Select(entry => new Series(entry.Name, [.. entry.Lines.Select(line => line.Epoch)], [.. entry.Lines.Select(line => of(line.Representation!)!.Value)]))];
        if (series.Length == 0) yield break;
        yield return new ReportFigure(
            Charts.Lines(new Figure(title, new Axis("epoch"), new Axis(axis), series), FigureParts.HalfWidth, FigureParts.HalfHeight), caption, IsHalf: true);
    }

    /// <summary>Means over equal parts of a run's lines.</summary>
    internal static (double[] Epochs, double[] Losses) Means(IReadOnlyList<Metrics> lines, int most)
    {
        int parts = Math.Min(most, lines.Count);
        double[] epochs = new double[parts], losses = new double[parts];
        for (int part = 0; part < parts; part++)
        {
            int first = (int)((long)part * lines.Count / parts), last = (int)((part + 1L) * lines.Count / parts);
            for (int i = first; i < last; i++)
            {
                epochs[part] += lines[i].Epoch / (last - first);
                losses[part] += lines[i].Loss / (last - first);
            }
        }

        return (epochs, losses);
    }

    private static Series Curve(string name, IReadOnlyList<Metrics> lines)
    {
        (double[] epochs, double[] losses) = Means(lines, MostPoints);
        return new Series(name, epochs, losses);
    }
}
