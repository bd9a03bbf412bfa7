using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace NegSamples.Training.Settings;

/// <summary>
/// The records of <see cref="TrainingSettings"/> as one flat JSON object. A property's name in the file is its <see cref="JsonPropertyNameAttribute"/>,
/// or its own in camel case; its place among all is its <see cref="JsonPropertyOrderAttribute"/>.
/// </summary>
/// <remarks>What a file lacks takes its default: an earlier version may have written it. What nobody knows is refused.</remarks>
internal sealed class FlatSettings : JsonConverter<TrainingSettings>
{
    /// <summary>A setting of version 0.1, which could store all logits ("materialised"). It is read over.</summary>
    public const string FormerSetting = "lossMethod";

    // Left out where they are their defaults, so that a version which does not know them reads the file of a run that does not use them.
    private static readonly Dictionary<string, JsonNode?> LeftOut = Flat(new TrainingSettings()).Where(setting => setting.Key is "views" or "kernels")
        .ToDictionary(setting => setting.Key, setting => setting.Value);

    /// <summary>The names of all settings, in the order of the file.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Flat(new TrainingSettings()).Select(setting => setting.Key)];

    /// <summary>The record of <see cref="TrainingSettings"/> that each setting belongs to, by the names of both.</summary>
    public static IReadOnlyDictionary<string, string> Records { get; } = Groups(new TrainingSettings())
        .SelectMany(group => group.Properties.Select(property => (property.Key, group.Record))).ToDictionary(entry => entry.Key, entry => entry.Record);

    /// <summary>All settings by their names, those that a file leaves out too.</summary>
    /// <param name="settings">The settings.</param>
    public static JsonObject Of(TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new(Flat(settings).Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.DeepClone())));
    }

    /// <inheritdoc/>
    public override TrainingSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonObject json = JsonNode.Parse(ref reader) as JsonObject ?? throw new JsonException("The settings are no JSON object.");
        try
        {
            return Unfold(json);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // A key that stands twice, or half a surrogate pair in a key or text.
            throw new JsonException($"The settings are no JSON that can be read: {exception.Message}", exception);
        }
    }

    private static TrainingSettings Unfold(JsonObject json)
    {
        json.Remove(FormerSetting); // both its values give the same loss to rounding
        SettingsRecords records = SettingsRecords.Default;
        TrainingSettings defaults = new(), settings = new()
        {
            Data = Take(json, defaults.Data, records.DataSettings), Encoder = Take(json, defaults.Encoder, records.EncoderSettings),
            Batch = Take(json, defaults.Batch, records.BatchSettings), Loss = Take(json, defaults.Loss, records.LossSettings),
            Optimizer = Take(json, defaults.Optimizer, records.OptimizerSettings), Views = Take(json, defaults.Views, records.ViewSettings),
            Run = Take(json, defaults.Run, records.RunSettings), Place = Take(json, defaults.Place, records.PlaceSettings),
        };
        return json.Count == 0 ? settings : throw new JsonException($"There is no setting '{json.First().Key}'.", $"$.{json.First().Key}", null, null);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TrainingSettings value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        foreach ((string key, JsonNode? node) in Flat(value))
        {
            if (LeftOut.TryGetValue(key, out JsonNode? usual) && JsonNode.DeepEquals(node, usual)) continue;
            writer.WritePropertyName(key);
            if (node is null) writer.WriteNullValue();
            else node.WriteTo(writer, options);
        }

        writer.WriteEndObject();
    }

    private static IEnumerable<(string Key, JsonNode? Value)> Flat(TrainingSettings settings) =>
        Groups(settings).SelectMany(group => group.Properties).OrderBy(property => property.Order).Select(property => (property.Key, property.Value));

    private static IEnumerable<(string Record, IEnumerable<(int Order, string Key, JsonNode? Value)> Properties)> Groups(TrainingSettings settings)
    {
        SettingsRecords records = SettingsRecords.Default;
        return
        [
            (nameof(settings.Data), Properties(settings.Data, records.DataSettings)), (nameof(settings.Encoder), Properties(settings.Encoder, records.EncoderSettings)),
            (nameof(settings.Loss), Properties(settings.Loss, records.LossSettings)), (nameof(settings.Batch), Properties(settings.Batch, records.BatchSettings)),
            (nameof(settings.Optimizer), Properties(settings.Optimizer, records.OptimizerSettings)), (nameof(settings.Views), Properties(settings.Views, records.ViewSettings)),
            (nameof(settings.Run), Properties(settings.Run, records.RunSettings)), (nameof(settings.Place), Properties(settings.Place, records.PlaceSettings)),
        ];
    }

    private static IEnumerable<(int Order, string Key, JsonNode? Value)> Properties<T>(T record, JsonTypeInfo<T> type)
    {
        JsonObject json = JsonSerializer.SerializeToNode(record, type)!.AsObject();
        return type.Properties.Where(property => json.ContainsKey(property.Name)).Select(property => (property.Order, property.Name, json[property.Name]));
    }

    /// <summary>Takes the properties of one record out of the flat object.</summary>
    private static T Take<T>(JsonObject flat, T defaults, JsonTypeInfo<T> type)
    {
        JsonObject json = JsonSerializer.SerializeToNode(defaults, type)!.AsObject();
        foreach (string key in json.Select(property => property.Key).ToArray())
        {
            if (flat.Remove(key, out JsonNode? value)) json[key] = value;
        }

        T record = json.Deserialize(type)!;

        // The reader of enumerations takes numbers, in quotes as well, and lists of names too; only a name, as it is written, is a choice. What has no name is
        // written as a number.
        JsonObject again = JsonSerializer.SerializeToNode(record, type)!.AsObject();
        foreach (JsonPropertyInfo property in type.Properties.Where(property => property.PropertyType.IsEnum))
        {
            JsonNode? given = json[property.Name];
            JsonNode? name = again[property.Name];
            if (given?.GetValueKind() != JsonValueKind.String || name?.GetValueKind() != JsonValueKind.String || given.GetValue<string>() != name.GetValue<string>())
                throw new JsonException($"'{property.Name}' is {given?.ToJsonString() ?? "null"}, which is none of its choices.", $"$.{property.Name}", null, null);
        }

        return record;
    }
}
