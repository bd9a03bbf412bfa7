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
}

/// <summary>Facts about an <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int SizeOf(ElementType type) => type == ElementType.UInt8 ? 1 : 4;
}
