using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>How the classifiers of features are made, and what their protocols call the features.</summary>
/// <param name="Linear">The linear classifier's settings.</param>
/// <param name="Source">What the features are of: "plain images".</param>
/// <param name="IsUnit">Whether their rows have unit length.</param>
/// <param name="HasMean">Whether there is a mean classifier, which needs a training sample of each class.</param>
internal sealed record ClassifierSettings(LinearSettings Linear, string Source, bool IsUnit, bool HasMean = true);

/// <summary>How often one classifier of features is right.</summary>
/// <param name="Classifier">"mean", "linear" or "knn".</param>
/// <param name="Protocol">How it was made, in words and numbers.</param>
/// <param name="Accuracy">On the test features.</param>
internal sealed record ClassifiedFeatures(string Classifier, string Protocol, Accuracy Accuracy);

/// <summary>Every classifier of features, whoever computed them.</summary>
public static class FeatureClassifiers
{
    private const int MostNeighbours = 200;
    private const double NeighbourTemperature = 0.1;

    /// <summary>Makes the mean, the linear and the nearest-neighbour classifier, in this order.</summary>
    /// <param name="ops">The device; its ranks share the neighbours.</param>
    /// <param name="train">The samples that they are made from.</param>
    /// <param name="test">The samples to classify.</param>
    /// <param name="settings">How they are made.</param>
    /// <param name="begin">Is told which is made now.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ArgumentException">The sets do not belong together.</exception>
    /// <exception cref="Files.BadDataException">A class has no training sample and there is a mean classifier.</exception>
    /// <exception cref="NotFiniteNumberException">The learning rate is too high for features of this size.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static IReadOnlyList<ClassifiedFeatures> Of(
        Ops ops, FeatureSet train, FeatureSet test, ClassifierSettings settings, Action<string> begin, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(begin);
        List<ClassifiedFeatures> rows = [];
        if (settings.HasMean)
        {
            begin("mean classifier");
            rows.Add(new(
                "mean", $"class means of unit features, not normalised again, {settings.Source}", MeanClassifier.EvaluateAtUnitLength(train, test, stop)));
        }

        begin("linear classifier");
        rows.Add(new("linear", LinearProtocol(settings, train.Count), LinearClassifier.Train(ops, train, test, settings.Linear, stop: stop).Last));
        begin("nearest neighbours");
        rows.Add(new(
            "knn",
            FormattableString.Invariant($"cosine, k = {Math.Min(MostNeighbours, train.Count)}, weights exp(s/{NeighbourTemperature}), {settings.Source}"),
            Neighbours(ops, train, test, stop)));
        return rows;
    }

    /// <summary>Makes the mean, the linear and the nearest-neighbour classifier of features in arrays, in one call.</summary>
    /// <param name="train">[N, D]: the features that they are made from, one row a sample.</param>
    /// <param name="trainLabels">[N], each at least 0.</param>
    /// <param name="test">[M, D]: the features to classify.</param>
    /// <param name="testLabels">[M].</param>
    /// <param name="dimension">D.</param>
    /// <param name="linear">How the linear classifier is trained; 100 epochs by default.</param>
    /// <param name="ops">The device; null for the library's CPU (<see cref="DeviceLease"/>).</param>
    /// <param name="stop">Ends it.</param>
    /// <remarks>Protocols as in <c>negsamples eval</c>: class means of unit features, the linear classifier on the features as they are, the 200 nearest by the
    /// cosine with weights <c>exp(s/0.1)</c>.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, or a label is negative.</exception>
    /// <exception cref="Files.BadDataException">A feature is not finite.</exception>
    /// <exception cref="NotFiniteNumberException">The learning rate is too high for features of this size.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <example>
    /// <code>
    /// float[] train = [1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.8f], test = [0.8f, 0, 0.2f, 0.9f];
    /// FeatureAccuracies accuracies = FeatureClassifiers.Of(train, [0, 0, 1, 1], test, [0, 1], dimension: 2);
    /// double knn = accuracies.Neighbours.Top1;
    /// </code>
    /// </example>
    public static FeatureAccuracies Of(
        ReadOnlyMemory<float> train, int[] trainLabels, ReadOnlyMemory<float> test, int[] testLabels, int dimension, LinearSettings? linear = null, Ops? ops = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trainLabels);
        ArgumentNullException.ThrowIfNull(testLabels);
        int most = Math.Max(trainLabels.DefaultIfEmpty(0).Max(), testLabels.DefaultIfEmpty(0).Max());
        int limit = (Array.MaxLength / Math.Max(1, dimension)) - 1;
        if (most > limit)
            throw new ArgumentException(FormattableString.Invariant($"There is a label {most}; expected at most {limit}, as the weights of all classes are one array."), nameof(trainLabels));
        int classes = 1 + most;
        FeatureSet of = new(train, trainLabels.Length, dimension, trainLabels, classes), on = new(test, testLabels.Length, dimension, testLabels, classes);
        bool hasMean = !ClassSizes.Of(trainLabels, classes).Contains(0);
        using DeviceLease lease = new(ops);
        IReadOnlyList<ClassifiedFeatures> rows = Of(lease.Ops, of, on, new(linear ?? new LinearSettings(), "given features", false, hasMean), static _ => { }, stop);
        return new FeatureAccuracies(hasMean ? rows[0].Accuracy : null, rows[^2].Accuracy, rows[^1].Accuracy);
    }

    /// <summary>The nearest-neighbour classifier alone, which the ranks of a device share.</summary>
    internal static Accuracy Neighbours(Ops ops, FeatureSet train, FeatureSet test, CancellationToken stop) =>
        NearestNeighbours.Evaluate(ops, train, test, Math.Min(MostNeighbours, train.Count), NeighbourTemperature, ops.Collective, stop);

    private static string LinearProtocol(ClassifierSettings settings, int samples)
    {
        LinearSettings linear = settings.Linear;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SGD Nesterov {linear.Momentum}, lr {linear.LearningRate}, cosine, {Counted.Of(linear.Epochs, "epoch")}, batch {linear.BatchOf(samples)}, "
            + $"weight decay {linear.WeightDecay}, "
            + $"{(settings.IsUnit ? "unit" : "raw")} features of {settings.Source}, last epoch");
    }
}
