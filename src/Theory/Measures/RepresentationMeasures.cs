using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>The measures of a representation in one call, from its features alone: no encoder, no classifier.</summary>
public static class RepresentationMeasures
{
    // Of the pairs, which measure alignment and uniformity here, neither of which has one.
    private const double AnyTemperature = 1;

    /// <summary>What is measured of labelled features, where it is defined for them.</summary>
    internal static IReadOnlyList<MeasureName> OfLabelled { get; } =
    [
        MeasureName.RankMe, MeasureName.Alpha, MeasureName.ParticipationRatio, MeasureName.MeanDeviation, MeasureName.CovarianceTerm, MeasureName.Cdnv,
        MeasureName.DirectionalCdnv, MeasureName.Collapse, MeasureName.ScatterRatio, MeasureName.CentredMeanCosine, MeasureName.CosineDeviation,
    ];

    /// <summary>Effective rank, spectrum, how tight and far apart the classes are, alignment and uniformity; what is not defined is left out.</summary>
    /// <param name="features">[N, D], one row a sample, as they are.</param>
    /// <param name="dimension">D.</param>
    /// <param name="labels">[N], each at least 0, for the measures of classes; or none.</param>
    /// <param name="secondView">[N, D]: the features of another view of each sample, for alignment and uniformity, of which both are scaled to unit length; or
    /// none.</param>
    /// <param name="threads">Threads of the pairs; 0 for one per core. They never change the numbers.</param>
    /// <param name="stop">Ends the pairs.</param>
    /// <returns>The measures in a fixed order; <see cref="MeasureName"/> says of each where it is from and how it is read.</returns>
    /// <remarks>N·D² multiply-adds and two spectra of D rows (<see cref="Spectrum"/>); with classes 2·C·N·D more (<see cref="ClassSpread"/>); with a second view
    /// N²·D more (<see cref="PairMeasures"/>): 6 s for N = 10,000 and D = 128 on one core. All in float64.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, a number is not finite or a label is negative.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <example>
    /// <code>
    /// float[] features = [1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.8f];
    /// IReadOnlyDictionary&lt;MeasureName, double&gt; measures = RepresentationMeasures.Of(features, 2, labels: [0, 0, 1, 1]);
    /// double rank = measures[MeasureName.RankMe], collapse = measures[MeasureName.Cdnv];
    /// </code>
    /// </example>
    public static IReadOnlyDictionary<MeasureName, double> Of(
        ReadOnlySpan<float> features, int dimension, ReadOnlySpan<int> labels = default, ReadOnlySpan<float> secondView = default, int threads = 1,
        CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (features.IsEmpty || features.Length % dimension != 0)
            throw new ArgumentException(FormattableString.Invariant($"features has {Counted.Of(features.Length, "number")}; expected rows of {dimension}, at least one."), nameof(features));
        int count = features.Length / dimension;
        if (!labels.IsEmpty && labels.Length != count)
            throw new ArgumentException(FormattableString.Invariant($"labels has {Counted.Of(labels.Length, "number")}; expected {count}, one of each row, or none."), nameof(labels));
        if (!secondView.IsEmpty && secondView.Length != features.Length)
            throw new ArgumentException(FormattableString.Invariant($"secondView has {Counted.Of(secondView.Length, "number")}; expected {features.Length}, as many as features, or none."), nameof(secondView));
        RequireFinite(features, nameof(features));
        foreach (int label in labels)
            if (label < 0) throw new ArgumentException(FormattableString.Invariant($"labels has {label}; expected at least 0."), nameof(labels));
        OrderedDictionary<MeasureName, double> measures = [];
        SecondMoments moments = new(dimension);
        moments.Add(features);
        Spectrum spectrum = Spectrum.Of(moments);
        Add(MeasureName.RankMe, spectrum.RankMe);
        Add(MeasureName.Alpha, spectrum.Alpha);
        Add(MeasureName.ParticipationRatio, spectrum.ParticipationRatio);
        Add(MeasureName.MeanDeviation, spectrum.MeanDeviation);
        Add(MeasureName.CovarianceTerm, spectrum.CovarianceTerm);
        if (!labels.IsEmpty && ClassSpread.Of(features, dimension, labels) is { } spread)
        {
            Add(MeasureName.Cdnv, spread.Variance);
            Add(MeasureName.DirectionalCdnv, spread.DirectionalVariance);
            Add(MeasureName.Collapse, spread.Collapse);
            Add(MeasureName.ScatterRatio, spread.ScatterRatio);
            Add(MeasureName.CentredMeanCosine, spread.MeanCosine);
            Add(MeasureName.CosineDeviation, spread.CosineDeviation);
        }

        if (!secondView.IsEmpty && count > 1)
        {
            double[] first = Widened(features);
            EmbeddedSet set = new(dimension, first, Widened(secondView), first, new int[count]);
            PairMeasures pairs = PairMeasures.Of(set, AnyTemperature, threads, stop);
            Add(MeasureName.Alignment, pairs.Alignment);
            Add(MeasureName.Uniformity, pairs.Uniformity);
        }

        return measures;

        void Add(MeasureName name, double value)
        {
            if (double.IsFinite(value)) measures.Add(name, value);
        }
    }

    private static void RequireFinite(ReadOnlySpan<float> values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i])) throw new ArgumentException(FormattableString.Invariant($"{name}[{i}] is {values[i]}; expected a finite number."), name);
    }

    private static double[] Widened(ReadOnlySpan<float> values)
    {
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = values[i];
        return wide;
    }
}
