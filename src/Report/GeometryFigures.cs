using NegSamples.Report.Plots;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Measures;

namespace NegSamples.Report;

/// <summary>What K does to the geometry of the test features, one run for each K: Figures 3 to 5 of Nozawa and Sato 2021.</summary>
internal static class GeometryFigures
{
    private const int MostSamples = 2000, Bins = 50, MostClasses = 10;

    /// <summary>The figures of the runs whose features were written.</summary>
    /// <param name="data">The sweep.</param>
    /// <param name="runs">One run for each K, small K first.</param>
    /// <param name="samples">Their embeddings after the head; null where they were not written.</param>
    /// <param name="text">Receives what is missing.</param>
    /// <param name="stop">Ends it.</param>
    public static IReadOnlyList<ReportFigure> Of(
        SweepData data, RunData[] runs, EmbeddingSample?[] samples, List<string> text, CancellationToken stop)
    {
        List<ReportFigure> figures = [];
        List<(RunData Run, double[] Norms)> after = [.. NormsOf(runs, "head")], before = [.. NormsOf(runs, "encoder")];
        if (after.Count > 0) figures.Add(Norms(data, "after the head", after));
        if (before.Count > 0) figures.Add(Norms(data, "before the head", before));
        if (after.Count > 0 && before.Count < after.Count)
        {
            string lacking = string.Join(", ", after.Select(entry => entry.Run).Except(before.Select(entry => entry.Run)).Select(run => run.Run.Name));
            text.Add($"Features before the head were not written for {lacking}, so their norms are missing. To make them: negsamples features RUN");
        }

        RunData[] there = [.. runs.Where((_, i) => samples[i] is not null)];
        if (there.Length == 0) return figures;
        int classes = samples.OfType<EmbeddingSample>().Max(sample => sample.Labels.Max()) + 1;
        double[][][] cosines = [.. samples.OfType<EmbeddingSample>().Select(sample => ClassCosines.Of(sample.Thin(MostSamples), classes, stop))];
        IReadOnlyList<string> names = samples.OfType<EmbeddingSample>().First().ClassNames;
        for (int c = 0; c < Math.Min(classes, MostClasses); c++)
        {
            if (cosines.Any(run => run[c].Length == 0)) continue;
            int label = c;
            figures.Add(Histogram(
                $"Within {(c < names.Count ? names[c] : FormattableString.Invariant($"class {c}"))}", "cosine of two test samples of the class", -1, 1,
                [.. there.Select((run, i) => (data.Name(run.Run.Value), cosines[i][label]))],
                FormattableString.Invariant($"All pairs among {Counted.Of(MostSamples, "test sample")} at most, one run for each K (seed {there[0].Run.Seed}): ")
                    + "the more to the right, the tighter the class."));
        }

        if (there.Length > 1) figures.Add(Distances(data, there, [.. cosines.Select(run => run.SelectMany(list => list).ToArray())], after));
        return figures;
    }

    private static IEnumerable<(RunData Run, double[] Norms)> NormsOf(RunData[] runs, string key) =>
        runs.Select(run => (Run: run, Norms: FeatureNorms.Load(run, key))).Where(entry => entry.Norms is not null).Select(entry => (entry.Run, entry.Norms!));

    private static ReportFigure Norms(SweepData data, string where, IReadOnlyList<(RunData Run, double[] Norms)> runs)
    {
        double most = runs.Max(entry => entry.Norms.Max());
        return Histogram(
            $"Norms {where}", "length of the features of a test sample", 0, most > 0 ? most : 1,
            [.. runs.Select(entry => (data.Name(entry.Run.Run.Value), entry.Norms))],
            $"How long the features {where} are before they are scaled to unit length. The loss does not see their length, but training moves it.");
    }

    private static ReportFigure Histogram(string title, string axis, double low, double high, (string Name, double[] Values)[] series, string caption)
    {
        double width = (high - low) / Bins;
        double[] edges = [.. Enumerable.Range(0, Bins + 1).Select(i => low + (i * width))], middles = [.. edges.Take(Bins).Select(edge => edge + (width / 2))];
        return new ReportFigure(
            Charts.Histogram(title, new Axis(axis), new Axis("density"), edges, [.. series.Select(one => new Series(one.Name, middles, Density(one.Values)))],
                FigureParts.HalfWidth, FigureParts.HalfHeight), caption, IsHalf: true);

        double[] Density(double[] values)
        {
            double[] counts = new double[Bins];
            foreach (double value in values) counts[Math.Clamp((int)((value - low) / width), 0, Bins - 1)] += 1 / (values.Length * width);
            return counts;
        }
    }

    private static ReportFigure Distances(SweepData data, RunData[] runs, double[][] cosines, IReadOnlyList<(RunData Run, double[] Norms)> norms)
    {
        double[] ticks = [.. runs.Select(run => data.Position(run.Run.Value))];
        double[][] lengths = [.. runs.Select(run => norms.Where(entry => entry.Run == run).Select(entry => entry.Norms).FirstOrDefault([]))];
        Figure figure = new(
            "Distance from the smallest K", FigureParts.AxisOf(data), new Axis("Wasserstein-1"),
            [
                new Series("cosines within classes", ticks, [.. cosines.Select(values => Distance(values, cosines[0]))]),
                new Series("norms after the head", ticks, [.. lengths.Select(values => Distance(values, lengths[0]))]),
            ]);
        return new ReportFigure(
            Charts.Lines(figure, FigureParts.HalfWidth, FigureParts.HalfHeight, ticks),
            $"W₁ between the distributions of the test split at each K and at {data.Name(runs[0].Run.Value)}, from sorted samples: "
            + "0 there, and c where all values have moved by c.",
            IsHalf: true);
    }

    private static double Distance(double[] values, double[] from) => values.Length > 0 && from.Length > 0 ? Wasserstein.Distance(values, from) : double.NaN;
}
