namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Mean over all pixels: <c>y[n,c] = Σ_{h,w} x[n,h,w,c] / (H·W)</c>.</summary>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="y">Receives [N, C].</param>
    /// <remarks>Reads x once.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void GlobalAveragePoolForward(Tensor x, Tensor y)
    {
        CheckOperands([x], [y]);
        Check.Rank(x, 4);
        Check.Activation(x);
        CheckPixels(x);
        Check.Shape(y, [x[0], x[3]], x.Type);
        if (y.Count > 0) GlobalAveragePoolForwardCore(x, y);
    }

    /// <summary>Gradient of <see cref="GlobalAveragePoolForward"/>: <c>dx[n,h,w,c] = dy[n,c] / (H·W)</c>.</summary>
    /// <param name="dy">[N, C].</param>
    /// <param name="dx">Receives [N, H, W, C].</param>
    /// <remarks>Writes dx once.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void GlobalAveragePoolBackward(Tensor dy, Tensor dx)
    {
        CheckOperands([dy], [dx]);
        Check.Rank(dx, 4);
        Check.Activation(dx);
        Check.Shape(dy, [dx[0], dx[3]], dx.Type);
        if (dx.Count > 0) GlobalAveragePoolBackwardCore(dy, dx);
    }

    /// <summary>The device's part of <see cref="GlobalAveragePoolForward"/>.</summary>
    private protected abstract void GlobalAveragePoolForwardCore(Tensor x, Tensor y);

    /// <summary>The device's part of <see cref="GlobalAveragePoolBackward"/>.</summary>
    private protected abstract void GlobalAveragePoolBackwardCore(Tensor dy, Tensor dx);

    private static void CheckPixels(Tensor x)
    {
        if (x[1] == 0 || x[2] == 0) throw new ArgumentException($"x is {x.ShapeText}; expected at least one pixel.", nameof(x));
    }
}
