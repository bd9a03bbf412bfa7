using System.Globalization;
using System.Numerics.Tensors;
using NegSamples.Files;

namespace NegSamples.Training.Evaluation;

/// <summary>The mean classifier: a linear classifier without bias whose weights are the class means of the training features.</summary>
/// <remarks>
/// The score of class c is <c>f·μ_c</c> with <c>μ_c</c> the mean of the training features of class c. Features are used as they are and the
/// means are not normalised. The classifier of the bounds takes features of unit length (<see cref="EvaluateAtUnitLength"/>).
/// Sources: Arora et al., "A theoretical analysis of contrastive unsupervised representation learning", ICML 2019;
/// Nozawa and Sato, arXiv:2102.06866.
/// </remarks>
internal static class MeanClassifier
{
    /// <summary>Takes the means of one set and classifies the other.</summary>
    /// <param name="train">The samples that make the means; every class needs one.</param>
    /// <param name="test">The samples to classify.</param>
    /// <param name="stop">Ends it between two samples.</param>
    /// <remarks>In float64; 2·N_test·D·C FLOPs.</remarks>
    /// <exception cref="ArgumentException">The sets do not belong together.</exception>
    /// <exception cref="BadDataException">A class has no training sample and so no mean.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Accuracy Evaluate(FeatureSet train, FeatureSet test, CancellationToken stop = default) => Evaluate(train, test, isUnit: false, stop);

    /// <summary>The same with every row scaled to unit length as it is read: the bits of <see cref="FeatureSet.ToUnitLength"/> without its copy.</summary>
    /// <inheritdoc cref="Evaluate(FeatureSet, FeatureSet, CancellationToken)"/>
    public static Accuracy EvaluateAtUnitLength(FeatureSet train, FeatureSet test, CancellationToken stop = default) =>
        Evaluate(train, test, isUnit: true, stop);

    private static Accuracy Evaluate(FeatureSet train, FeatureSet test, bool isUnit, CancellationToken stop)
    {
        FeatureSet.CheckPair(train, test);
        int dimension = train.Dimension, classes = train.Classes;
        double[] means = Means(train, isUnit, stop);
        int[] ranks = new int[test.Count];
        Parallel.For(
            0,
            test.Count,
            new ParallelOptions { CancellationToken = stop },
            () => (Unit: new float[dimension], Row: new double[dimension], Scores: new double[classes]),
            (sample, _, buffers) =>
            {
                Read(test, sample, isUnit, buffers.Unit, buffers.Row);
                for (int c = 0; c < classes; c++) buffers.Scores[c] = TensorPrimitives.Dot<double>(buffers.Row, means.AsSpan(c * dimension, dimension));
                ranks[sample] = Accuracy.Rank<double>(buffers.Scores, test.Labels[sample]);
                return buffers;
            },
            _ => { });
        return Accuracy.OfRanks(ranks, test);
    }

    /// <summary>The class means, [classes, dimension].</summary>
    private static double[] Means(FeatureSet train, bool isUnit, CancellationToken stop)
    {
        double[] means = new double[checked(train.Classes * train.Dimension)];
        double[] row = new double[train.Dimension];
        float[] unit = new float[train.Dimension];
        int[] counts = new int[train.Classes];
        for (int sample = 0; sample < train.Count; sample++)
        {
            stop.ThrowIfCancellationRequested();
            int label = train.Labels[sample];
            counts[label]++;
            Span<double> sum = means.AsSpan(label * train.Dimension, train.Dimension);
            Read(train, sample, isUnit, unit, row);
            TensorPrimitives.Add(sum, row, sum);
        }

        for (int c = 0; c < train.Classes; c++)
        {
            if (counts[c] == 0)
            {
                throw new BadDataException(string.Create(
                    CultureInfo.InvariantCulture, $"Class {c} has no sample among the {Counted.Of(train.Count, "training feature")}; "
                    + $"the mean classifier needs one of each of the {Counted.Of(train.Classes, "class")}."));
            }

            Span<double> mean = means.AsSpan(c * train.Dimension, train.Dimension);
            TensorPrimitives.Divide(mean, counts[c], mean);
        }

        return means;
    }

    private static void Read(FeatureSet set, int sample, bool isUnit, float[] unit, double[] row)
    {
        if (isUnit) set.ReadUnit(sample, unit);
        TensorPrimitives.ConvertTruncating(isUnit ? unit : set.Row(sample), row);
    }
}
