namespace NegSamples.PtxInterpreter;

/// <summary><c>cvt</c>: between integers, between floats, and from one to the other, with every rounding the instruction has.</summary>
internal static class Conversions
{
    public static Func<ulong, ulong>? Unary(Opcode opcode, ulong registerMask)
    {
        ScalarType to = opcode.Types[0], from = opcode.Types[^1];
        if (opcode.Types.Length != 2) return null;
        bool saturates = opcode.Has("sat");
        if (!to.IsFloat()) return from.IsFloat() ? FloatToInteger(opcode, to, from, registerMask) : IntegerToInteger(to, from, saturates, registerMask);
        if (from.IsFloat()) return FloatToFloat(opcode, to, from);
        FloatFormat format = FloatFormat.Of(to);
        Rounding rounding = RoundingOf(opcode);
        if (!from.IsSigned()) return a => format.Round(false, a & from.Mask(), 0, rounding);
        return a =>
        {
            long value = SignExtend(a, from);
            return format.Round(value < 0, value < 0 ? (ulong)-value : (ulong)value, 0, rounding);
        };
    }

    /// <summary><c>cvt.rn.bf16x2.f32 d, a, b</c>: a fills the upper half, b the lower.</summary>
    public static Func<ulong, ulong, ulong>? Binary(Opcode opcode)
    {
        if (opcode.Types is not [ScalarType.F16x2 or ScalarType.BF16x2, ScalarType.F32]) return null;
        FloatFormat format = FloatFormat.Of(opcode.Types[0]);
        Rounding rounding = RoundingOf(opcode);
        bool relu = opcode.Has("relu");
        return (a, b) => Half(a) << 16 | Half(b);

        ulong Half(ulong bits)
        {
            double value = FloatFormat.ToDouble(ScalarType.F32, bits);
            return format.Round(relu && value < 0 ? 0 : value, rounding);
        }
    }

    public static long SignExtend(ulong bits, ScalarType type)
    {
        int unused = 64 - type.Bits();
        return (long)(bits << unused) >> unused;
    }

    private static Func<ulong, ulong> IntegerToInteger(ScalarType to, ScalarType from, bool saturates, ulong registerMask)
    {
        if (saturates)
        {
            Int128 low = to.IsSigned() ? -(Int128.One << (to.Bits() - 1)) : 0, high = to.IsSigned() ? -low - 1 : to.Mask();
            return a =>
            {
                Int128 value = from.IsSigned() ? SignExtend(a, from) : (Int128)(a & from.Mask());
                return (ulong)Int128.Clamp(value, low, high) & registerMask;
            };
        }

        ulong fromMask = from.Mask(), toMask = to.Mask();
        if (!from.IsSigned() && !to.IsSigned()) return a => a & fromMask & toMask;
        return (from.IsSigned(), to.IsSigned()) switch
        {
            (true, true) => a => (ulong)SignExtend((ulong)SignExtend(a, from), to) & registerMask,
            (true, false) => a => (ulong)SignExtend(a, from) & toMask,
            _ => a => (ulong)SignExtend(a & fromMask, to) & registerMask
        };
    }

    private static Func<ulong, ulong> FloatToInteger(Opcode opcode, ScalarType to, ScalarType from, ulong registerMask)
    {
        bool flush = opcode.Has("ftz");
        Rounding rounding = RoundingOf(opcode);
        double low = to.IsSigned() ? -Math.ScaleB(1, to.Bits() - 1) : 0, end = Math.ScaleB(1, to.IsSigned() ? to.Bits() - 1 : to.Bits());
        ulong lowest = to.IsSigned() ? 1ul << (to.Bits() - 1) : 0, highest = to.IsSigned() ? lowest - 1 : to.Mask();
        return a =>
        {
            double value = RoundToInteger(FloatFormat.ToDouble(from, flush ? FloatArithmetic.Flush(a) : a), rounding);
            if (double.IsNaN(value)) return 0;
            ulong bits = value < low ? lowest : value >= end ? highest : value < 0 ? (ulong)(long)value : (ulong)value;
            return to.IsSigned() ? (ulong)SignExtend(bits, to) & registerMask : bits;
        };
    }

    private static Func<ulong, ulong> FloatToFloat(Opcode opcode, ScalarType to, ScalarType from)
    {
        FloatFormat format = FloatFormat.Of(to);
        Rounding rounding = RoundingOf(opcode);
        bool toIntegral = opcode.Modifiers.Any(modifier => modifier is "rni" or "rzi" or "rmi" or "rpi");
        bool flush = opcode.Has("ftz"), saturates = opcode.Has("sat"), relu = opcode.Has("relu");
        return a =>
        {
            double value = FloatFormat.ToDouble(from, flush && from == ScalarType.F32 ? FloatArithmetic.Flush(a) : a);
            if (toIntegral) value = RoundToInteger(value, rounding);
            if (saturates) value = value > 0 ? Math.Min(value, 1) : 0;
            if (relu && value < 0) value = 0;
            ulong bits = format.Round(value, rounding);
            return flush && to == ScalarType.F32 ? FloatArithmetic.Flush(bits) : bits;
        };
    }

    private static double RoundToInteger(double value, Rounding rounding) => rounding switch
    {
        Rounding.Zero => Math.Truncate(value),
        Rounding.Down => Math.Floor(value),
        Rounding.Up => Math.Ceiling(value),
        _ => Math.Round(value, MidpointRounding.ToEven)
    };

    private static Rounding RoundingOf(Opcode opcode)
    {
        foreach (string modifier in opcode.Modifiers)
            switch (modifier)
            {
                case "rn" or "rni": return Rounding.NearestEven;
                case "rna": return Rounding.NearestAway;
                case "rz" or "rzi": return Rounding.Zero;
                case "rm" or "rmi": return Rounding.Down;
                case "rp" or "rpi": return Rounding.Up;
            }

        return Rounding.NearestEven;
    }
}
