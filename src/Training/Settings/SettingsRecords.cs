using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>How each record of the settings looks as JSON, before <see cref="FlatSettings"/> lays all of them into one object.</summary>
[JsonSerializable(typeof(DataSettings))]
[JsonSerializable(typeof(EncoderSettings))]
[JsonSerializable(typeof(BatchSettings))]
[JsonSerializable(typeof(LossSettings))]
[JsonSerializable(typeof(OptimizerSettings))]
[JsonSerializable(typeof(ViewSettings))]
[JsonSerializable(typeof(RunSettings))]
[JsonSerializable(typeof(PlaceSettings))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, IgnoreReadOnlyProperties = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class SettingsRecords : JsonSerializerContext;
