using System.Globalization;

namespace NegSamples.PtxInterpreter;

internal enum OperandKind { Name, Integer, Float32, Float64, Vector, Address, Pair, List, Sink }

/// <summary>One operand as written: a name, a constant, <c>{a, b}</c>, <c>[a + 4]</c>, <c>[a, {b, c}]</c>, <c>p|q</c> or <c>(a, b)</c>.</summary>
internal sealed record Operand(OperandKind Kind)
{
    public string Name { get; init; } = "";

    /// <summary>The bits of a constant: of a 64-bit integer, of a float, or of a double.</summary>
    public ulong Bits { get; init; }

    /// <summary>What is added to the name, within brackets or not.</summary>
    public long Offset { get; init; }

    /// <summary>Whether a predicate stands with an exclamation mark.</summary>
    public bool Negated { get; init; }

    /// <summary>Of a vector, a pair or a list; of an address the coordinates in a tensor.</summary>
    public Operand[] Items { get; init; } = [];

    public static Operand Number(string text, bool negative)
    {
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase))
        {
            uint bits = uint.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return new(OperandKind.Float32) { Bits = negative ? bits ^ 0x8000_0000u : bits };
        }

        if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase))
        {
            ulong bits = ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return new(OperandKind.Float64) { Bits = negative ? bits ^ (1ul << 63) : bits };
        }

        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (text.Contains('.') && !hexadecimal)
        {
            double value = double.Parse(text, CultureInfo.InvariantCulture);
            return new(OperandKind.Float64) { Bits = BitConverter.DoubleToUInt64Bits(negative ? -value : value) };
        }

        string digits = text.TrimEnd('U');
        ulong integer = hexadecimal ? ulong.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase) ? Convert.ToUInt64(digits[2..], 2)
            : digits.Length > 1 && digits[0] == '0' ? Convert.ToUInt64(digits, 8)
            : ulong.Parse(digits, CultureInfo.InvariantCulture);
        return new(OperandKind.Integer) { Bits = negative ? 0ul - integer : integer };
    }
}
