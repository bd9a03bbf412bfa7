using System.Globalization;
using NegSamples.Report.Plots;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Training;

namespace NegSamples.Report;

/// <summary>Where the test images lie: a map, and the similarities within and between classes.</summary>
internal static class EmbeddingFigures
{
    private const int MostSamples = 2000, Bins = 50;

    public static ReportSection Section(SweepData data, CancellationToken stop)
    {
        ulong seed = data.Seeds[0];
        RunData[] runs = [.. data.Runs.Where(run => run.Run.Seed == seed).OrderBy(run => run.Run.Value)];
        RunData small = runs[0], large = runs[^1];
        List<ReportFigure> figures = [];
        List<string> text = ["Embeddings of the test samples after the head, on the unit sphere."];
        EmbeddingSample?[] samples = [.. runs.Select(EmbeddingSample.Load)];
        EmbeddingSample? ofLarge = samples[^1], ofSmall = small == large ? null : samples[0];
        if (ofLarge is not null)
            figures.Add(Map("Map of the test samples", $"{large.Run.Name} ({data.Name(large.Run.Value)})", ofLarge, large.Collision?.ClassNames ?? [], stop));
        if (ofSmall is not null) figures.Add(Similarities(data.Name(small.Run.Value), small.Run.Name, ofSmall, stop));
        if (ofLarge is not null) figures.Add(Similarities(data.Name(large.Run.Value), large.Run.Name, ofLarge, stop));
        foreach ((RunData run, bool isThere) in new[] { (large, ofLarge is not null), (small, ofSmall is not null || small == large) })
        {
            if (isThere) continue;
            string command = $"negsamples features {ShellWord.OfPath(run.Folder)}";
            text.Add($"The features of {run.Run.Name} were not written, so its figures are missing. To make them: {command}");
        }

        string[] between = [.. runs.Where((run, i) => samples[i] is null && run != large && run != small).Select(run => run.Run.Name)];
        if (between.Length > 0)
            text.Add($"The figures over all K lack {string.Join(", ", between)}, whose features were not written. To make them: negsamples features RUN");
        figures.AddRange(GeometryFigures.Of(data, runs, samples, text, stop));

        return new ReportSection("embeddings", "Embeddings", text, figures, []);
    }

    /// <summary>The first two principal components, coloured by class.</summary>
    /// <param name="title">The title.</param>
    /// <param name="who">Whose embeddings they are.</param>
    /// <param name="all">The embeddings.</param>
    /// <param name="otherNames">The classes where the embeddings have no names of them.</param>
    /// <param name="stop">Ends it.</param>
    public static ReportFigure Map(string title, string who, EmbeddingSample all, IReadOnlyList<string> otherNames, CancellationToken stop)
    {
        PrincipalComponents components = PrincipalComponents.Of(all.Values, all.Dimension, Math.Min(2, all.Dimension), stop);
        EmbeddingSample sample = all.Thin(MostSamples);
        IReadOnlyList<string> names = all.ClassNames.Count > 0 ? all.ClassNames : otherNames;
        int[][] members = [.. Enumerable.Range(0, sample.Count).GroupBy(i => sample.Labels[i]).OrderBy(group => group.Key).Select(group => group.ToArray())];
        Series[] classes = [.. members.Select(group => new Series(
            NameOf(group), [.. group.Select(i => components.Project(sample.Row(i), 0))],
            [.. group.Select(i => components.Directions.Count > 1 ? components.Project(sample.Row(i), 1) : 0)]))];
        double Percent(int index) => index < components.Variances.Count ? 100 * components.Variances[index] / components.TotalVariance : 0;
        Axis Component(int index) => new(FormattableString.Invariant($"principal component {index + 1} ({Percent(index):F1} % of the variance)"));
        List<PointedSample> points = [];
        string svg = Charts.Scatter(
            title, Component(0), Component(1), classes, FigureParts.FullWidth, FigureParts.MapHeight,
            (group, place, x, y) => points.Add(new(x, y, $"{sample.Titles[members[group][place]]}: {classes[group].Name}")));
        return new ReportFigure(
            svg,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Principal components of all {Counted.Of(all.Count, "test embedding")} of {who}; "
                + $"{sample.Count} of them drawn, coloured by class."), Points: points);

        string NameOf(int[] group) => sample.Labels[group[0]] is int label && label < names.Count ? names[label] : FormattableString.Invariant($"class {sample.Labels[group[0]]}");
    }

    /// <summary>The cosines of all pairs, within and between classes.</summary>
    /// <param name="at">The place in the comparison, for the title.</param>
    /// <param name="who">Whose embeddings they are.</param>
    /// <param name="all">The embeddings.</param>
    /// <param name="stop">Ends it.</param>
    public static ReportFigure Similarities(string at, string who, EmbeddingSample all, CancellationToken stop)
    {
        EmbeddingSample sample = all.Thin(MostSamples);
        SimilarityHistogram histogram = SimilarityHistogram.Of(sample, Bins, stop);
        double[] middles = [.. histogram.Edges.Zip(histogram.Edges.Skip(1), (low, high) => (low + high) / 2)];
        return new ReportFigure(
            Charts.Histogram(
                $"Similarities at {at}", new Axis("cosine of two test samples"), new Axis("density"), histogram.Edges,
                [new Series("same class", middles, SimilarityHistogram.Density(histogram.Within)),
                    new Series("different classes", middles, SimilarityHistogram.Density(histogram.Between))],
                FigureParts.HalfWidth, FigureParts.HalfHeight),
            string.Create(
                CultureInfo.InvariantCulture,
                $"All pairs of {Counted.Of(sample.Count, "test sample")} under {who}: "
                + $"{histogram.Within.Sum():N0} within a class, {histogram.Between.Sum():N0} between classes."),
            IsHalf: true);
    }
}
