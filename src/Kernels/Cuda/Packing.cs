namespace NegSamples.Kernels.Cuda;

/// <summary>Which pack a launch moves, chosen by shape and alignment.</summary>
/// <param name="Type">The element type of the activations.</param>
/// <param name="Width">Elements of a pack.</param>
internal readonly record struct Packing(ElementType Type, int Width)
{
    private const int Alignment = 16; // bytes of the widest access

    /// <summary>The widest pack of 16 bytes, or of <paramref name="widest"/> elements, that tiles every run of elements.</summary>
    /// <param name="run">Elements of a run, which starts at a multiple of its length: all of a tensor, or its channels.</param>
    /// <param name="activations">Tensors of one type; no tensors are passed over.</param>
    /// <param name="widest">The most elements, 4 or 8.</param>
    public static Packing Of(long run, ReadOnlySpan<Tensor> activations, int widest = 8)
    {
        ElementType type = activations[0].Type;
        int width = type == ElementType.BFloat16 ? widest : 4;
        return new(type, run % width == 0 && Aligned(activations) ? width : 1);
    }

    /// <summary>Whether 16-byte accesses may start at the first element of each tensor.</summary>
    public static bool Aligned(ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (!tensor.IsNone && tensor.DeviceAddress % Alignment != 0) return false;
        }

        return true;
    }

    /// <summary>The kernel for this pack.</summary>
    public Delegate Choose(Delegate float32x1, Delegate float32x4, Delegate bfloat16x1, Delegate bfloat16Wide) => Type == ElementType.BFloat16
        ? Width == 1 ? bfloat16x1 : bfloat16Wide
        : Width == 1 ? float32x1 : float32x4;

    /// <summary>The kernel for this pack of what is float32 always.</summary>
    public Delegate Choose(Delegate float32x1, Delegate float32x4) => Width == 1 ? float32x1 : float32x4;

    /// <summary>A tensor as a view of packs.</summary>
    public DeviceSpan View(Tensor tensor) => tensor.IsNone ? default : new(tensor.DeviceAddress, tensor.Count / Width);
}
