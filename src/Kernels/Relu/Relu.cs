namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Rectifier: <c>y = max(x, 0)</c>. NaN stays NaN.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="y">Receives the result, shaped as x; may be x itself.</param>
    /// <remarks>Reads and writes each element once: 8 bytes, 4 in bfloat16.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void ReluForward(Tensor x, Tensor y)
    {
        Check.Activation(x);
        Check.SameShape(x, y);
        ReluForwardCore(x, y);
    }

    /// <summary>Gradient of <see cref="ReluForward"/>: <c>dx = dy where y &gt; 0, else 0</c>.</summary>
    /// <param name="dy">Shaped as y.</param>
    /// <param name="y">The output of the forward pass.</param>
    /// <param name="dx">Receives the gradient, shaped as y; may be dy itself.</param>
    /// <remarks>12 bytes per element, 6 in bfloat16.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void ReluBackward(Tensor dy, Tensor y, Tensor dx)
    {
        Check.Activation(y);
        Check.SameShape(y, dy);
        Check.SameShape(y, dx);
        ReluBackwardCore(dy, y, dx);
    }

    /// <summary>The device's part of <see cref="ReluForward"/>.</summary>
    protected abstract void ReluForwardCore(Tensor x, Tensor y);

    /// <summary>The device's part of <see cref="ReluBackward"/>.</summary>
    protected abstract void ReluBackwardCore(Tensor dy, Tensor y, Tensor dx);
}
