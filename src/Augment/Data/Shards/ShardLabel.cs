using System.Globalization;
using System.Text;
using System.Text.Json;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>Reads what a sample of a shard says of its class: KEY.cls, a number or a name, or KEY.json with "label" or "class".</summary>
internal static class ShardLabel
{
    /// <summary>A label of more bytes is none; JSON files hold more than the label.</summary>
    public const int LargestName = 1 << 12, LargestJson = 1 << 20;

    /// <summary>The class in a .cls file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadDataException">It holds none.</exception>
    public static string OfText(ReadOnlySpan<byte> bytes, string name) => Checked(Encoding.UTF8.GetString(bytes).Trim(), name);

    /// <summary>The class in a .json file, or null where it has none.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadDataException">It is no JSON, or the class is neither a number nor a name.</exception>
    public static string? OfJson(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            Utf8JsonReader reader = new(bytes);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            foreach (string key in new[] { "label", "class" })
            {
                if (!document.RootElement.TryGetProperty(key, out JsonElement value)) continue;
                if (value.ValueKind == JsonValueKind.String) return Checked(value.GetString()!.Trim(), name);
                return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number.ToString(CultureInfo.InvariantCulture)
                    : throw new BadDataException($"{name} has the {key} {Short(value.GetRawText())}; expected a whole number or the name of a class.");
            }

            return null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new BadDataException($"{name} is no JSON: {fault.Message}", fault);
        }
    }

    private static string Checked(string label, string name)
    {
        if (label.Length == 0 || label.Any(char.IsControl))
            throw new BadDataException($"{name} holds '{Short(label)}'; expected one line, the number or the name of a class.");
        bool isNumber = long.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        return isNumber ? number.ToString(CultureInfo.InvariantCulture) : label;
    }

    private static string Short(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
