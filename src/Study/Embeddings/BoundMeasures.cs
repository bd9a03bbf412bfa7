using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;

namespace NegSamples.Study.Embeddings;

/// <summary>What the views of the test images say beside the terms of the bounds.</summary>
/// <param name="Pairs">All pairs under the first two views.</param>
/// <param name="Lidar">LiDAR over all views.</param>
/// <param name="WithinClassVariance">tr Cov(f̄ | c).</param>
/// <param name="ClassMeanCosine">The mean cosine of two class means of the training split.</param>
/// <param name="Dimension">D.</param>
internal sealed record BoundMeasures(PairMeasures Pairs, double Lidar, double WithinClassVariance, double ClassMeanCosine, int Dimension)
{
    public static BoundMeasures Of(ViewPairs pairs, double[] classMeans, double temperature, int threads, CancellationToken stop)
    {
        EmbeddedSet set = pairs.Pair(0);
        return new(
            PairMeasures.Of(set, temperature, threads, stop), pairs.Lidar(), ClassGeometry.WithinClassVariance(set),
            ClassGeometry.MeanOffDiagonalCosine(classMeans, set.Dimension), set.Dimension);
    }

    /// <summary>All of them at one K; what is not defined is left out.</summary>
    public IReadOnlyList<MeasuredValue> At(BoundMeasurement measured)
    {
        int k = measured.Negatives, classes = measured.Classes.Count;
        double centred = measured.ContrastiveLoss - Math.Log(k);
        List<(MeasureName Name, double Value)> values =
        [
            (MeasureName.Alignment, Pairs.Alignment), (MeasureName.Uniformity, Pairs.Uniformity), (MeasureName.CentredLoss, centred),
            (MeasureName.LimitLoss, Pairs.LimitLoss), (MeasureName.LimitGap, centred - Pairs.LimitLoss), (MeasureName.PredictedGap, Pairs.GapAt(k)),
            (MeasureName.SameClassShare, Pairs.SameClassShare), (MeasureName.CountedSameClassShare, Pairs.CountedSameClassShare),
            (MeasureName.EffectiveNegatives, Pairs.EffectiveNegatives), (MeasureName.Lidar, Lidar), (MeasureName.WithinClassVariance, WithinClassVariance),
            (MeasureName.ClassMeanCosine, ClassMeanCosine),
            (MeasureName.BaoLowerBound,
                measured.Classes.HasImpossibleClass ? double.NaN : measured.ContrastiveLoss + BaoBound.LowerGap(measured.Classes, k, 1)),
        ];

        // The simplex is the optimum of equal classes, and needs C − 1 dimensions.
        if (measured.Classes.IsUniform && classes >= 2 && Dimension >= classes - 1)
        {
            SimplexOptimum optimum = new(classes, k, measured.Temperature);
            values.Add((MeasureName.ContrastiveExcess, measured.ContrastiveLoss - optimum.ContrastiveLoss));
            values.Add((MeasureName.SupervisedExcess, measured.MeanClassifierLoss - optimum.SupervisedLoss));
        }

        return [.. values.Where(measure => double.IsFinite(measure.Value)).Select(measure => new MeasuredValue(measure.Name, measure.Value))];
    }
}
