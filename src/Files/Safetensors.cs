using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NegSamples.Files;

/// <summary>Writes tensors in the safetensors format, which <c>safetensors.torch.load_file</c> reads.</summary>
/// <remarks>
/// The length of the header as uint64, the header as JSON padded with spaces to a multiple of 8 bytes, then the data; all little-endian.
/// Source: the format's description in the README of huggingface/safetensors. <see cref="SafetensorsFile"/> reads it.
/// </remarks>
internal static class Safetensors
{
    internal const string MetadataKey = "__metadata__";

    /// <summary>Writes a file; it appears whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="entries">The tensors; the header names them in this order.</param>
    /// <param name="metadata">Texts about the file, written in the order of their keys; may be empty.</param>
    /// <remarks>
    /// The data lie with the longest element type first, so that every tensor starts at a multiple of its element size, as readers that map
    /// the file need; tensors of one element size keep their order. The same input gives the same bytes.
    /// </remarks>
    /// <exception cref="ArgumentException">Two tensors have one name, or a name is "__metadata__".</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(metadata);
        SafetensorsEntry[] named = [.. entries], placed = [.. named.OrderByDescending(entry => SafetensorsTypes.SizeOf(entry.Type))];
        Dictionary<string, long> starts = [];
        long end = 0;
        foreach (SafetensorsEntry entry in placed)
        {
            if (entry.Name == MetadataKey)
                throw new ArgumentException($"A tensor is named '{MetadataKey}'; expected another name, the format keeps this one for texts.", nameof(entries));
            if (!starts.TryAdd(entry.Name, end)) throw new ArgumentException($"Two tensors are named '{entry.Name}'; expected one.", nameof(entries));
            end += entry.Bytes;
        }

        ReadOnlySpan<byte> header = Header(named, starts, metadata);
        int padded = (header.Length + 7) / 8 * 8;
        byte[] start = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(start, padded);
        header.CopyTo(start.AsSpan(8));
        start.AsSpan(8 + header.Length).Fill((byte)' ');
        using AtomicFile file = new(path);
        file.Stream.Write(start);
        foreach (SafetensorsEntry entry in placed) entry.WriteTo(file.Stream);
        file.Commit();
    }

    private static ReadOnlySpan<byte> Header(SafetensorsEntry[] entries, Dictionary<string, long> starts, IReadOnlyDictionary<string, string> metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        if (metadata.Count > 0)
        {
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, text);
            json.WriteEndObject();
        }

        foreach (SafetensorsEntry entry in entries)
        {
            json.WriteStartObject(entry.Name);
            json.WriteString("dtype", entry.Type.ToString());
            json.WriteStartArray("shape");
            foreach (int axis in entry.Shape) json.WriteNumberValue(axis);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(starts[entry.Name]);
            json.WriteNumberValue(starts[entry.Name] + entry.Bytes);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}
