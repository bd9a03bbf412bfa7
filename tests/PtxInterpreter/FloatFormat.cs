using System.Numerics;

namespace NegSamples.PtxInterpreter;

internal enum Rounding { NearestEven, NearestAway, Zero, Down, Up }

/// <summary>A binary floating-point format: bits of the significand with the leading one, largest exponent, zero bits below.</summary>
internal sealed class FloatFormat(int precision, int maximumExponent, int padding, ulong canonicalNaN)
{
    public static readonly FloatFormat Float16 = new(11, 15, 0, 0x7FFF);
    public static readonly FloatFormat BFloat16 = new(8, 127, 0, 0x7FFF);

    /// <summary>Kept in a 32-bit register with its 13 lowest bits zero.</summary>
    public static readonly FloatFormat TensorFloat32 = new(11, 127, 13, 0x7FFF_FFFF);
    public static readonly FloatFormat Float32 = new(24, 127, 0, 0x7FFF_FFFF);
    public static readonly FloatFormat Float64 = new(53, 1023, 0, 0x7FFF_FFFF_FFFF_FFFF);

    private int SignBit => precision - 1 + BitOperations.Log2((uint)maximumExponent + 1) + 1 + padding;
    private ulong Infinity => (2 * (ulong)maximumExponent + 1) << (precision - 1 + padding);

    public static FloatFormat Of(ScalarType type) => type switch
    {
        ScalarType.F16 or ScalarType.F16x2 => Float16,
        ScalarType.BF16 or ScalarType.BF16x2 => BFloat16,
        ScalarType.TF32 => TensorFloat32,
        ScalarType.F32 => Float32,
        ScalarType.F64 => Float64,
        _ => throw new ArgumentException($"{type} is no floating-point type.", nameof(type))
    };

    /// <summary>Every format's values are doubles, so this loses nothing.</summary>
    public static double ToDouble(ScalarType type, ulong bits) => type switch
    {
        ScalarType.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        ScalarType.BF16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
        ScalarType.F32 or ScalarType.TF32 => BitConverter.UInt32BitsToSingle((uint)bits),
        ScalarType.F64 => BitConverter.UInt64BitsToDouble(bits),
        _ => throw new ArgumentException($"{type} is no floating-point type.", nameof(type))
    };

    public ulong Round(double value, Rounding rounding)
    {
        if (double.IsNaN(value)) return canonicalNaN;
        bool negative = double.IsNegative(value);
        if (double.IsInfinity(value)) return Infinity | (negative ? 1ul << SignBit : 0);
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        int biased = (int)(bits >> 52) & 0x7FF;
        ulong fraction = bits & ((1ul << 52) - 1);
        return biased == 0 ? Round(negative, fraction, -1074, rounding) : Round(negative, fraction | (1ul << 52), biased - 1075, rounding);
    }

    /// <summary>Rounds ±significand · 2^exponent once, to a normal or subnormal number, infinity, or the largest finite number.</summary>
    public ulong Round(bool negative, ulong significand, int exponent, Rounding rounding)
    {
        ulong sign = negative ? 1ul << SignBit : 0;
        if (significand == 0) return sign;
        int leading = exponent + BitOperations.Log2(significand);
        int unit = Math.Max(leading, 1 - maximumExponent) - (precision - 1);
        int dropped = unit - exponent;
        ulong kept = dropped <= 0 ? significand << -dropped : dropped >= 64 ? 0 : significand >> dropped;
        if (dropped > 0)
        {
            ulong remainder = dropped >= 64 ? significand : significand & ((1ul << dropped) - 1);
            ulong half = dropped > 64 ? ulong.MaxValue : 1ul << (dropped - 1);
            if (RoundsUp(rounding, negative, remainder, half, (kept & 1) != 0)) kept++;
        }

        if (kept == 1ul << precision) { kept >>= 1; unit++; }
        if (kept < 1ul << (precision - 1)) return sign | (kept << padding);
        int biased = unit + precision - 1 + maximumExponent;
        if (biased > 2 * maximumExponent)
            return sign | (StaysFinite(rounding, negative) ? Infinity - (1ul << padding) : Infinity);
        return sign | (((ulong)biased << (precision - 1)) + (kept - (1ul << (precision - 1)))) << padding;
    }

    private static bool RoundsUp(Rounding rounding, bool negative, ulong remainder, ulong half, bool odd) => rounding switch
    {
        Rounding.NearestEven => remainder > half || (remainder == half && odd),
        Rounding.NearestAway => remainder >= half,
        Rounding.Down => negative && remainder != 0,
        Rounding.Up => !negative && remainder != 0,
        _ => false
    };

    private static bool StaysFinite(Rounding rounding, bool negative) => rounding switch
    {
        Rounding.Zero => true,
        Rounding.Down => !negative,
        Rounding.Up => negative,
        _ => false
    };
}
