namespace NegSamples.PtxInterpreter;

/// <summary>The fundamental types of PTX, as they appear as suffixes of an instruction.</summary>
internal enum ScalarType { None, Predicate, B8, S8, U8, B16, S16, U16, F16, BF16, B32, S32, U32, F32, TF32, F16x2, BF16x2, B64, S64, U64, F64, B128 }

internal static class ScalarTypes
{
    private static readonly Dictionary<string, ScalarType> ByName =
        Enum.GetValues<ScalarType>().Where(type => type > ScalarType.Predicate).ToDictionary(type => type.ToString().ToLowerInvariant());

    public static bool TryParse(string name, out ScalarType type)
    {
        if (name != "pred") return ByName.TryGetValue(name, out type);
        type = ScalarType.Predicate;
        return true;
    }

    public static int Bytes(this ScalarType type) => type switch
    {
        ScalarType.None => throw new ArgumentException("The type is missing.", nameof(type)),
        <= ScalarType.U8 => 1,
        <= ScalarType.BF16 => 2,
        <= ScalarType.BF16x2 => 4,
        <= ScalarType.F64 => 8,
        _ => 16
    };

    public static int Bits(this ScalarType type) => type == ScalarType.Predicate ? 1 : 8 * type.Bytes();

    /// <summary>The bits of a register that a value of this type fills.</summary>
    public static ulong Mask(this ScalarType type) => Mask(type.Bits());

    public static ulong Mask(int bits) => bits >= 64 ? ulong.MaxValue : (1ul << bits) - 1;

    public static bool IsSigned(this ScalarType type) => type is ScalarType.S8 or ScalarType.S16 or ScalarType.S32 or ScalarType.S64;

    public static bool IsFloat(this ScalarType type) => type is ScalarType.F16 or ScalarType.BF16 or ScalarType.F32 or ScalarType.TF32
        or ScalarType.F16x2 or ScalarType.BF16x2 or ScalarType.F64;
}
