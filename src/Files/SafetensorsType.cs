using NegSamples.Files.Arrays;

namespace NegSamples.Files;

/// <summary>The element types of the safetensors format that NegSamples knows, under the format's own names.</summary>
internal enum SafetensorsType
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>IEEE half precision. Is read, not written.</summary>
    F16,

    /// <summary>bfloat16, the upper half of a float32. Is read, not written.</summary>
    BF16,

    /// <summary>int64.</summary>
    I64,

    /// <summary>int32.</summary>
    I32,

    /// <summary>uint8.</summary>
    U8,

    /// <summary>float64. Is read as an array of another program's, not written.</summary>
    F64,

    /// <summary>uint64. As <see cref="F64"/>.</summary>
    U64,

    /// <summary>uint32. As <see cref="F64"/>.</summary>
    U32,

    /// <summary>int16. As <see cref="F64"/>.</summary>
    I16,

    /// <summary>uint16. As <see cref="F64"/>.</summary>
    U16,

    /// <summary>int8. As <see cref="F64"/>.</summary>
    I8,

    /// <summary>One byte, 0 or 1. As <see cref="F64"/>.</summary>
    BOOL,
}

/// <summary>Sizes and names of the element types.</summary>
internal static class SafetensorsTypes
{
    /// <summary>All names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Enum.GetNames<SafetensorsType>());

    public static int SizeOf(SafetensorsType type) => type.ToNumberType().Bytes();

    /// <summary>The type of number that it is.</summary>
    public static NumberType ToNumberType(this SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => NumberType.Float32,
        SafetensorsType.F16 => NumberType.Float16,
        SafetensorsType.BF16 => NumberType.BFloat16,
        SafetensorsType.I64 => NumberType.Int64,
        SafetensorsType.I32 => NumberType.Int32,
        SafetensorsType.F64 => NumberType.Float64,
        SafetensorsType.U64 => NumberType.UInt64,
        SafetensorsType.U32 => NumberType.UInt32,
        SafetensorsType.I16 => NumberType.Int16,
        SafetensorsType.U16 => NumberType.UInt16,
        SafetensorsType.I8 => NumberType.Int8,
        SafetensorsType.BOOL => NumberType.Bool,
        _ => NumberType.UInt8,
    };

    /// <summary>The type of this name; unlike Enum.Parse it takes neither numbers nor lists.</summary>
    public static SafetensorsType? Of(string? name) =>
        Array.IndexOf(Enum.GetNames<SafetensorsType>(), name) is var index and >= 0 ? (SafetensorsType)index : null;
}
