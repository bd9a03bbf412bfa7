using System.Numerics;

namespace NegSamples.PtxInterpreter;

/// <summary>Arithmetic on integers and bits. Registers hold every value with zeros above its type's bits.</summary>
internal static class IntegerArithmetic
{
    public static Func<ulong, ulong>? Unary(Opcode opcode)
    {
        ScalarType type = opcode.Type;
        ulong mask = type.Mask();
        int bits = type.Bits();
        switch (opcode.Name)
        {
            case "mov" or "cvta": return a => a & mask;
            case "neg": return a => (0 - a) & mask;
            case "not": return a => ~a & mask;
            case "cnot": return a => a == 0 ? 1ul : 0;
            case "abs": return a => (ulong)Math.Abs(Conversions.SignExtend(a, type)) & mask;
            case "popc": return a => (ulong)BitOperations.PopCount(a & mask);
            case "clz": return a => (ulong)(BitOperations.LeadingZeroCount(a & mask) - (64 - bits));
            case "brev": return a => Reverse(a, bits);
            case "bfind": return FindLeading(type, opcode.Has("shiftamt"));
            default: return null;
        }
    }

    public static Func<ulong, ulong, ulong>? Binary(Opcode opcode)
    {
        ScalarType type = opcode.Type;
        ulong mask = type.Mask();
        int bits = type.Bits(), unused = 64 - bits;
        bool signed = type.IsSigned();
        if (opcode.Has("sat") || opcode.Has("cc")) return SaturatedSum(opcode);
        switch (opcode.Name)
        {
            case "add": return (a, b) => (a + b) & mask;
            case "sub": return (a, b) => (a - b) & mask;
            case "mul" when opcode.Has("wide"): return Wide(type);
            case "mul" when opcode.Has("hi"): return High(type);
            case "mul" when opcode.Has("lo"): return (a, b) => (a * b) & mask;
            case "div": return signed ? (a, b) => Divide(a, b, type) : (a, b) => b == 0 ? mask : a / b;
            case "rem": return signed ? (a, b) => Remainder(a, b, type) : (a, b) => b == 0 ? a : a % b;
            case "min": return signed ? (a, b) => (long)(a << unused) < (long)(b << unused) ? a : b : (a, b) => Math.Min(a, b);
            case "max": return signed ? (a, b) => (long)(a << unused) > (long)(b << unused) ? a : b : (a, b) => Math.Max(a, b);
            case "and": return (a, b) => a & b;
            case "or": return (a, b) => a | b;
            case "xor": return (a, b) => a ^ b;
            case "shl": return (a, b) => b >= (ulong)bits ? 0 : (a << (int)b) & mask;
            case "shr": return signed
                ? (a, b) => (ulong)((long)(a << unused) >> unused >> (int)Math.Min(b, 63)) & mask
                : (a, b) => b >= (ulong)bits ? 0 : a >> (int)b;
            default: return null;
        }
    }

    public static Func<ulong, ulong, ulong, ulong>? Ternary(Opcode opcode)
    {
        ScalarType type = opcode.Type;
        ulong mask = type.Mask();
        switch (opcode.Name)
        {
            case "mad" when opcode.Has("wide"):
                Func<ulong, ulong, ulong> wide = Wide(type);
                ulong wideMask = ScalarTypes.Mask(2 * type.Bits());
                return (a, b, c) => (wide(a, b) + c) & wideMask;
            case "mad" when opcode.Has("hi"):
                Func<ulong, ulong, ulong> high = High(type);
                return (a, b, c) => (high(a, b) + c) & mask;
            case "mad" when opcode.Has("lo"): return (a, b, c) => (a * b + c) & mask;
            case "sad": return (a, b, c) => (c + AbsoluteDifference(a, b, type)) & mask;
            case "bfe": return (a, b, c) => Extract(a, (int)(b & 255), (int)(c & 255), type);
            case "prmt" when opcode.Modifiers.Length == 1: return Permute;
            case "shf" when opcode.Has("l"): return (a, b, c) => FunnelShift(a, b, 32 - ShiftAmount(opcode, c));
            case "shf" when opcode.Has("r"): return (a, b, c) => FunnelShift(a, b, ShiftAmount(opcode, c));
            default: return null;
        }
    }

    /// <summary><c>bfi d, a, b, position, length</c>: b with the low bits of a at a position.</summary>
    public static Func<ulong, ulong, ulong, ulong> Insert(ScalarType type, int position, int length)
    {
        ulong field = position >= type.Bits() ? 0 : (ScalarTypes.Mask(length) << position) & type.Mask();
        return (a, b, _) => (b & ~field) | ((position >= 64 ? 0 : a << position) & field);
    }

    /// <summary><c>lop3</c>: bit i of the result is bit (4·a + 2·b + c) of the table.</summary>
    public static Func<ulong, ulong, ulong, ulong> Logic(int table) => (a, b, c) =>
    {
        ulong result = 0;
        for (int row = 0; row < 8; row++)
            if ((table >> row & 1) != 0)
                result |= ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
        return (uint)result;
    };

    private static Func<ulong, ulong, ulong>? SaturatedSum(Opcode opcode)
    {
        if (opcode.Type != ScalarType.S32 || opcode.Has("cc")) return null;
        return opcode.Name switch
        {
            "add" => (a, b) => (uint)(int)Math.Clamp((long)(int)a + (int)b, int.MinValue, int.MaxValue),
            "sub" => (a, b) => (uint)(int)Math.Clamp((long)(int)a - (int)b, int.MinValue, int.MaxValue),
            _ => null
        };
    }

    private static Func<ulong, ulong, ulong> Wide(ScalarType type)
    {
        ulong mask = ScalarTypes.Mask(2 * type.Bits());
        return type.IsSigned() ? (a, b) => (ulong)(Conversions.SignExtend(a, type) * Conversions.SignExtend(b, type)) & mask : (a, b) => (a * b) & mask;
    }

    private static Func<ulong, ulong, ulong> High(ScalarType type)
    {
        int bits = type.Bits();
        ulong mask = type.Mask();
        return type.IsSigned()
            ? (a, b) => (ulong)(((Int128)Conversions.SignExtend(a, type) * Conversions.SignExtend(b, type)) >> bits) & mask
            : (a, b) => (ulong)(((UInt128)a * b) >> bits) & mask;
    }

    private static ulong Divide(ulong a, ulong b, ScalarType type)
    {
        if (b == 0) return type.Mask(); // Unspecified by the ISA; all ones is what devices return.
        long divisor = Conversions.SignExtend(b, type);
        return (divisor == -1 ? 0 - a : (ulong)(Conversions.SignExtend(a, type) / divisor)) & type.Mask();
    }

    private static ulong Remainder(ulong a, ulong b, ScalarType type)
    {
        if (b == 0) return a;
        long divisor = Conversions.SignExtend(b, type);
        return divisor == -1 ? 0 : (ulong)(Conversions.SignExtend(a, type) % divisor) & type.Mask();
    }

    private static ulong AbsoluteDifference(ulong a, ulong b, ScalarType type)
    {
        bool less = type.IsSigned() ? Conversions.SignExtend(a, type) < Conversions.SignExtend(b, type) : a < b;
        return less ? b - a : a - b;
    }

    private static ulong Extract(ulong a, int position, int length, ScalarType type)
    {
        int bits = type.Bits();
        if (length == 0) return 0;
        int last = Math.Min(position + length - 1, bits - 1);
        bool fill = type.IsSigned() && (a >> last & 1) != 0;
        ulong field = position >= bits ? 0 : a >> position & ScalarTypes.Mask(Math.Min(length, bits - position));
        int known = Math.Max(0, Math.Min(length, bits - position));
        return fill ? (field | ~ScalarTypes.Mask(known)) & type.Mask() : field;
    }

    private static ulong Permute(ulong a, ulong b, ulong selector)
    {
        ulong bytes = a | b << 32, result = 0;
        for (int i = 0; i < 4; i++)
        {
            int choice = (int)(selector >> (4 * i)) & 15;
            ulong value = bytes >> (8 * (choice & 7)) & 255;
            if ((choice & 8) != 0) value = (value & 128) != 0 ? 255ul : 0;
            result |= value << (8 * i);
        }

        return result;
    }

    private static int ShiftAmount(Opcode opcode, ulong c) => opcode.Has("clamp") ? (int)Math.Min(c, 32) : (int)(c & 31);

    private static ulong FunnelShift(ulong low, ulong high, int right) => right >= 64 ? 0 : (uint)((low | high << 32) >> right);

    private static ulong Reverse(ulong a, int bits)
    {
        ulong result = 0;
        for (int i = 0; i < bits; i++) result |= (a >> i & 1) << (bits - 1 - i);
        return result;
    }

    private static Func<ulong, ulong> FindLeading(ScalarType type, bool shiftAmount) => a =>
    {
        ulong value = type.IsSigned() && Conversions.SignExtend(a, type) < 0 ? ~a & type.Mask() : a;
        if (value == 0) return uint.MaxValue;
        int position = BitOperations.Log2(value);
        return (ulong)(shiftAmount ? type.Bits() - 1 - position : position);
    };
}
