using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace NegSamples.Onnx;

/// <summary>A protobuf message while it is written: numbered fields in the order in which they are added.</summary>
/// <remarks>The messages of ONNX that a model needs are few; their fields' numbers stand where they are written (onnx.proto, IR version 8).</remarks>
internal sealed class OnnxMessage
{
    private const int Varint = 0, LengthDelimited = 2, Fixed32 = 5; // wire types
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>The message as it stands.</summary>
    public ReadOnlyMemory<byte> Written => bytes.WrittenMemory;

    /// <summary>A whole number, or several as a repeated field.</summary>
    public OnnxMessage With(int field, params ReadOnlySpan<long> values)
    {
        foreach (long value in values)
        {
            WriteTag(field, Varint);
            Write((ulong)value);
        }

        return this;
    }

    /// <summary>A text, or several as a repeated field.</summary>
    public OnnxMessage With(int field, params ReadOnlySpan<string> values)
    {
        foreach (string value in values) With(field, Encoding.UTF8.GetBytes(value).AsMemory());
        return this;
    }

    /// <summary>Another message.</summary>
    public OnnxMessage With(int field, OnnxMessage part) => With(field, part.Written);

    /// <summary>Bytes.</summary>
    public OnnxMessage With(int field, ReadOnlyMemory<byte> value)
    {
        WriteTag(field, LengthDelimited);
        Write((ulong)value.Length);
        bytes.Write(value.Span);
        return this;
    }

    /// <summary>A real number.</summary>
    public OnnxMessage WithReal(int field, float value)
    {
        WriteTag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), value);
        bytes.Advance(sizeof(float));
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
