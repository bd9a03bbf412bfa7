using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The shape checks at the contract of every operation. Below the contract nothing is checked again.</summary>
/// <remarks>The messages name the argument, what it is and what it should be: "y is [3, 2]; expected [2, 3]."</remarks>
internal static class Check
{
    /// <summary>A float32 tensor of exactly this shape.</summary>
    public static void Shape(Tensor tensor, ReadOnlySpan<int> expected, [CallerArgumentExpression(nameof(tensor))] string name = "") =>
        Shape(tensor, expected, ElementType.Float32, name);

    /// <summary>A tensor of the type and shape of another.</summary>
    public static void SameShape(Tensor expected, Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Type(tensor, expected.Type, name);
        bool same = tensor.Rank == expected.Rank;
        for (int axis = 0; same && axis < expected.Rank; axis++) same = tensor[axis] == expected[axis];
        if (!same) throw new ArgumentException($"{name} is {tensor.ShapeText}; expected {expected.ShapeText}.", name);
    }

    /// <summary>A tensor of activations of exactly this shape, of the type of another.</summary>
    public static void Shape(Tensor tensor, ReadOnlySpan<int> expected, ElementType type, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Type(tensor, type, name);
        bool same = tensor.Rank == expected.Length;
        for (int axis = 0; same && axis < expected.Length; axis++) same = tensor[axis] == expected[axis];
        if (!same) throw new ArgumentException($"{name} is {tensor.ShapeText}; expected [{string.Join(", ", expected.ToArray())}].", name);
    }

    /// <summary>A float32 tensor with this many elements, whatever its axes.</summary>
    public static void Count(Tensor tensor, long expected, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Type(tensor, ElementType.Float32, name);
        if (tensor.Count != expected) throw new ArgumentException($"{name} has {Counted.Of(tensor.Count, "element")}; expected {expected}.", name);
    }

    /// <summary>A tensor with this many axes.</summary>
    public static void Rank(Tensor tensor, int expected, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Present(tensor, name);
        if (tensor.Rank != expected) throw new ArgumentException($"{name} is {tensor.ShapeText}; expected {Counted.Of(expected, "axis")}.", name);
    }

    /// <summary>Any tensor.</summary>
    public static void Present(Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        if (tensor.IsNone) throw new ArgumentException($"{name} is missing.", name);
    }

    /// <summary>A tensor of this element type.</summary>
    public static void Type(Tensor tensor, ElementType expected, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Present(tensor, name);
        if (tensor.Type != expected) throw new ArgumentException($"{name} holds {tensor.Type}; expected {expected}.", name);
    }

    /// <summary>A tensor of activations: float32, or bfloat16 on a device that computes with it.</summary>
    public static void Activation(Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        if (!tensor.IsNone && tensor.Type == ElementType.BFloat16) return;
        Type(tensor, ElementType.Float32, name);
    }

    /// <summary>A temperature whose inverse, times any similarity of unit rows, float32 holds.</summary>
    public static void Temperature(float value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is not (>= 1e-30f and <= 1e30f))
            throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} is {value}; expected a finite number above 0, 1e-30 to 1e30."));
    }
}
