namespace NegSamples.Files.Arrays;

/// <summary>The types of numbers that arrays of other programs hold.</summary>
public enum NumberType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>int8.</summary>
    Int8,

    /// <summary>uint8.</summary>
    UInt8,

    /// <summary>int16.</summary>
    Int16,

    /// <summary>uint16.</summary>
    UInt16,

    /// <summary>int32.</summary>
    Int32,

    /// <summary>uint32.</summary>
    UInt32,

    /// <summary>int64.</summary>
    Int64,

    /// <summary>uint64.</summary>
    UInt64,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>The upper half of a float32.</summary>
    BFloat16,

    /// <summary>float32.</summary>
    Float32,

    /// <summary>float64.</summary>
    Float64,
}

/// <summary>Sizes and kinds of the types of numbers.</summary>
internal static class NumberTypes
{
    /// <summary>Bytes of a number.</summary>
    /// <param name="type">Its type.</param>
    public static int Bytes(this NumberType type) => type switch
    {
        NumberType.Bool or NumberType.Int8 or NumberType.UInt8 => 1,
        NumberType.Int16 or NumberType.UInt16 or NumberType.Float16 or NumberType.BFloat16 => 2,
        NumberType.Int32 or NumberType.UInt32 or NumberType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether all numbers of the type are whole.</summary>
    /// <param name="type">The type.</param>
    public static bool IsWhole(this NumberType type) => type < NumberType.Float16;
}
