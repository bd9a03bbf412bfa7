using System.Runtime.InteropServices;
using System.Text;
using NegSamples.Files;
using NegSamples.Onnx;

namespace NegSamples.Tests.Onnx;

/// <summary>ONNX files as the tests need them: written field by field, and read by the rules of protobuf alone.</summary>
internal static class OnnxModelFile
{
    public const int Float32 = 1, Int64 = 7;

    /// <summary>A value: its name, the type of its numbers, and its axes, of which texts are free.</summary>
    public sealed record Value(string Name, int Type, params object[] Axes);

    /// <summary>Writes a model of some operations.</summary>
    public static string Write(string path, Value[] inputs, Value[] outputs, OnnxNode[] nodes, params (string Key, string Text)[] metadata)
    {
        ProtobufMessage graph = new();
        foreach (OnnxNode node in nodes) graph.With(1, node.ToMessage());
        graph.With(2, "test");
        foreach (Value value in inputs) graph.With(11, Of(value));
        foreach (Value value in outputs) graph.With(12, Of(value));
        ProtobufMessage file = new ProtobufMessage().With(1, 8).With(7, graph).With(8, new ProtobufMessage().With(1, "").With(2, 17));
        foreach ((string key, string text) in metadata) file.With(14, new ProtobufMessage().With(1, key).With(2, text));
        File.WriteAllBytes(path, file.Written.ToArray());
        return path;
    }

    /// <summary>The fields of a message, in their order.</summary>
    public static List<(int Field, ReadOnlyMemory<byte> Bytes, ulong Number)> Fields(ReadOnlyMemory<byte> message)
    {
        List<(int, ReadOnlyMemory<byte>, ulong)> fields = [];
        for (int at = 0; at < message.Length;)
        {
            ulong tag = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0:
                    fields.Add(((int)(tag >> 3), default, Varint(message.Span, ref at)));
                    break;
                case 2:
                    int length = (int)Varint(message.Span, ref at);
                    fields.Add(((int)(tag >> 3), message.Slice(at, length), 0));
                    at += length;
                    break;
                case 5:
                    fields.Add(((int)(tag >> 3), message.Slice(at, 4), 0));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }

        return fields;
    }

    /// <summary>The weights of a model by name.</summary>
    public static Dictionary<string, (int[] Shape, float[] Values)> Weights(string path) =>
        Parts(Part(File.ReadAllBytes(path), 7), 5).ToDictionary(tensor => Text(Part(tensor, 8)), tensor => (
            Fields(tensor).Where(field => field.Field == 1).Select(field => (int)field.Number).ToArray(), MemoryMarshal.Cast<byte, float>(Part(tensor, 9).Span).ToArray()));

    /// <summary>The operations of a model, in order.</summary>
    public static string[] Operations(string path) => [.. Parts(Part(File.ReadAllBytes(path), 7), 1).Select(node => Text(Part(node, 4)))];

    public static ReadOnlyMemory<byte> Part(ReadOnlyMemory<byte> message, int field) => Parts(message, field).Single();

    public static IEnumerable<ReadOnlyMemory<byte>> Parts(ReadOnlyMemory<byte> message, int field) =>
        Fields(message).Where(entry => entry.Field == field).Select(entry => entry.Bytes);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static ProtobufMessage Of(Value value)
    {
        ProtobufMessage shape = new();
        foreach (object axis in value.Axes) shape.With(1, axis is int length ? new ProtobufMessage().With(1, length) : new ProtobufMessage().With(2, (string)axis));
        return new ProtobufMessage().With(1, value.Name).With(2, new ProtobufMessage().With(1, new ProtobufMessage().With(1, value.Type).With(2, shape)));
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
