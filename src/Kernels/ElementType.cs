namespace NegSamples.Kernels;

/// <summary>The types of number that a <see cref="Tensor"/> can hold.</summary>
public enum ElementType
{
    /// <summary>IEEE binary32: parameters, activations, gradients.</summary>
    Float32,

    /// <summary>32-bit integers: labels and indices.</summary>
    Int32,

    /// <summary>8-bit pixels, 0..255.</summary>
    UInt8,

    /// <summary>The upper half of a binary32: activations and their gradients on a device whose precision is <see cref="Precision.BFloat16"/>.</summary>
    BFloat16,
}

/// <summary>Facts about an <see cref="ElementType"/>.</summary>
internal static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int SizeOf(ElementType type) => type switch { ElementType.UInt8 => 1, ElementType.BFloat16 => 2, _ => 4 };

    /// <summary>The element type that a host number fills.</summary>
    /// <typeparam name="T">float, int or byte.</typeparam>
    /// <exception cref="ArgumentException">T is another type.</exception>
    internal static ElementType Of<T>() =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(byte) ? ElementType.UInt8
        : throw new ArgumentException($"{typeof(T).Name} is not an element type; expected float, int or byte.");
}
