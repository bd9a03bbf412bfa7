namespace NegSamples.PtxInterpreter;

/// <summary>
/// Arithmetic on floats. The approximations (<c>ex2.approx</c> and so on) are rounded correctly here, so a device may differ from the
/// interpreter by the errors the ISA states, never the other way round.
/// </summary>
internal static class FloatArithmetic
{
    public static Func<ulong, ulong>? Unary(Opcode opcode)
    {
        if (HasDirectedRounding(opcode)) return null;
        return opcode.Type switch
        {
            ScalarType.F32 => Finish(opcode, UnaryFloat(opcode)),
            ScalarType.F64 => UnaryDouble(opcode),
            _ => UnaryHalf(opcode)
        };
    }

    public static Func<ulong, ulong, ulong>? Binary(Opcode opcode)
    {
        if (HasDirectedRounding(opcode)) return null;
        bool propagates = opcode.Has("NaN");
        switch (opcode.Type)
        {
            case ScalarType.F32: return Finish(opcode, BinaryFloat(opcode, propagates));
            case ScalarType.F64: return BinaryDouble(opcode.Name);
        }

        Func<double, double, double>? apply = opcode.Name switch
        {
            "add" => (a, b) => a + b,
            "sub" => (a, b) => a - b,
            "mul" => (a, b) => a * b,
            "min" => propagates ? Math.Min : double.MinNumber,
            "max" => propagates ? Math.Max : double.MaxNumber,
            _ => null
        };
        return apply is null ? null : PerHalf(opcode.Type, apply);
    }

    public static Func<ulong, ulong, ulong, ulong>? Ternary(Opcode opcode)
    {
        if (opcode.Name is not ("fma" or "mad") || HasDirectedRounding(opcode)) return null;
        bool relu = opcode.Has("relu");
        switch (opcode.Type)
        {
            case ScalarType.F64: return (a, b, c) => Bits(Math.FusedMultiplyAdd(Double(a), Double(b), Double(c)));
            case ScalarType.F32:
                bool flush = opcode.Has("ftz"), saturates = opcode.Has("sat");
                if (!flush && !saturates) return (a, b, c) => Bits(MathF.FusedMultiplyAdd(Single(a), Single(b), Single(c)));
                return (a, b, c) =>
                {
                    if (flush) (a, b, c) = (Flush(a), Flush(b), Flush(c));
                    ulong bits = Bits(MathF.FusedMultiplyAdd(Single(a), Single(b), Single(c)));
                    if (saturates) bits = Saturate(bits);
                    return flush ? Flush(bits) : bits;
                };
        }

        ScalarType type = opcode.Type, element = Element(type);
        FloatFormat format = FloatFormat.Of(type);
        return (a, b, c) => type == element ? Half(a, b, c) : Half(a, b, c) | Half(a >> 16, b >> 16, c >> 16) << 16;

        ulong Half(ulong a, ulong b, ulong c)
        {
            // The product of two halves is exact in double, and so is nearly every sum: the one rounding is the format's.
            double value = Convert(element, a) * Convert(element, b) + Convert(element, c);
            return format.Round(relu && value < 0 ? 0 : value, Rounding.NearestEven);
        }
    }

    /// <summary>Subnormal float32 numbers to zero with their sign, as <c>.ftz</c> asks.</summary>
    public static ulong Flush(ulong bits) => (bits & 0x7F80_0000) == 0 ? bits & 0x8000_0000 : bits;

    public static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);
    /// <summary>A device returns one not-a-number, whatever it was given.</summary>
    public static ulong Bits(float value) => float.IsNaN(value) ? 0x7FFF_FFFFu : BitConverter.SingleToUInt32Bits(value);
    public static double Double(ulong bits) => BitConverter.UInt64BitsToDouble(bits);
    public static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static bool HasDirectedRounding(Opcode opcode) => opcode.Modifiers.Any(modifier => modifier is "rz" or "rm" or "rp");

    private static ScalarType Element(ScalarType type) => type switch
    {
        ScalarType.F16x2 => ScalarType.F16,
        ScalarType.BF16x2 => ScalarType.BF16,
        _ => type
    };

    private static double Convert(ScalarType element, ulong bits) => FloatFormat.ToDouble(element, bits & 0xFFFF);

    private static Func<ulong, ulong>? UnaryFloat(Opcode opcode) => opcode.Name switch
    {
        "mov" => a => (uint)a,
        "neg" => a => (uint)a ^ 0x8000_0000u,
        "abs" => a => (uint)a & 0x7FFF_FFFFu,
        "sqrt" => a => Bits(MathF.Sqrt(Single(a))),
        "rcp" => a => Bits(1f / Single(a)),
        "rsqrt" => a => Bits((float)(1 / Math.Sqrt(Single(a)))),
        "ex2" => a => Bits((float)Math.Pow(2, Single(a))),
        "lg2" => a => Bits((float)Math.Log2(Single(a))),
        "sin" => a => Bits((float)Math.Sin(Single(a))),
        "cos" => a => Bits((float)Math.Cos(Single(a))),
        "tanh" => a => Bits((float)Math.Tanh(Single(a))),
        "testp" => a => Test(opcode, Single(a), ((uint)a & 0x7F80_0000) == 0 && (uint)a << 1 != 0),
        _ => null
    };

    private static Func<ulong, ulong>? UnaryDouble(Opcode opcode) => opcode.Name switch
    {
        "mov" => a => a,
        "neg" => a => a ^ 1ul << 63,
        "abs" => a => a & ~(1ul << 63),
        "sqrt" => a => Bits(Math.Sqrt(Double(a))),
        "rcp" => a => Bits(1 / Double(a)),
        "rsqrt" => a => Bits(1 / Math.Sqrt(Double(a))),
        "testp" => a => Test(opcode, Double(a), double.IsSubnormal(Double(a))),
        _ => null
    };

    private static Func<ulong, ulong>? UnaryHalf(Opcode opcode)
    {
        ScalarType type = opcode.Type, element = Element(type);
        FloatFormat format = FloatFormat.Of(type);
        ulong signs = type == element ? 0x8000ul : 0x8000_8000ul;
        Func<double, double>? apply = opcode.Name switch
        {
            "ex2" => value => Math.Pow(2, value),
            "tanh" => Math.Tanh,
            _ => null
        };
        return opcode.Name switch
        {
            "mov" => a => a,
            "neg" => a => a ^ signs,
            "abs" => a => a & ~signs,
            _ when apply is null => null,
            _ when type == element => a => format.Round(apply(Convert(element, a)), Rounding.NearestEven),
            _ => a => format.Round(apply(Convert(element, a)), Rounding.NearestEven)
                | format.Round(apply(Convert(element, a >> 16)), Rounding.NearestEven) << 16
        };
    }

    private static ulong Test(Opcode opcode, double value, bool subnormal) => opcode.Modifiers[0] switch
    {
        "finite" => double.IsFinite(value),
        "infinite" => double.IsInfinity(value),
        "number" => !double.IsNaN(value),
        "notanumber" => double.IsNaN(value),
        "normal" => double.IsFinite(value) && value != 0 && !subnormal,
        _ => subnormal
    } ? 1ul : 0;

    private static Func<ulong, ulong, ulong>? BinaryFloat(Opcode opcode, bool propagates) => opcode.Name switch
    {
        "add" => (a, b) => Bits(Single(a) + Single(b)),
        "sub" => (a, b) => Bits(Single(a) - Single(b)),
        "mul" => (a, b) => Bits(Single(a) * Single(b)),
        "div" => (a, b) => Bits(Single(a) / Single(b)),
        "min" => propagates ? (a, b) => Bits(MathF.Min(Single(a), Single(b))) : (a, b) => Bits(float.MinNumber(Single(a), Single(b))),
        "max" => propagates ? (a, b) => Bits(MathF.Max(Single(a), Single(b))) : (a, b) => Bits(float.MaxNumber(Single(a), Single(b))),
        "copysign" => (a, b) => ((uint)b & 0x7FFF_FFFFu) | ((uint)a & 0x8000_0000u),
        _ => null
    };

    private static Func<ulong, ulong, ulong>? BinaryDouble(string name) => name switch
    {
        "add" => (a, b) => Bits(Double(a) + Double(b)),
        "sub" => (a, b) => Bits(Double(a) - Double(b)),
        "mul" => (a, b) => Bits(Double(a) * Double(b)),
        "div" => (a, b) => Bits(Double(a) / Double(b)),
        "min" => (a, b) => Bits(double.MinNumber(Double(a), Double(b))),
        "max" => (a, b) => Bits(double.MaxNumber(Double(a), Double(b))),
        "copysign" => (a, b) => (b & ~(1ul << 63)) | (a & 1ul << 63),
        _ => null
    };

    private static Func<ulong, ulong, ulong> PerHalf(ScalarType type, Func<double, double, double> apply)
    {
        ScalarType element = Element(type);
        FloatFormat format = FloatFormat.Of(type);
        return type == element ? Half : (a, b) => Half(a, b) | Half(a >> 16, b >> 16) << 16;

        ulong Half(ulong a, ulong b) => format.Round(apply(Convert(element, a), Convert(element, b)), Rounding.NearestEven);
    }

    private static ulong Saturate(ulong bits)
    {
        float value = Single(bits);
        return Bits(value > 0 ? MathF.Min(value, 1) : 0f);
    }

    private static Func<ulong, ulong>? Finish(Opcode opcode, Func<ulong, ulong>? apply)
    {
        if (apply is null) return null;
        bool flush = opcode.Has("ftz");
        if (opcode.Has("sat")) { Func<ulong, ulong> inner = apply; apply = a => Saturate(inner(a)); }
        return flush ? a => Flush(apply(Flush(a))) : apply;
    }

    private static Func<ulong, ulong, ulong>? Finish(Opcode opcode, Func<ulong, ulong, ulong>? apply)
    {
        if (apply is null) return null;
        bool flush = opcode.Has("ftz");
        if (opcode.Has("sat")) { Func<ulong, ulong, ulong> inner = apply; apply = (a, b) => Saturate(inner(a, b)); }
        return flush ? (a, b) => Flush(apply(Flush(a), Flush(b))) : apply;
    }
}
