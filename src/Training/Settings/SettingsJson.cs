using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>How settings and reports look as JSON: camel case, names for enumerations, unknown keys refused.</summary>
[JsonSerializable(typeof(TrainingSettings))]
[JsonSerializable(typeof(RunEnvironment))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(Evaluation.EvaluationReport))]
[JsonSerializable(typeof(DivergedStepRecord))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class SettingsJson : JsonSerializerContext;
