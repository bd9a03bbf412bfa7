using System.Text.Json;
using System.Text.Json.Serialization;
using NegSamples.Files;
using NegSamples.Study.Embeddings;

namespace NegSamples.Study;

/// <summary>How the study's reports look as JSON: camel case, names for enumerations, unknown keys refused.</summary>
[JsonSerializable(typeof(BoundReport))]
[JsonSerializable(typeof(IReadOnlyList<BoundReport>))]
[JsonSerializable(typeof(CollisionReport))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(FeatureReport))]
[JsonSerializable(typeof(Foreign.ForeignEvaluationReport))]
[JsonSerializable(typeof(Sweep.SweepManifest))]
[JsonSerializable(typeof(Sweep.ValidationReport))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class StudyJson : JsonSerializerContext
{
    /// <summary>Reads one of the study's files.</summary>
    /// <typeparam name="T">The kind of report.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="what">What it holds, in words.</param>
    /// <exception cref="BadDataException">It is missing or holds something else.</exception>
    public static T Read<T>(string path, string what)
    {
        try
        {
            return (T?)JsonSerializer.Deserialize(File.ReadAllText(path), typeof(T), Default)
                ?? throw new BadDataException($"{path} is empty; expected {what}.");
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadDataException($"{path} does not hold {what}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes one of the study's files, whole or not at all.</summary>
    /// <typeparam name="T">The kind of report.</typeparam>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="value">The report.</param>
    public static void Write<T>(string path, T value)
    {
        Disk.CreateFolder(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(value, typeof(T), Default));
    }
}
