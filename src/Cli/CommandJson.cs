using System.Text.Json.Serialization;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Cli;

/// <summary>How the results of verbs look as JSON that no library has a report for: camel case, names for enumerations, NaN and Infinity as text.</summary>
[JsonSerializable(typeof(FoundDevices))]
[JsonSerializable(typeof(CheckedDevices))]
[JsonSerializable(typeof(IReadOnlyList<VerifiedPart>))]
[JsonSerializable(typeof(WrittenFeatures))]
[JsonSerializable(typeof(WrittenFile))]
[JsonSerializable(typeof(WrittenExport))]
[JsonSerializable(typeof(DrawnRows))]
[JsonSerializable(typeof(FoundNeighbours))]
[JsonSerializable(typeof(TrainedRun))]
[JsonSerializable(typeof(PlannedMemory))]
[JsonSerializable(typeof(FinishedSweep))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class CommandJson : JsonSerializerContext;
