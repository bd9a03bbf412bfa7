using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace NegSamples.Files;

/// <summary>The header of a safetensors file, with every claim in it checked against the file's size.</summary>
internal sealed class SafetensorsHeader
{
    private readonly string path;

    /// <summary>Reads the header's JSON.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataBytes">The bytes behind the header.</param>
    public SafetensorsHeader(string path, byte[] json, long dataBytes)
    {
        this.path = path;
        if (json.Length == 0 || json[0] != (byte)'{') throw Bad("the header does not start with '{'", "a JSON object");
        if (!Utf8.IsValid(json)) throw Bad("the header is not UTF-8", "a JSON object in UTF-8");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == Safetensors.MetadataKey) ReadMetadata(property.Value);
                else Tensors.Add(ReadTensor(property.Name, property.Value));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair in an escape is an InvalidOperationException.
            throw new BadDataException($"{path}: the header is not valid JSON: {exception.Message} Expected a JSON object with different names.", exception);
        }

        CheckPlaces(dataBytes);
    }

    /// <summary>The tensors in the order of the header.</summary>
    public List<SafetensorsPlace> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    private void ReadMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Bad($"{Safetensors.MetadataKey} is a JSON {value.ValueKind}", "an object");
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
                throw Bad($"{Safetensors.MetadataKey} '{property.Name}' is a JSON {property.Value.ValueKind}", "a string");
            Metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private SafetensorsPlace ReadTensor(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Bad($"'{name}' is a JSON {value.ValueKind}", "an object with dtype, shape and data_offsets");
        string? typeName = value.TryGetProperty("dtype", out JsonElement dtype) && dtype.ValueKind == JsonValueKind.String ? dtype.GetString() : null;
        if (typeName is null) throw Bad($"'{name}' has no dtype", $"one of {SafetensorsTypes.Names}");
        if (SafetensorsTypes.Of(typeName) is not { } type) throw Bad($"the dtype of '{name}' is {typeName}", $"one of {SafetensorsTypes.Names}");

        long[] axes = ReadNumbers(name, value, "shape");
        long bytes = SafetensorsTypes.SizeOf(type);
        foreach (long axis in axes)
        {
            if (axis > int.MaxValue) throw Bad($"an axis of '{name}' is {axis}", $"{int.MaxValue} at most");

            // Not even for a moment beyond int64, also where a later axis is 0.
            bytes = axis == 0 || bytes <= long.MaxValue / axis ? bytes * axis
                : throw Bad($"the shape of '{name}' is [{string.Join(", ", axes)}]", "a size that fits 64 bits");
        }

        long[] offsets = ReadNumbers(name, value, "data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Bad($"the data_offsets of '{name}' are [{string.Join(", ", offsets)}]", "a start and an end not before it");
        if (offsets[1] - offsets[0] != bytes)
            throw Bad($"'{name}' has {Counted.Of(offsets[1] - offsets[0], "byte")} of data", $"{bytes} for {type} of shape [{string.Join(", ", axes)}]");
        return new SafetensorsPlace(name, type, [.. axes.Select(axis => (int)axis)], offsets[0], offsets[1]);
    }

    private long[] ReadNumbers(string name, JsonElement tensor, string key)
    {
        if (!tensor.TryGetProperty(key, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw Bad($"'{name}' has no {key}", "a list of whole numbers");
        long[] numbers = new long[list.GetArrayLength()];
        int i = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out numbers[i]) || numbers[i] < 0)
                throw Bad($"the {key} of '{name}' has {element.GetRawText()}", "whole numbers, 0 or more");
            i++;
        }

        return numbers;
    }

    /// <summary>The data must lie one behind the other, without overlap or hole, to the end of the file.</summary>
    private void CheckPlaces(long dataBytes)
    {
        long end = 0;
        string before = "the header";
        foreach (SafetensorsPlace place in Tensors.OrderBy(place => place.Start).ThenBy(place => place.End))
        {
            if (place.End > dataBytes) throw Bad($"'{place.Name}' ends at byte {place.End} of the data", $"{dataBytes} at most, the file is too short");
            if (place.Start < end) throw Bad($"'{place.Name}' starts at byte {place.Start} of the data", $"{end}, the end of {before}; they overlap");
            if (place.Start > end) throw Bad($"'{place.Name}' starts at byte {place.Start} of the data", $"{end}, the end of {before}; there is a hole");
            (end, before) = (place.End, $"'{place.Name}'");
        }

        if (end != dataBytes) throw Bad($"{Counted.Of(dataBytes, "byte")} of data follow the header", $"{end}, as its tensors have");
    }

    private BadDataException Bad(string found, string expected) => new(string.Create(CultureInfo.InvariantCulture, $"{path}: {found}; expected {expected}."));
}

/// <summary>One tensor of a file and where its data lie, counted from the end of the header.</summary>
internal sealed record SafetensorsPlace(string Name, SafetensorsType Type, int[] Shape, long Start, long End);
