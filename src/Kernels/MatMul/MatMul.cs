namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Matrix product: <c>c = op(a) · op(b)</c>, or <c>c += op(a) · op(b)</c>, where op is the identity or the transpose.</summary>
    /// <param name="a">[M, K], or [K, M] when <paramref name="transposeA"/>. Leading axes count as rows.</param>
    /// <param name="b">[K, N], or [N, K] when <paramref name="transposeB"/>.</param>
    /// <param name="c">Receives the product, [M, N]; must not overlap <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="transposeA">Whether a is stored transposed.</param>
    /// <param name="transposeB">Whether b is stored transposed.</param>
    /// <param name="accumulate">Whether the product is added to c.</param>
    /// <remarks>2·M·N·K FLOPs. Reads 4·(M·K + K·N) bytes and writes 4·M·N at least.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void MatMul(Tensor a, Tensor b, Tensor c, bool transposeA = false, bool transposeB = false, bool accumulate = false)
    {
        CheckOperands([a, b], [c]);
        Check.Activation(a);
        Check.Activation(b);
        int m = transposeA ? a.Columns : a.Rows, k = transposeA ? a.Rows : a.Columns;
        int n = transposeB ? b.Rows : b.Columns, kOfB = transposeB ? b.Columns : b.Rows;
        if (k != kOfB)
            throw new ArgumentException($"b is {b.ShapeText}; its inner length {kOfB} must equal the inner length {k} of a, {a.ShapeText}.", nameof(b));
        Check.Activation(c);
        if (c.Rows != m || c.Columns != n) throw new ArgumentException($"c is {c.ShapeText}; expected [{m}, {n}].", nameof(c));
        if (c.Count == 0) return;
        if (k > 0) MatMulCore(a, b, c, transposeA, transposeB, accumulate);
        else if (!accumulate) Zero(c); // A sum of no products.
    }

    /// <summary>The device's part of <see cref="MatMul"/>.</summary>
    private protected abstract void MatMulCore(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate);
}
