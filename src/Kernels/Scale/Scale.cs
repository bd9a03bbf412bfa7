namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Product with a number: <c>y = factor·x</c>.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="factor">The number.</param>
    /// <param name="y">Receives the product, shaped as x; may be x itself.</param>
    /// <remarks>Reads and writes each element once: 8 bytes, 4 in bfloat16.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void Scale(Tensor x, float factor, Tensor y)
    {
        CheckOperands([x], [y], inPlace: [x]);
        Check.Activation(x);
        Check.SameShape(x, y);
        if (x.Count > 0) ScaleCore(x, factor, y);
    }

    /// <summary>The device's part of <see cref="Scale"/>.</summary>
    private protected abstract void ScaleCore(Tensor x, float factor, Tensor y);
}
