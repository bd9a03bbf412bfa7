using System.Buffers.Binary;
using System.Text;

namespace NegSamples.Tests.TensorBoard;

/// <summary>Reads files of events by the specification alone: it shares no line with what writes them.</summary>
internal static class EventReader
{
    /// <summary>All records of a file, each sum checked.</summary>
    public static List<Event> Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        List<Event> events = [];
        for (int at = 0; at < bytes.Length;)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            byte[] content = bytes[(at + 12)..(at + 12 + (int)length)];
            Assert.Equal(Masked(content), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + (int)length)));
            events.Add(Parse(content));
            at += 16 + (int)length;
        }

        return events;
    }

    /// <summary>CRC-32C bit by bit, polynomial 0x1EDC6F41 reversed, and the mask of a tfrecord.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }

    private static Event Parse(byte[] content)
    {
        double time = 0;
        long step = 0, session = 0;
        string? version = null;
        List<EventValue> values = [];
        foreach ((int field, ulong number, byte[] part) in Fields(content))
        {
            if (field == 1) time = BitConverter.UInt64BitsToDouble(number);
            else if (field == 2) step = (long)number;
            else if (field == 3) version = Encoding.UTF8.GetString(part);
            else if (field == 7) session = (long)Fields(part).Single(entry => entry.Field == 1).Number;
            else if (field == 5) values.AddRange(Fields(part).Select(entry => Value(entry.Part)));
        }

        return new Event(time, step, version, session, values);
    }

    private static EventValue Value(byte[] content)
    {
        string tag = "";
        float? scalar = null;
        string? drawing = null;
        long width = 0, height = 0;
        foreach ((int field, ulong number, byte[] part) in Fields(content))
        {
            if (field == 1) tag = Encoding.UTF8.GetString(part);
            else if (field == 2) scalar = BitConverter.UInt32BitsToSingle((uint)number);
            else if (field == 4)
            {
                foreach ((int inner, ulong size, byte[] picture) in Fields(part))
                {
                    if (inner == 1) height = (long)size;
                    else if (inner == 2) width = (long)size;
                    else if (inner == 4) drawing = Encoding.UTF8.GetString(picture);
                }
            }
        }

        return new EventValue(tag, scalar, drawing, width, height);
    }

    private static IEnumerable<(int Field, ulong Number, byte[] Part)> Fields(byte[] content)
    {
        int at = 0;
        while (at < content.Length)
        {
            ulong key = Varint();
            int field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return (field, Varint(), []);
                    break;
                case 1:
                    yield return (field, BitConverter.ToUInt64(content, at), []);
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint();
                    yield return (field, 0, content[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    yield return (field, BitConverter.ToUInt32(content, at), []);
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }
        }

        ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = content[at++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }
        }
    }
}

/// <summary>One event.</summary>
internal sealed record Event(double Time, long Step, string? Version, long Session, List<EventValue> Values);

/// <summary>One value of an event.</summary>
internal sealed record EventValue(string Tag, float? Scalar, string? Drawing, long Width, long Height);
