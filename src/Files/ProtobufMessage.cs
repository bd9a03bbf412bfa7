using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace NegSamples.Files;

/// <summary>A protobuf message while it is written: numbered fields in the order in which they are added.</summary>
/// <remarks>The few messages that are written here name their fields' numbers where they are written; protobuf.dev has the encoding.</remarks>
internal sealed class ProtobufMessage
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5; // wire types
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>The message as it stands.</summary>
    public ReadOnlyMemory<byte> Written => bytes.WrittenMemory;

    /// <summary>Adds a whole number, or several as a repeated field.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="values">The numbers.</param>
    public ProtobufMessage With(int field, params ReadOnlySpan<long> values)
    {
        foreach (long value in values)
        {
            WriteTag(field, Varint);
            Write((ulong)value);
        }

        return this;
    }

    /// <summary>Adds a text, or several as a repeated field.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="values">The texts.</param>
    public ProtobufMessage With(int field, params ReadOnlySpan<string> values)
    {
        foreach (string value in values) With(field, Encoding.UTF8.GetBytes(value).AsMemory());
        return this;
    }

    /// <summary>Adds another message.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="part">The message.</param>
    public ProtobufMessage With(int field, ProtobufMessage part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return With(field, part.Written);
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="value">The bytes.</param>
    public ProtobufMessage With(int field, ReadOnlyMemory<byte> value)
    {
        WriteTag(field, LengthDelimited);
        Write((ulong)value.Length);
        bytes.Write(value.Span);
        return this;
    }

    /// <summary>Adds a real number of 4 bytes.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="value">The number.</param>
    public ProtobufMessage WithReal(int field, float value)
    {
        WriteTag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), value);
        bytes.Advance(sizeof(float));
        return this;
    }

    /// <summary>Adds a real number of 8 bytes.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="value">The number.</param>
    public ProtobufMessage WithReal(int field, double value)
    {
        WriteTag(field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.GetSpan(sizeof(double)), value);
        bytes.Advance(sizeof(double));
        return this;
    }

    private void WriteTag(int field, int wireType) => Write((ulong)((field << 3) | wireType));

    /// <summary>Seven bits a byte, the low ones first; the eighth says that more follow.</summary>
    private void Write(ulong value)
    {
        Span<byte> room = bytes.GetSpan(10);
        int count = 0;
        for (; value >= 0x80; value >>= 7) room[count++] = (byte)(value | 0x80);
        room[count++] = (byte)value;
        bytes.Advance(count);
    }
}
