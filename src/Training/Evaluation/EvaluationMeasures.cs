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
internal static class EvaluationMeasures
{
    /// <summary>Effective rank, spectrum, and how tight and far apart the classes are; what is not defined is left out.</summary>
    /// <param name="features">The features, as they are.</param>
    /// <param name="head">Whether they are those after the head.</param>
    public static IReadOnlyList<EvaluationMeasure> Of(FeatureSet features, bool head)
    {
        ArgumentNullException.ThrowIfNull(features);
        return [.. RepresentationMeasures.Of(features.Values, features.Dimension, features.Labels).Select(measure => new EvaluationMeasure(measure.Key, head, measure.Value))];
    }
}
