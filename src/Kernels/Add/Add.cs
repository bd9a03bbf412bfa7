namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Residual sum: <c>y = a + b</c>. Its gradient is dy for both inputs.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">Shaped as a.</param>
    /// <param name="y">Receives the sum, shaped as a; may be a or b itself.</param>
    /// <remarks>12 bytes per element, 6 in bfloat16.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void Add(Tensor a, Tensor b, Tensor y)
    {
        Check.Activation(a);
        Check.SameShape(a, b);
        Check.SameShape(a, y);
        AddCore(a, b, y);
    }

    /// <summary>The device's part of <see cref="Add"/>.</summary>
    protected abstract void AddCore(Tensor a, Tensor b, Tensor y);
}
