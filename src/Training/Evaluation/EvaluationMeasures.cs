using System.Text.Json.Serialization;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;

namespace NegSamples.Training.Evaluation;

/// <summary>One measure of the features of the test images; of <c>eval/*.json</c>.</summary>
/// <param name="Name">Which.</param>
/// <param name="Head">Whether the features are those after the head (unit rows) or before it.</param>
/// <param name="Value">Its value, finite.</param>
public sealed record EvaluationMeasure([property: JsonConverter(typeof(KeyConverter<MeasureName>))] MeasureName Name, bool Head, double Value);

/// <summary>Measures the features of labelled images without a classifier.</summary>
public static class EvaluationMeasures
{
    /// <summary>Effective rank, spectrum, and how tight and far apart the classes are; what is not defined is left out.</summary>
    /// <param name="features">The features, as they are.</param>
    /// <param name="head">Whether they are those after the head.</param>
    public static IReadOnlyList<EvaluationMeasure> Of(FeatureSet features, bool head)
    {
        ArgumentNullException.ThrowIfNull(features);
        SecondMoments moments = new(features.Dimension);
        moments.Add(features.Values);
        Spectrum spectrum = Spectrum.Of(moments);
        List<(MeasureName Name, double Value)> measures =
        [
            (MeasureName.RankMe, spectrum.RankMe), (MeasureName.Alpha, spectrum.Alpha), (MeasureName.ParticipationRatio, spectrum.ParticipationRatio),
            (MeasureName.MeanDeviation, spectrum.MeanDeviation), (MeasureName.CovarianceTerm, spectrum.CovarianceTerm),
        ];
        if (ClassSpread.Of(features.Values, features.Dimension, features.Labels) is { } spread)
        {
            measures.AddRange(
            [
                (MeasureName.Cdnv, spread.Variance), (MeasureName.DirectionalCdnv, spread.DirectionalVariance), (MeasureName.Collapse, spread.Collapse),
                (MeasureName.ScatterRatio, spread.ScatterRatio), (MeasureName.CentredMeanCosine, spread.MeanCosine),
                (MeasureName.CosineDeviation, spread.CosineDeviation),
            ]);
        }

        return [.. measures.Where(measure => double.IsFinite(measure.Value)).Select(measure => new EvaluationMeasure(measure.Name, head, measure.Value))];
    }
}
