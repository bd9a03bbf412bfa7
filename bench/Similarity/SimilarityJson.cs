using System.Text.Json.Serialization;

namespace NegSamples.Similarity;

/// <summary>How a report of similarities looks as JSON: fields in a fixed order, numbers with the digits that give the same double back.</summary>
[JsonSerializable(typeof(SimilarityReport))]
[JsonSerializable(typeof(TowerReport))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed partial class SimilarityJson : JsonSerializerContext;
