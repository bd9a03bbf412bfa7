using System.Text.Json.Serialization;
using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>One measure of a representation.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">Its value, finite: what is not defined for a representation is left out.</param>
public sealed record MeasuredValue([property: JsonConverter(typeof(KeyConverter<MeasureName>))] MeasureName Name, double Value);
