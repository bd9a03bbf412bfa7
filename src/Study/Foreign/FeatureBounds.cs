using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Foreign;

/// <summary>The bounds of the supervised loss in one call, from features in arrays: what <see cref="ForeignBounds"/> does with files.</summary>
public static class FeatureBounds
{
    /// <summary>Measures the terms of the bounds and puts them beside the exact values.</summary>
    /// <param name="train">Training samples, one view of each or more, that make the class means.</param>
    /// <param name="test">Test samples of the same classes, two views of each or more: anchors, positives and negatives.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">t of the loss that the encoder was trained with, above 0.</param>
    /// <param name="negatives">K, 1 to the test samples less one.</param>
    /// <param name="settings">Passes, their key and threads; the paper's protocol where it is missing. K, views and parts of classes are not read.</param>
    /// <param name="ops">The device that scales rows; null for the library's CPU (<see cref="DeviceLease"/>).</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The terms, every bound with what stands behind it, and the measures of the pairs.</returns>
    /// <remarks>Rows are scaled to unit length. Protocol and sources: <see cref="BoundStudy"/>; Nozawa and Sato 2021, arXiv:2102.06866. 4·K·N·D multiply-adds
    /// for each of ten passes, and N²·D for the pairs.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, a class has no sample, or K is out of range.</exception>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <example>
    /// <code>
    /// float[] z = [1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.8f], other = [0.9f, 0, 0.9f, 0.2f, 0, 0.9f, 0.2f, 0.8f];
    /// int[] labels = [0, 0, 1, 1];
    /// BoundReport report = FeatureBounds.Of(new(labels, z), new(labels, z, other), dimension: 2, temperature: 0.5, negatives: 3);
    /// foreach (BoundRow row in report.Bounds) Console.WriteLine($"{row.Name} {row.Value} {row.Status}");
    /// </code>
    /// </example>
    public static BoundReport Of(
        FeatureViews train, FeatureViews test, int dimension, double temperature, int negatives, BoundSettings? settings = null, Ops? ops = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (temperature is not (>= 1e-30 and <= 1e30))
            throw new ArgumentOutOfRangeException(nameof(temperature), FormattableString.Invariant($"temperature is {temperature}; expected a finite number above 0, 1e-30 to 1e30."));
        Check(train, dimension, 1, nameof(train));
        Check(test, dimension, 2, nameof(test));
        int least = Math.Min(train.Labels.Count, test.Labels.Count), most = Math.Max(train.Labels.Max(), test.Labels.Max());
        if (most >= least)
            throw new ArgumentException(FormattableString.Invariant($"There is a label {most}; expected less than {least}, as train and test have a sample of each class."), nameof(train));
        int classes = 1 + most;
        if (classes < 2) throw new ArgumentException("train and test have one class only; expected at least two.", nameof(train));
        int[] trainSizes = Sizes(train, classes, nameof(train)), testSizes = Sizes(test, classes, nameof(test));
        if (negatives < 1 || negatives >= test.Labels.Count)
            throw new ArgumentOutOfRangeException(nameof(negatives), FormattableString.Invariant($"negatives is {negatives}; expected 1 to {test.Labels.Count - 1}, the test samples less one."));
        settings = (settings ?? new BoundSettings()) with { Augmentations = test.Views.Count, Negatives = [], Subclasses = 1 };
        settings.Validate();
        float[][] unitTest = Unit(test, dimension, ops);
        double[] means = Means(train, Unit(train, dimension, ops), dimension, trainSizes);
        ViewPairs pairs = new(test.Labels.Count, dimension, Math.Min(settings.Passes, test.Views.Count / 2));
        pairs.Add(0, test.Labels.Count, test.Views.Count, view => unitTest[view], i => test.Labels[i]);
        BoundOrigin origin = new(ForeignBounds.Checkpoint, 0, "features in memory", "", train.Labels.Count, train.Views.Count == test.Views.Count ? null : train.Views.Count, temperature);
        return BoundStudy.Measure(origin, pairs, means, testSizes, [negatives], settings, parts: null, static _ => { }, stop)[0];
    }

    private static void Check(FeatureViews features, int dimension, int leastViews, string name)
    {
        if (features.Labels is not { Count: > 0 }) throw new ArgumentException($"{name} has no sample; expected at least one.", name);
        if (features.Views.Count < leastViews)
            throw new ArgumentException(FormattableString.Invariant($"{name} has {Counted.Of(features.Views.Count, "view")} of each sample; expected at least {leastViews}."), name);
        for (int view = 0; view < features.Views.Count; view++)
        {
            float[] rows = features.Views[view];
            if (rows.Length != (long)features.Labels.Count * dimension)
                throw new ArgumentException(FormattableString.Invariant($"View {view} of {name} has {Counted.Of(rows.Length, "number")}; expected {Counted.Of(features.Labels.Count, "row")} of {dimension}."), name);
            if (!Array.TrueForAll(rows, float.IsFinite)) throw new ArgumentException(FormattableString.Invariant($"View {view} of {name} has a number that is not finite."), name);
        }
    }

    private static int[] Sizes(FeatureViews features, int classes, string name)
    {
        int[] sizes = new int[classes];
        foreach (int label in features.Labels)
        {
            if (label < 0) throw new ArgumentException(FormattableString.Invariant($"A label of {name} is {label}; expected at least 0."), name);
            sizes[label]++;
        }

        int empty = Array.IndexOf(sizes, 0);
        return empty < 0 ? sizes
            : throw new ArgumentException(FormattableString.Invariant($"{name} has no sample of class {empty}; expected one of each of the {Counted.Of(classes, "class")}."), name);
    }

    private static float[][] Unit(FeatureViews features, int dimension, Ops? ops) => [.. features.Views.Select(rows =>
    {
        float[] unit = new float[rows.Length];
        UnitRows.Of(rows, dimension, unit, ops: ops);
        return unit;
    })];

    private static double[] Means(FeatureViews train, float[][] unit, int dimension, int[] sizes)
    {
        double[] means = new double[checked(sizes.Length * dimension)];
        for (int i = 0; i < train.Labels.Count; i++) ClassMeans.AddViews(view => unit[view], unit.Length, i, means.AsSpan(train.Labels[i] * dimension, dimension));
        for (int c = 0; c < sizes.Length; c++) ClassMeans.Divide(means.AsSpan(c * dimension, dimension), (double)sizes[c] * unit.Length);
        return means;
    }
}
