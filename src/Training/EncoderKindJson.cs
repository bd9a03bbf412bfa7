using System.Text.Json;
using System.Text.Json.Serialization;

namespace NegSamples.Training;

/// <summary>An encoder by its name.</summary>
internal sealed class EncoderKindJson : JsonConverter<EncoderKind>
{
    public override bool HandleNull => true;

    public override EncoderKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return EncoderKind.Find(name ?? "") ?? throw new JsonException($"'encoder' is {EncoderKind.Unknown(name)}.");
    }

    public override void Write(Utf8JsonWriter writer, EncoderKind value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
