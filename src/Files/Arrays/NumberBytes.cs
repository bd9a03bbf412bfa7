using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NegSamples.Files.Arrays;

/// <summary>Bytes that are numbers of some type.</summary>
internal static class NumberBytes
{
    /// <summary>All numbers, one behind the other, as float32. Whole numbers and float64 are rounded.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="type">What they are.</param>
    /// <param name="isBigEndian">Whether the highest byte of each comes first.</param>
    /// <param name="values">Receives as many as there are.</param>
    public static void ToFloats(ReadOnlySpan<byte> bytes, NumberType type, bool isBigEndian, Span<float> values)
    {
        if (type == NumberType.Float32 && !isBigEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
            return;
        }

        int size = type.Bytes();
        for (int i = 0; i < values.Length; i++) values[i] = (float)ToDouble(bytes.Slice(i * size, size), type, isBigEndian);
    }

    private static double ToDouble(ReadOnlySpan<byte> number, NumberType type, bool isBigEndian) => type switch
    {
        NumberType.Float32 => isBigEndian ? BinaryPrimitives.ReadSingleBigEndian(number) : BinaryPrimitives.ReadSingleLittleEndian(number),
        NumberType.Float64 => isBigEndian ? BinaryPrimitives.ReadDoubleBigEndian(number) : BinaryPrimitives.ReadDoubleLittleEndian(number),
        NumberType.Float16 => (double)(isBigEndian ? BinaryPrimitives.ReadHalfBigEndian(number) : BinaryPrimitives.ReadHalfLittleEndian(number)),
        NumberType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)Two(number, isBigEndian) << 16),
        NumberType.Int8 => (sbyte)number[0],
        NumberType.Bool or NumberType.UInt8 => number[0],
        NumberType.Int16 => (short)Two(number, isBigEndian),
        NumberType.UInt16 => Two(number, isBigEndian),
        NumberType.Int32 => isBigEndian ? BinaryPrimitives.ReadInt32BigEndian(number) : BinaryPrimitives.ReadInt32LittleEndian(number),
        NumberType.UInt32 => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(number) : BinaryPrimitives.ReadUInt32LittleEndian(number),
        NumberType.Int64 => isBigEndian ? BinaryPrimitives.ReadInt64BigEndian(number) : BinaryPrimitives.ReadInt64LittleEndian(number),
        _ => isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(number) : BinaryPrimitives.ReadUInt64LittleEndian(number),
    };

    private static ushort Two(ReadOnlySpan<byte> number, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(number) : BinaryPrimitives.ReadUInt16LittleEndian(number);
}
