using System.Text.Json;
using System.Text.Json.Serialization;
using NegSamples.Training.Evaluation;

namespace NegSamples.Onnx;

/// <summary>What a model's metadata say of it, under these names.</summary>
internal static class OnnxAbout
{
    /// <summary>How it wants its pixels, JSON of <see cref="PixelInput"/>.</summary>
    public const string Preprocessing = "preprocessing";

    /// <summary>The classes of the images that it was trained on, in the order of their labels, a JSON array.</summary>
    public const string Classes = "classes";

    /// <summary>JSON of how it wants its pixels.</summary>
    /// <param name="input">The pixels.</param>
    public static string Text(PixelInput input) => JsonSerializer.Serialize(input, OnnxJson.Default.PixelInput);

    /// <summary>JSON of names.</summary>
    /// <param name="names">The names.</param>
    public static string Text(IReadOnlyList<string> names) => JsonSerializer.Serialize(names, OnnxJson.Default.IReadOnlyListString);

    /// <summary>How a model wants its pixels; null where its metadata do not say it in these words.</summary>
    internal static PixelInput? Read(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Preprocessing, out string? text)) return null;
        try
        {
            return JsonSerializer.Deserialize(text, OnnxJson.Default.PixelInput) is { } input && input.Fault is null ? input : null;
        }
        catch (JsonException)
        {
            return null; // another program's, under the same name
        }
    }
}

[JsonSerializable(typeof(PixelInput))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class OnnxJson : JsonSerializerContext;
