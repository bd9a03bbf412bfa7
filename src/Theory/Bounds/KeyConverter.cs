using System.Text.Json;
using System.Text.Json.Serialization;

namespace NegSamples.Theory.Bounds;

/// <summary>Writes the key of a thing, and finds the thing by its key.</summary>
/// <typeparam name="T">The kind of thing.</typeparam>
internal sealed class KeyConverter<T> : JsonConverter<T>
    where T : class, IKeyed<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? key = reader.GetString();
        return T.All.FirstOrDefault(one => one.Key == key)
            ?? throw new JsonException($"'{key}' is not one of {string.Join(", ", T.All.Select(one => one.Key))}.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.Key);
    }
}
