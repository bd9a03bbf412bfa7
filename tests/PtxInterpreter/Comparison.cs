namespace NegSamples.PtxInterpreter;

/// <summary>The comparisons of <c>setp</c>; a comparison of floats whose name ends in u is also true for NaN.</summary>
internal static class Comparison
{
    public static Func<ulong, ulong, ulong>? Of(Opcode opcode)
    {
        string name = opcode.Modifiers[0];
        ScalarType type = opcode.Type;
        if (type == ScalarType.None) return null;
        return type.IsFloat() ? OfFloats(name, type) : OfIntegers(name, type);
    }

    private static Func<ulong, ulong, ulong>? OfIntegers(string name, ScalarType type)
    {
        int unused = 64 - type.Bits();
        bool signed = type.IsSigned();
        return name switch
        {
            "eq" => (a, b) => a == b ? 1ul : 0,
            "ne" => (a, b) => a != b ? 1ul : 0,
            "lt" when signed => (a, b) => (long)(a << unused) < (long)(b << unused) ? 1ul : 0,
            "le" when signed => (a, b) => (long)(a << unused) <= (long)(b << unused) ? 1ul : 0,
            "gt" when signed => (a, b) => (long)(a << unused) > (long)(b << unused) ? 1ul : 0,
            "ge" when signed => (a, b) => (long)(a << unused) >= (long)(b << unused) ? 1ul : 0,
            "lt" or "lo" => (a, b) => a < b ? 1ul : 0,
            "le" or "ls" => (a, b) => a <= b ? 1ul : 0,
            "gt" or "hi" => (a, b) => a > b ? 1ul : 0,
            "ge" or "hs" => (a, b) => a >= b ? 1ul : 0,
            _ => null
        };
    }

    private static Func<ulong, ulong, ulong>? OfFloats(string name, ScalarType type)
    {
        Func<double, double, bool>? compare = name switch
        {
            "eq" => (a, b) => a == b,
            "ne" => (a, b) => a < b || a > b,
            "lt" => (a, b) => a < b,
            "le" => (a, b) => a <= b,
            "gt" => (a, b) => a > b,
            "ge" => (a, b) => a >= b,
            "equ" => (a, b) => !(a < b || a > b),
            "neu" => (a, b) => a != b,
            "ltu" => (a, b) => !(a >= b),
            "leu" => (a, b) => !(a > b),
            "gtu" => (a, b) => !(a <= b),
            "geu" => (a, b) => !(a < b),
            "num" => (a, b) => !double.IsNaN(a) && !double.IsNaN(b),
            "nan" => (a, b) => double.IsNaN(a) || double.IsNaN(b),
            _ => null
        };
        if (compare is null) return null;
        return (a, b) => compare(FloatFormat.ToDouble(type, a), FloatFormat.ToDouble(type, b)) ? 1ul : 0;
    }
}
