using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Norms below this are treated as this, so a zero row stays zero instead of becoming NaN. PyTorch's default.</summary>
    public const float L2NormalizeFloor = 1e-12f;

    /// <summary>Scales every row to unit length: <c>y[i] = x[i] / max(‖x[i]‖₂, 1e-12)</c>.</summary>
    /// <param name="x">Embeddings, [N, D], of the type of activations.</param>
    /// <param name="y">Receives the unit rows, float32 [N, D]; may be x itself where that is float32.</param>
    /// <param name="scale">Receives <c>1 / max(‖x[i]‖₂, 1e-12)</c>, [N, 1]; <see cref="L2NormalizeBackward"/> reads it.</param>
    /// <remarks>Reads x twice and writes y once: 12·N·D bytes, 8·N·D where x is bfloat16. Source: SimCLR, arXiv:2002.05709, equation 1.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void L2NormalizeForward(Tensor x, Tensor y, Tensor scale)
    {
        CheckOperands([x], [y, scale], inPlace: [x]);
        Check.Rank(x, 2);
        Check.Activation(x);
        CheckColumns(x);
        Check.Shape(y, [x[0], x[1]]);
        Check.Shape(scale, [x[0], 1]);
        if (x.Count > 0) L2NormalizeForwardCore(x, y, scale);
    }

    /// <summary>Gradient of <see cref="L2NormalizeForward"/>: <c>dx[i] = scale[i]·(dy[i] − (dy[i]·y[i])·y[i])</c>; for a row under the floor, 0.</summary>
    /// <param name="dy">Float32 [N, D].</param>
    /// <param name="y">The unit rows of the forward pass, float32 [N, D].</param>
    /// <param name="scale">As the forward pass left it, [N, 1].</param>
    /// <param name="dx">Receives [N, D], of the type of activations; may be dy itself where that is float32.</param>
    /// <remarks>A row shorter than the floor has no direction; its gradient is defined as 0 so that a collapsed embedding cannot explode.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void L2NormalizeBackward(Tensor dy, Tensor y, Tensor scale, Tensor dx)
    {
        CheckOperands([dy, y, scale], [dx], inPlace: [dy]);
        Check.Rank(y, 2);
        Check.Type(y, ElementType.Float32);
        CheckColumns(y);
        Check.SameShape(y, dy);
        Check.Shape(scale, [y[0], 1]);
        Check.Activation(dx);
        Check.Shape(dx, [y[0], y[1]], dx.Type);
        if (y.Count > 0) L2NormalizeBackwardCore(dy, y, scale, dx);
    }

    /// <summary>The device's part of <see cref="L2NormalizeForward"/>.</summary>
    private protected abstract void L2NormalizeForwardCore(Tensor x, Tensor y, Tensor scale);

    /// <summary>The device's part of <see cref="L2NormalizeBackward"/>.</summary>
    private protected abstract void L2NormalizeBackwardCore(Tensor dy, Tensor y, Tensor scale, Tensor dx);

    private static void CheckColumns(Tensor rows, [CallerArgumentExpression(nameof(rows))] string name = "")
    {
        if (rows[1] == 0) throw new ArgumentException($"{name} is {rows.ShapeText}; expected at least one column.", name);
    }
}
