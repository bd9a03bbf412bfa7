using System.Buffers.Binary;

namespace NegSamples.PtxInterpreter;

/// <summary>The value after the equals sign of a module variable: one constant, or nested braces of them.</summary>
internal static class Initializer
{
    public static byte[] Read(TokenReader reader, ScalarType type, int bytes)
    {
        List<byte> values = [];
        Append(reader, type, values);
        while (values.Count < bytes) values.Add(0);
        return [.. values];
    }

    private static void Append(TokenReader reader, ScalarType type, List<byte> values)
    {
        if (!reader.TryTake("{"))
        {
            bool negative = reader.TryTake("-");
            Span<byte> eight = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(eight, OperandBits.Constant(Operand.Number(reader.Take().Text, negative), type));
            values.AddRange(eight[..type.Bytes()]);
            return;
        }

        while (!reader.TryTake("}"))
        {
            Append(reader, type, values);
            reader.TryTake(",");
        }
    }
}

internal static class OperandBits
{
    /// <summary>A constant as the bits of an operand's type: a double written for a float32 operand is rounded to it.</summary>
    public static ulong Constant(Operand operand, ScalarType type)
    {
        if (operand.Kind == OperandKind.Float32) return type == ScalarType.F64 ? FloatArithmetic.Bits((double)FloatArithmetic.Single(operand.Bits)) : operand.Bits;
        if (operand.Kind == OperandKind.Float64)
            return type is ScalarType.F32 or ScalarType.F16 or ScalarType.BF16
                ? FloatFormat.Of(type).Round(FloatArithmetic.Double(operand.Bits), Rounding.NearestEven) : operand.Bits;
        return type == ScalarType.None ? operand.Bits : operand.Bits & type.Mask();
    }
}
