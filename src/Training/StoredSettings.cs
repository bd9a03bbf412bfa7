using System.Text.Json;
using System.Text.Json.Nodes;

namespace NegSamples.Training;

/// <summary>Reads settings that an earlier version may have written.</summary>
public static class StoredSettings
{
    /// <summary>The settings with the default of each key that is not there: the deserializer would take zeros.</summary>
    /// <param name="stored">The keys that were written.</param>
    /// <exception cref="JsonException">A key is unknown or of the wrong type.</exception>
    public static JsonObject Complete(JsonObject stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        JsonObject json = JsonSerializer.SerializeToNode(new TrainingSettings(), SettingsJson.Default.TrainingSettings)!.AsObject();
        foreach ((string key, JsonNode? value) in stored) json[key] = value?.DeepClone();
        return json;
    }
}
